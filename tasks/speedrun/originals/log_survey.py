"""`agentkit speedrun logs`: of which logs of a checkout source and result can be read, and why not of others.

What reads the scripts and results of tasks is tried on all that upstream keeps, needed by a task or not.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agentkit.errors import MissingRequirement, UnknownName

from .console import read_console
from .printed import Result, TimingRule, result_of, split_runs
from .records_since import TARGETS
from .run_log import NoSource, RunLog, split_log
from .source import LOGS, Checkout, clone_command, read_sources

FOLDERS = {"main": LOGS, "medium": "records/track_2_medium", "steps": "records/track_3_optimization"}
KINDS = (".txt", ".log")
CLOCK_PUT_BACK = re.compile(r"\bstep == 10\b")


@dataclass(frozen=True)
class SurveyedLog:
    file: str
    """Below the checkout."""
    sources: tuple[str, ...]
    """Names of the files that ran; empty: the log does not hold them."""
    runs: int
    """How many it holds; the figures are of the last."""
    steps: int | None
    loss: float | None
    """Nats a token, at the last validation."""
    train_ms: float | None
    unread: str
    """Why the source or the result is not known; empty: both are."""
    remarks: tuple[str, ...]
    """What is odd about a log that was read."""


def survey_logs(checkout: Checkout, tracks: Sequence[str]) -> Mapping[str, Sequence[SurveyedLog]]:
    """By track. Raises MissingRequirement for a folder without logs, UnknownName for a track."""
    for track in tracks:
        if track not in FOLDERS:
            raise UnknownName("track of the speedrun", track, FOLDERS)
    if checkout.is_templates:
        raise MissingRequirement(
            f"{checkout.folder} is a checkout of llm-speedrunner, which has no logs.",
            f"Next: {clone_command(read_sources())}",
        )
    return {track: [survey_log(checkout, path, track) for path in find_logs(checkout, track)]
            for track in tracks}  # fmt: skip


def find_logs(checkout: Checkout, track: str) -> list[Path]:
    found = (path for path in (checkout.folder / FOLDERS[track]).rglob("*") if path.suffix in KINDS)
    return sorted(path for path in found if path.is_file())


def survey_log(checkout: Checkout, path: Path, track: str) -> SurveyedLog:
    text = path.read_bytes().decode("utf-8", errors="replace")
    unread: list[str] = []
    try:
        log = split_log(text)
    except NoSource as error:
        unread.append(f"no source: {error}")
        log = RunLog({}, "", text)
    source = "".join(log.files.values())
    rule = TimingRule.FROM_STEP_10 if CLOCK_PUT_BACK.search(source) else TimingRule.WARMED_UP
    runs = [result_of(run, TARGETS[track], rule) for run in split_runs(read_console(log.printed))]
    last = runs[-1].last
    if last is None:
        unread.append("no result: no validation was printed")
    elif last.train_ms is None:
        unread.append("no time: losses without a clock, as llm.c prints them")
    return SurveyedLog(
        file=path.relative_to(checkout.folder).as_posix(),
        sources=tuple(log.files),
        runs=len(runs),
        steps=last.step if last else None,
        loss=last.loss if last else None,
        train_ms=last.train_ms if last else None,
        unread="; ".join(unread),
        remarks=tuple(remarks_on(log, runs)),
    )


def remarks_on(log: RunLog, runs: Sequence[Result]) -> Iterator[str]:
    last = runs[-1].last
    if last is not None and last.steps is not None and last.step < last.steps:
        yield "it ends before its last step"
    if any(run.doubts for run in runs):
        yield "its lines contradict each other"
    if not all(map(is_python, log.files.values())):
        yield f"Python {'.'.join(map(str, sys.version_info[:2]))} cannot read its source"


def is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(text)
    except SyntaxError:
        return False
    return True


def survey_text(found: Mapping[str, Sequence[SurveyedLog]]) -> str:
    """Counts by track and by reason, with the files that each reason is true of."""
    lines = []
    for track, logs in found.items():
        read = sum(not log.unread for log in logs)
        lines.append(f"track {track}: {len(logs)} logs; source and result of {read}")
        for reason in dict.fromkeys(log.unread for log in logs if log.unread):
            lines += named(f"not read: {reason}", [log for log in logs if log.unread == reason])
        for remark in dict.fromkeys(each for log in logs for each in log.remarks):
            lines += named(f"remark: {remark}", [log for log in logs if remark in log.remarks])
    return "\n".join(lines)


def named(what: str, logs: Sequence[SurveyedLog]) -> list[str]:
    return [f"  {len(logs)} {what}", *(f"    {log.file}" for log in logs)]


def survey_content(found: Mapping[str, Sequence[SurveyedLog]]) -> dict[str, list[dict[str, object]]]:
    """For JSON."""
    return {track: [asdict(log) for log in logs] for track, logs in found.items()}
