"""Report: what a run came to, for the end of a solve and for `agentkit show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agentkit.cli.figures import (
    first_line,
    printable,
    say_count,
    say_dollars,
    say_interval,
    say_metrics,
    say_seconds,
    say_share,
    shorten,
)
from agentkit.cli.scale import Scale, say_scale, scale_of
from agentkit.cli.sentences import ENDS, is_demonstration, say_hints
from agentkit.contracts.rubric import JudgeReport, Verdict
from agentkit.contracts.summary import Answer, AttemptRow, Summary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NARROW = 90
"""Columns below which the table leaves out what can be looked up."""
FEWEST_DIFF_LINES, MOST_DIFF_LINES = 12, 40
VERDICTS_SHOWN = 12
FIGURES = "figures, or why not"
STYLES = {"valid": "green", "crash": "red", "timeout": "red", "invalid": "yellow", "flagged": "magenta"}
SIMULATION = "This was a simulation: its figures show what agentkit does, and say nothing about any model."


def print_report(summary: Summary, diff: str, console: Console, *, cut_off: bool = False) -> None:
    """The answer and what it means, the attempts, the rubric, the diff, and what to type next.

    `cut_off`: the run's state is `running`, but no process is at work on it.
    """

    def say(text: str, style: str = "") -> None:
        console.print(printable(text), style=style, markup=False, highlight=False)

    say("")
    say(summary.task, "bold")
    say(title(summary), "dim")
    for index, line in enumerate(say_result(summary, cut_off)):
        say(line, "bold" if index == 0 else "")
    if summary.attempts:
        console.print()
        console.print(attempt_table(summary, console.width))
    if summary.judge is not None:
        say("")
        for index, line in enumerate(say_judge(summary.judge)):
            say(line, "bold" if index == 0 else "")
    if summary.best is not None and diff.strip():
        print_diff(summary, diff, console)
    say("")
    say(f"Spent: {say_budget(summary)}")
    say(f"Run folder: {summary.folder}")
    say("")
    say("Next:")
    for command, purpose in next_steps(summary, cut_off):
        if len(command) + len(purpose) + 6 <= console.width:
            say(f"  {command:<{min(60, console.width - len(purpose) - 6)}}  {purpose}")
        else:
            console.print(f"  {command}\n      {purpose}", markup=False, highlight=False, soft_wrap=True)


def title(summary: Summary) -> str:
    told = summary.settings
    notes = [Path(str(each)).name for each in told.get("notes") or ()]
    hints = say_hints(summary.hints, told.get("hint_source") or "", notes)
    model = f"model {summary.model}{said_of_model(summary)}"
    parts = [f"scaffold {summary.scaffold}", model, f"hints {hints}"]
    parts += [f"profile {summary.profile or 'none'}", f"sandbox {summary.sandbox}", f"seed {summary.seed}"]
    return ", ".join(parts)


def said_of_model(summary: Summary) -> str:
    if summary.simulated:
        return " (a simulation: no model was called)"
    return " (a recorded demonstration)" if is_demonstration(summary.model) else ""


def say_result(summary: Summary, cut_off: bool = False) -> list[str]:
    """How it ended and what the answer is worth, most important first."""
    scale = scale_of(summary.reference) if summary.reference else None
    lines = list(say_answer(summary.best, scale)) if summary.best else []
    ended = ": ".join(part for part in (ENDS[summary.state], summary.reason.rstrip(".")) if part) + "."
    if cut_off:
        ended = "The run was cut off; nothing that was recorded is lost."
    if summary.best is None:
        lines = ["There is no answer." if summary.state == "ended" else "There is no answer yet."]
        if summary.attempts and not any(row.status == "valid" for row in summary.attempts):
            lines.append("No attempt so far met every requirement of the task.")
    if summary.simulated:
        lines.append(SIMULATION)
    return [*lines, ended]


def say_answer(best: Answer, scale: Scale | None) -> Iterator[str]:
    runs = say_count(best.measurements, "fresh seed")
    again = f", measured again on {runs}" if best.measurements else ", as the search measured it"
    if best.fsr is None or scale is None:
        yield f"The answer is attempt {best.attempt}: {say_metrics(best.metrics)}{again}."
    else:
        interval = f" (FSR, 95 % interval {say_interval(*best.fsr_interval)})" if best.fsr_interval else ""
        what = "of the speed-up" if scale.speed else "of the gap to the reference"
        verb = "recovers" if scale.speed else "closes"
        yield f"The answer, attempt {best.attempt}, {verb} {say_share(best.fsr)} {what}{interval}{again}."
        yield f"{say_metrics(best.metrics)}. The scale goes {say_scale(scale)}."
        yield from say_meaning(best, scale)
    if best.valid_measurements < best.measurements:
        missed = best.measurements - best.valid_measurements
        yield f"{missed} of its {best.measurements} measurements missed a requirement of the task."
    if best.trust != "verified":
        yield "The candidate reported this figure itself; nobody checked it."
    if best.isolation == "local":
        yield "It ran without a sandbox, so files that a task hides could be read."


def say_meaning(best: Answer, scale: Scale) -> Iterator[str]:
    """What the interval allows to say, and what it does not."""
    if scale.source:
        yield "There is no interval, as the noise of published figures is not known here."
    elif not scale.measurable:
        yield "The gap between start and reference is smaller than its noise here, so the share says little."
    elif best.fsr_interval is not None:
        low, high = best.fsr_interval
        if low <= 0 <= high:
            yield "The interval reaches 0 %, so this may be no gain at all."
        elif high < 0:
            yield "It is worse than the start, by more than the noise."
        elif low > 1:
            yield "It is better than the reference, by more than the noise."
        elif high >= 1:
            yield "Within the noise it is as good as the reference."
        else:
            yield "It is better than the start and short of the reference, both by more than the noise."


def attempt_table(summary: Summary, width: int) -> Table:
    """One line an attempt; a narrow screen gets the columns that matter."""
    from rich.table import Table
    from rich.text import Text

    wide = width >= NARROW
    gap = 2 if wide else 1
    names = [
        "attempt",
        "made by",
        "status",
        FIGURES,
        "FSR",
        *(["evaluation", "tokens", "cost"] if wide else []),
    ]
    rows = [cells(row, summary, wide) for row in summary.attempts]
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    others = sum(
        gap + max(len(name), *(len(row[index]) for row in rows))
        for index, name in enumerate(names)
        if name != FIGURES
    )
    for index, name in enumerate(names):
        limit = max(len("figures"), width - others - gap) if name == FIGURES else None
        justify: Literal["left", "right"] = "right" if index > names.index(FIGURES) else "left"
        table.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis", max_width=limit)
    for row, texts in zip(summary.attempts, rows, strict=True):
        best = summary.best is not None and row.id == summary.best.attempt
        styles = ["bold green" if best else "bold", "", STYLES.get(row.status, "")]
        styles += [""] * (len(texts) - len(styles))
        table.add_row(*(Text(text, style) for text, style in zip(texts, styles, strict=True)))
    return table


def cells(row: AttemptRow, summary: Summary, wide: bool) -> list[str]:
    texts = [row.id, made_by(row) if wide else row.operator, row.status, printable(figures(row))]
    texts.append(say_share(row.fsr))
    if wide:
        cost = "none" if is_demonstration(summary.model) else say_dollars(row.cost.dollars)
        texts += [say_seconds(row.seconds), f"{row.cost.tokens:,}", cost]
    return texts


def made_by(row: AttemptRow) -> str:
    return f"{row.operator} of {', '.join(row.parents)}" if row.parents else row.operator


def figures(row: AttemptRow) -> str:
    if row.status == "valid" or not row.reason:
        return say_metrics(row.metrics, 2)
    return first_line(row.reason)


def say_judge(report: JudgeReport) -> Iterator[str]:
    """The score, then the criteria: what was not passed first, then the heaviest."""
    if report.score is None:
        yield f"Rubric ({report.rubric}): nothing could be graded."
    elif report.headline is None:
        graded = f"{say_share(report.score)} of what could be graded"
        yield f"Rubric ({report.rubric}): {say_interval(report.low, report.high)}; {graded}."
    else:
        yield f"Rubric ({report.rubric}): {say_share(report.score)}."

    def order(verdict: Verdict) -> tuple[bool, float]:
        return verdict.status == "passed", -verdict.weight

    ranked = sorted(report.verdicts, key=order)
    for verdict in ranked[:VERDICTS_SHOWN]:
        evidence = f" ({shorten(verdict.evidence, 80)})" if verdict.evidence else ""
        yield f"  {verdict.status:<8} {say_share(verdict.weight):>5}  {first_line(verdict.text)}{evidence}"
    if len(ranked) > VERDICTS_SHOWN:
        yield f"  … and {len(ranked) - VERDICTS_SHOWN} more"


def print_diff(summary: Summary, diff: str, console: Console) -> None:
    """As much of the best attempt's diff as a screen holds, and where all of it is."""
    from rich.syntax import Syntax

    assert summary.best is not None
    lines = [printable(line.expandtabs(4)) for line in diff.splitlines()]
    room = min(MOST_DIFF_LINES, max(FEWEST_DIFF_LINES, console.height - 20))
    path = Path(summary.folder, "answer.patch")
    console.print()
    console.print(
        f"What the answer, attempt {summary.best.attempt}, changes in the start files",
        style="bold",
        highlight=False,
    )
    shown = "\n".join(lines[:room])
    console.print(Syntax(shown, "diff", theme="ansi_dark", background_color="default", word_wrap=False))
    if len(lines) > room:
        rest = say_count(len(lines) - room, "more line")
        console.print(
            f"… {rest}; all of it: {path}", style="dim", highlight=False, markup=False, soft_wrap=True
        )


