"""What is wrong with a rubric, or what a judge will stumble over. docs/rubric.md lists the codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, Diagnostic, Rubric
from agentkit.judge.prerequisites import circle_of
from agentkit.judge.rubrics.digest import normalised
from agentkit.judge.tree import leaf_shares, repeated, walk

LARGE_SHARE = Fraction(1, 10)
"""Of the root, for one leaf; with fewer than so many leaves it cannot be helped."""
FEW_LEAVES = 12
UNCOUNTABLE = ("duplicate-id", "check-on-group")
"""With these there are no shares to speak of."""
EXAMPLES = re.compile(r"\([^()]*\)|\b[ei]\.g\.[^,;.]*")
JOINED = re.compile(r"\band\b|;|\bas well as\b|\bor\b", re.IGNORECASE)
COMPOUND = 2
"""So many joints make a leaf compound: `downloads and loads` is one, and how English says one thing."""


def lint(rubric: Rubric) -> tuple[Diagnostic, ...]:
    """Those that the reader found, then our own; each once."""
    found = [*rubric.diagnostics, *sum_diagnostics(rubric), *_identity(rubric)]
    found += [*_requirements(rubric), *_kinds(rubric)]
    if not any(each.code in UNCOUNTABLE and each.severity == "error" for each in found):
        found += _leaves(rubric)
    return tuple({(each.code, each.place): each for each in reversed(found)}.values())[::-1]


def sum_diagnostics(rubric: Rubric) -> Iterator[Diagnostic]:
    """Where declared points and those of the leaves differ; leaves without points are not compared."""
    for section in rubric.criteria:
        yield from _section_sums(section, "section-sum")
    total, declared = points_of(rubric.criteria), rubric.declared_points
    if rubric.format != "end2end" and total is not None and declared is not None and declared != total:
        yield Diagnostic(
            code="total-line",
            place="total",
            text=f"the rubric declares {declared:g} points; its leaves come to {float(total):g}",
        )


def _section_sums(criterion: Criterion, code: str) -> Iterator[Diagnostic]:
    total, declared = points_of([criterion]), criterion.declared_points
    if total is not None and declared is not None and total != Fraction(declared):
        yield Diagnostic(
            code=code,
            place=criterion.id,
            text=f"its heading says {declared:g} points; its leaves come to {float(total):g}",
        )
    for each in criterion.children:
        yield from _section_sums(each, "group-sum")


def points_of(criteria: Sequence[Criterion]) -> Fraction | None:
    """What the leaves below come to; None where one of them has no points."""
    points = [each.points for each in walk(criteria) if not each.children]
    return None if None in points else sum((Fraction(each) for each in points if each), Fraction(0))


def _identity(rubric: Rubric) -> Iterator[Diagnostic]:
    for id in repeated([each.id for each in walk(rubric.criteria)]):
        yield Diagnostic(
            code="duplicate-id", place=id, text="names more than one criterion", severity="error"
        )
    for each in walk(rubric.criteria):
        if each.children and each.check is not None:
            text = "has both children and a check"
            yield Diagnostic(code="check-on-group", place=each.id, text=text, severity="error")
    yield from _repeated(rubric.criteria, (), {})


def _repeated(
    siblings: Sequence[Criterion], above: tuple[str, ...], seen: dict[tuple[str, ...], str]
) -> Iterator[Diagnostic]:
    """Leaves that say the same below criteria that say the same: nothing tells them apart."""
    for each in siblings:
        said = (*above, normalised(each.text))
        if each.children:
            yield from _repeated(each.children, said, seen)
        elif said in seen:
            yield Diagnostic(code="duplicate-leaf", place=each.id, text=f"says the same as {seen[said]}")
        else:
            seen[said] = each.id


def _requirements(rubric: Rubric) -> Iterator[Diagnostic]:
    known = {each.id for each in walk(rubric.criteria) if not each.children}
    for each in walk(rubric.criteria):
        for id in each.requires:
            if id not in known:
                yield Diagnostic(
                    code="unknown-requirement",
                    place=each.id,
                    text=f"requires '{id}', which is no leaf of this rubric",
                    severity="error",
                )
    if circle := circle_of(rubric):
        yield Diagnostic(
            code="circular-requirement",
            place=circle[0],
            text=f"can never count: {' -> '.join(circle)}",
            severity="error",
        )


def _leaves(rubric: Rubric) -> Iterator[Diagnostic]:
    share = leaf_shares(rubric)
    for leaf in walk(rubric.criteria):
        if leaf.children:
            if not share_below(leaf, share):
                yield Diagnostic(code="weightless", place=leaf.id, text="nothing below it counts")
            continue
        if not share[leaf.id]:
            yield Diagnostic(code="weightless", place=leaf.id, text="counts nothing")
        if leaf.check is None and (joints := joints_of(leaf.text)) >= COMPOUND:
            text = f"seems to ask for {joints + 1} things at once; a leaf each is judged more surely"
            yield Diagnostic(code="compound-leaf", place=leaf.id, text=text)
        if len(share) >= FEW_LEAVES and share[leaf.id] > LARGE_SHARE:
            text = f"is {100 * float(share[leaf.id]):.1f} % of the whole"
            yield Diagnostic(code="heavy-leaf", place=leaf.id, text=text)


def _kinds(rubric: Rubric) -> Iterator[Diagnostic]:
    """One for the whole where no leaf has a kind, as in a form that knows none."""
    judged = [each for each in walk(rubric.criteria) if not each.children and each.check is None]
    without = [each.id for each in judged if each.kind is None]
    if len(without) == len(judged) > 1:
        text = f"none of the {len(judged)} leaves for a judge has a kind, so most evidence is admissible"
        yield Diagnostic(code="missing-kind", place="leaves", text=text)
        return
    for id in without:
        text = "has no kind, so most evidence is admissible for it"
        yield Diagnostic(code="missing-kind", place=id, text=text)


def share_below(criterion: Criterion, share: dict[str, Fraction]) -> Fraction:
    return sum((share[each.id] for each in walk([criterion]) if not each.children), Fraction(0))


def joints_of(text: str) -> int:
    """Words that join two demands; those in brackets and of examples are not counted."""
    return len(JOINED.findall(EXAMPLES.sub(" ", text)))
