"""A report as the tree that its rubric is, for those who write it down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from agentkit.contracts.rubric import Citation, GroupScore, JudgeCost, JudgeReport, Verdict, Vote


@dataclass(frozen=True)
class Branch:
    """A criterion with what it is made of, in written order; the root's id is empty."""

    score: GroupScore
    parts: tuple[Branch | Verdict, ...]

    def verdicts(self) -> Iterator[Verdict]:
        for each in self.parts:
            yield from each.verdicts() if isinstance(each, Branch) else (each,)


def outline(report: JudgeReport) -> Branch:
    """A report without groups, as older runs have, is one branch."""
    place = {verdict.id: number for number, verdict in enumerate(report.verdicts)}
    leaves: dict[str, list[Verdict]] = defaultdict(list)
    groups: dict[str, list[GroupScore]] = defaultdict(list)
    for verdict in report.verdicts:
        leaves[verdict.group].append(verdict)
    for group in report.groups:
        if group.id:
            groups[group.group].append(group)

    def first(part: Branch | Verdict) -> int:
        found = next(part.verdicts(), None) if isinstance(part, Branch) else part
        return len(place) if found is None else place[found.id]

    def branch(score: GroupScore) -> Branch:
        parts: list[Branch | Verdict] = [*map(branch, groups[score.id]), *leaves[score.id]]
        return Branch(score, tuple(sorted(parts, key=first)))

    return branch(
        GroupScore(
            id="",
            text=report.rubric,
            weight=1.0,
            score=report.score,
            low=report.low,
            high=report.high,
            coverage=report.coverage,
        )
    )


def percent(share: float | None) -> str:
    """`72.5 %`; a dash where nothing is known."""
    return "–" if share is None else f"{100 * share:.1f} %"


def headline(report: JudgeReport) -> str:
    """One number only where enough was graded; else both bounds."""
    if report.headline is not None:
        return percent(report.headline)
    return f"{percent(report.low)} to {percent(report.high)}"


def mark(verdict: Verdict) -> str:
    """`3/4` where the leaf is marked; else its status."""
    if verdict.points is None or verdict.score is None:
        return verdict.status
    return f"{verdict.score * verdict.points:g}/{verdict.points:g}"


def place_of(citation: Citation) -> str:
    """`train.py:12-14`; of an absence, where nothing was found."""
    if citation.pattern:
        return f"nothing in {', '.join(citation.globs) or 'the work'} matches {citation.pattern}"
    if not citation.first_line:
        return citation.path
    last = f"-{citation.last_line}" if citation.last_line > citation.first_line else ""
    return f"{citation.path}:{citation.first_line}{last}"


ASKED = {
    "": "",
    "masked": "again, with text covered that a pass must not rest on",
    "repeated": "again, to see how steady it is",
    "shuffled": "again, with the files in another order",
}
"""Why a judge was asked, by a vote's variant."""


def occasion(vote: Vote) -> str:
    """What tells a judge's votes on one leaf apart: `answer 2, again, with the files in another order`."""
    return f"answer {vote.sample + 1}" + (f", {ASKED[vote.variant]}" if vote.variant else "")


def dollars(cost: JudgeCost) -> str:
    """A call that was cut off counts at its upper bound, and is said to."""
    if not cost.calls:
        return "no model was called"
    if cost.usage.dollars is None:
        return "at an unknown price"
    most = "at most " if cost.usage.upper_bound else ""
    return f"{most}${cost.usage.dollars:.4f}"


def bounds(report: JudgeReport) -> str:
    if report.low == report.high:
        return "nothing is open"
    return f"{percent(report.low)} to {percent(report.high)}, if what is open had failed or passed"


def facts(report: JudgeReport) -> list[tuple[str, str]]:
    """What stands at the head of a report: a name and a line each."""
    cost = report.cost
    used = cost.usage
    usage = f"{used.input_tokens:,} tokens in ({used.cached_tokens:,} cached), {used.output_tokens:,} out"
    rows = [
        ("score", f"{percent(report.score)} of what was graded"),
        ("bounds", bounds(report)),
        ("coverage", f"{percent(report.coverage)} of the weight was graded"),
        ("rubric", f"{report.rubric} (origin: {report.origin}; denominator: {report.denominator})"),
        ("panel", ", ".join(report.panel) or "none; programs alone decided"),
        ("calls", f"{cost.calls} ({cost.cached_calls} more from the cache, {cost.failed_calls} failed)"),
        ("cost", dollars(cost) + (f"; {usage}" if cost.calls else "")),
    ]
    rows += [(name, "–" if value is None else f"{value:.3g}") for name, value in report.agreement.items()]
    return rows