def say_budget(summary: Summary) -> str:
    used, caps = summary.budget, summary.budget.caps

    def of(key: str) -> str:
        cap = caps.get(key)
        return "" if cap is None else f" of {cap:g}"

    price = "nothing to pay" if is_demonstration(summary.model) else say_dollars(used.dollars)
    parts = [
        f"{used.attempts}{of('attempts')} attempts",
        f"{used.minutes:.1f}{of('minutes')} minutes",
        f"{used.tokens:,}{of('tokens')} tokens",
        f"{price}{of('dollars')}",
    ]
    return ", ".join(parts)


def next_steps(summary: Summary, cut_off: bool = False) -> Sequence[tuple[str, str]]:
    """Commands that make sense from here, each with what it does."""
    usual = Path.cwd() / "runs" / summary.run
    name = summary.run if usual.resolve() == Path(summary.folder).resolve() else summary.folder
    steps = []
    if cut_off or summary.state in ("interrupted", "failed"):
        steps.append((f"agentkit resume {name}", "go on from here; nothing is done twice"))
    steps.append((f"agentkit show {name}", "this page again"))
    if summary.attempts:
        chosen = summary.best.attempt if summary.best else summary.attempts[-1].id
        steps.append((f"agentkit show {name} {chosen}", "one attempt: plan, replies, diff, outcome"))
    if summary.simulated or is_demonstration(summary.model):
        live = f"agentkit solve {summary.task} --model openai/NAME"
        steps.append((live, "the same with a live model; set OPENAI_API_KEY first"))
    return steps
