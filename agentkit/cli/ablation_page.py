"""The pages of an ablation: its plan, and what it came to, as lines and as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agentkit.cli.figures import printable, say_count, say_number, say_seconds, say_share

if TYPE_CHECKING:
    from agentkit.runs.ablation.design import Design
    from agentkit.runs.ablation.effects import Effect, Estimated, Fate
    from agentkit.runs.ablation.findings import EditFinding, Findings
    from agentkit.runs.ablation.record import Ablation
    from agentkit.runs.ablation.subject import Subject

AS = {"left out": "left out", "added": "alone"}
WAYS = {"leave-out": "left out of the whole", "add-in": "added alone to the start"}


# ---- the plan ----


def plan_lines(subject: Subject, design: Design, ablation: Ablation) -> Iterator[str]:
    """The edits, and what measuring them takes."""
    opponents = subject.opponents
    paths = {piece.path for edit in subject.edits for piece in edit.pieces}
    count = say_count(len(subject.active), "edit")
    yield f"{capital(opponents.candidate.name)} against {opponents.against.name}: {count} in " + (
        printable(next(iter(paths))) if len(paths) == 1 else say_count(len(paths), "file")
    )
    for edit in subject.edits:
        yield f"  {edit.id:<4}{printable(edit.where)}: {printable(edit.text)}"
        if edit.inert:
            yield f"      not measured: it changes {edit.inert}"
        for why in edit.joined:
            yield f"      {say_count(len(edit.pieces), 'place')}, joined: {printable(why)}"
    left = design.to_do(ablation.first_seed)
    known = sum(any(each.files == files for each in design.versions) for files, _ in design.known)
    took = f", about {say_seconds(len(left) * design.seconds)}" if design.seconds and left else ""
    yield (
        f"Each is {' and '.join(WAYS[way] for way in design.ways)}: with both ends "
        f"{say_count(len(design.versions), 'version')} on {say_count(design.seeds, 'seed')}, "
        f"{say_count(design.evaluations, 'evaluation')}"
        + (f", {known if left else 'all'} of them measured before{took}." if known else f"{took}.")
    )


def plan_json(run: str, subject: Subject, design: Design) -> str:
    edits = [
        {"id": each.id, "where": each.where, "text": each.text, "joined": each.joined, "inert": each.inert}
        for each in subject.edits
    ]
    plan = {"versions": [each.name for each in design.versions], "seeds": design.seeds,
            "evaluations": design.evaluations, "seconds_each": design.seconds}  # fmt: skip
    return json.dumps({"version": 1, "run": run, "edits": edits, "plan": plan}, ensure_ascii=False)


# ---- the findings ----


def findings_lines(found: Findings) -> Iterator[str]:
    """The answer in a sentence first, then edit by edit."""
    yield headline(found)
    yield f"  {say_extent(found)}"
    for edit in found.edits:
        yield f"  {edit.id:<4}{printable(edit.where)}: {printable(edit.text)}"
        for line in edit_lines(edit, found):
            yield f"      {line}"
    for line in closing_lines(found):
        yield f"  {line}"
    yield f"  Kept in {found.folder}"


def headline(found: Findings) -> str:
    if found.whole is None:
        none = f"{found.against} give no figure here ({say_why(found.start)})"
        return f"{capital(found.attempt)} runs, and {none}."
    valued = [(value, edit) for edit in found.edits if (value := worth(edit)) is not None]
    clear = sorted((each for each in valued if each[0].clear), key=lambda each: -abs(each[0].value))
    quiet = [edit.id for value, edit in valued if value.low is not None and not value.clear]
    unknown = [edit.id for value, edit in valued if value.low is None]
    needed = [edit.id for edit in found.edits if breaks(edit.without)]
    ruled = [
        edit.id for edit in found.edits if edit.without and edit.without.invalid == edit.without.count > 0
    ]
    told = "No edit alone stands out of its noise"
    if clear:
        told = f"By edit: {', '.join(f'{edit.id} {signed(value.value)}' for value, edit in clear)}"
    elif unknown and not quiet:
        told = "One seed cannot tell whether an edit stands out of its noise"
    told += f"; of {', '.join(quiet)} nothing is seen" if quiet and clear else ""
    told += f"; of {', '.join(unknown)} one seed cannot tell" if unknown and (quiet or clear) else ""
    told += f"; without {', '.join(needed)} it breaks" if needed else ""
    told += f"; without {', '.join(ruled)} it misses a rule" if ruled else ""
    return f"{say_whole(found, found.whole)}. {told}."


def say_whole(found: Findings, whole: Effect) -> str:
    """Better or worse only where the interval says so."""
    name, gain = capital(found.attempt), whole.gain
    where = " on one seed" if gain.low is None else ""
    if gain.value == 0:
        return f"{name} is as good as {found.against}{where}"
    if not gain.clear:
        return f"{name} is not clearly different from {found.against}: {say_effect(found, whole)}{where}"
    verb = "is better than" if gain.value > 0 else "is worse than"
    return f"{name} {verb} {found.against} by {say_effect(found, whole, size=True)}"


def worth(edit: EditFinding) -> Estimated | None:
    """Left out where that was measured, else alone."""
    effect = edit.left_out or edit.added
    return effect.gain if effect else None


def edit_lines(edit: EditFinding, found: Findings) -> Iterator[str]:
    if edit.inert:
        yield f"Not measured: it changes {edit.inert}."
    for words, effect, fate in (
        ("Left out", edit.left_out, edit.without), ("Alone", edit.added, edit.alone),
    ):  # fmt: skip
        if fate is None:
            continue
        yield f"{words}: {say_way(words, effect, fate, found)}"
    if edit.interacts and edit.disagreement is not None:
        yield (f"Interacts with the others: left out it is worth {say_more(edit.disagreement)} than alone.")
    for why in edit.joined:
        yield f"Joined: {printable(why)}."


def say_way(words: str, effect: Effect | None, fate: Fate, found: Findings) -> str:
    if fate.count == 0:
        return "not measured yet."
    if breaks(fate):
        return f"the run breaks ({say_why(fate)})."
    said = say_effect(found, effect) if effect else f"no figure to compare with ({say_why(found.start)})"
    if fate.failed:
        said += f"; {fate.failed} of {fate.count} runs broke ({say_why(fate)})"
    if fate.invalid:
        said += f"; {fate.invalid} of {fate.count} runs miss a rule ({say_why(fate)})"
    return f"{said}."


def say_why(fate: Fate) -> str:
    """The reason holds what the candidate printed last."""
    return printable(fate.reason)


def breaks(fate: Fate | None) -> bool:
    """No run of it gave a figure."""
    return fate is not None and fate.count > 0 and fate.failed == fate.count


def closing_lines(found: Findings) -> Iterator[str]:
    for each in found.sums:
        apart = "the edits act on each other" if each.interact else "that is within the noise"
        if each.beyond.low is None:
            apart = "one seed cannot tell whether that is noise"
        yield (
            f"Sum of what each is worth {AS[each.of]}: {say_estimated(each.sum)}; "
            f"the whole is worth {say_more(each.beyond)}: {apart}."
        )
    yield from found.more
    if found.stopped:
        yield f"Stopped by {found.stopped} after {found.evaluations} of {found.planned} evaluations; " \
              "say more, and it goes on."  # fmt: skip
    if found.trust != "verified":
        yield "The candidate could have forged these figures: the task's evaluator does not verify them."


def say_extent(found: Findings) -> str:
    unit = f" in {found.metric.unit}" if found.metric.unit else ""
    ends = [say_number(each) for each in (found.start_mean, found.whole_mean) if each is not None]
    means = f" ({' → '.join(ends)})" if len(ends) == 2 else ""
    return (
        f"{found.metric.name}{unit}{means}; above 0: the edit makes the work better. "
        f"{say_count(found.evaluations, 'evaluation')} on {say_count(found.seeds, 'seed')} "
        f"in {found.sandbox}; 95 % intervals."
    )


def say_effect(found: Findings, effect: Effect, *, size: bool = False) -> str:
    gain = effect.gain
    if size and gain.value < 0:
        gain = turned(gain)
    unit = f" {found.metric.unit}" if found.metric.unit else ""
    said = f"{say_number(gain.value) if size else signed(gain.value)}{unit}{say_bounds(gain)}"
    if effect.fsr is None:
        return said
    low, high = effect.fsr.low, effect.fsr.high
    around = "" if low is None or high is None else f" ({say_share(low)} … {say_share(high)})"
    return f"{said}, FSR {say_share(effect.fsr.value)}{around}"


def say_more(each: Estimated) -> str:
    """`3.1 less (2.8 … 3.4)`."""
    if each.value >= 0:
        return f"{say_number(each.value)} more{say_bounds(each)}"
    less = turned(each)
    return f"{say_number(less.value)} less{say_bounds(less)}"


def turned(each: Estimated) -> Estimated:
    low, high = (None if bound is None else -bound for bound in (each.high, each.low))
    return each.model_copy(update={"value": -each.value, "low": low, "high": high})


def say_estimated(each: Estimated) -> str:
    return f"{signed(each.value)}{say_bounds(each)}"


def say_bounds(each: Estimated) -> str:
    if each.low is None or each.high is None:
        return ""
    return f" ({say_number(each.low)} … {say_number(each.high)})"


def signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{say_number(value)}"


def capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


# ---- Markdown ----


def findings_markdown(found: Findings) -> Iterator[str]:
    """What a candidate wrote or printed is text there, and never markup."""
    from agentkit.judge.reports.markdown import cell

    yield f"# Ablation of {found.attempt}"
    yield ""
    yield cell(headline(found))
    yield ""
    yield say_extent(found)
    yield ""
    yield "| edit | where | change | left out | added alone | notes |"
    yield "|---|---|---|---|---|---|"
    for edit in found.edits:
        cells = [edit.id, *(code(each).replace("|", "\\|") for each in (edit.where, edit.text))]
        cells += [cell(say_cell(words, effect, fate, found)) for words, effect, fate in (
            ("Left out", edit.left_out, edit.without), ("Alone", edit.added, edit.alone))]  # fmt: skip
        notes = [f"not measured: {edit.inert}"] if edit.inert else []
        notes += ["interacts with the others"] if edit.interacts else []
        notes += [f"joined: {why}" for why in edit.joined]
        cells.append(cell(printable("; ".join(notes))))
        yield f"| {' | '.join(cells)} |"
    yield ""
    for line in closing_lines(found):
        yield f"- {line}"


def say_cell(words: str, effect: Effect | None, fate: Fate | None, found: Findings) -> str:
    return "–" if fate is None else say_way(words, effect, fate, found).rstrip(".")


def code(text: str) -> str:
    """Between more backticks than the text has in a row: it cannot end what it is in."""
    said = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", said)), default=0))
    return f"`{said}`" if fence == "`" else f"{fence} {said} {fence}"
