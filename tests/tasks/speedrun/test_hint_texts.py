"""The hints of every task that has any: no figure but its two records' own, no word of a workplace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.task import HINT_LEVELS

FOLDER = Path(__file__).parents[3] / "tasks" / "speedrun"
TASKS = sorted(path for path in FOLDER.glob("record*") if path.is_dir())
TEXTS = [(task, level) for task in TASKS for level in HINT_LEVELS]
NAMES = [f"{task.name}-{level}" for task, level in TEXTS]

LATER = 21
"""First start that no table of repeated measurements knows, only what its author reported."""
FIGURE = re.compile(
    r"(?<![\w.,])(?P<number>\d[\d,_]*(?:\.\d+)?)[\s-]*"
    r"(?P<unit>ms|milliseconds?|s|sec|seconds?|min|minutes?|hours?|days?|steps?)\b(?!\s*[-+*/=])"
)
SECONDS = {"ms": 1e-3, "mi": 60.0, "s": 1.0, "h": 3600.0, "d": 86400.0}
WORKPLACE = re.compile(
    r"(?<![\w.])/(?:tmp|root|home|mnt|opt|var|data|workspace|\w*work)/"
    r"|\b(?:localhost|workplace|helpers?|colleagues?|subagents?|sessions?|brief|lead|facts?/\w+)\b",
    re.IGNORECASE,
)


def seconds_of(unit: str) -> float:
    if unit.startswith(("milli", "ms")):
        return SECONDS["ms"]
    return SECONDS["mi"] if unit.startswith("mi") else SECONDS[unit[0]]


def known_figures(records: Any, number: int) -> tuple[list[float], list[float]]:
    """Of a task's two records: what may be said in seconds, their gap included, and what in steps."""
    start, target = records[number], records[number + 1]
    times = [60 * each.minutes for each in (start, target)]
    gaps = [60 * (start.minutes - target.minutes)]
    if number < LATER:
        times += [1e-3 * value for each in (start, target) for value in (each.measured_ms, each.sd_ms)]
        gaps.append(1e-3 * (start.measured_ms - target.measured_ms))
    return [*times, *gaps], [float(start.steps), float(target.steps)]


def invented(text: str, records: Any, number: int) -> Iterator[str]:
    """Figures with a unit of time, or in steps, that are neither record's to the digits that are written."""
    seconds, steps = known_figures(records, number)
    for found in FIGURE.finditer(text):
        digits = re.sub("[,_]", "", found["number"])
        half = 0.5 * 10.0 ** -len(digits.partition(".")[2])
        if found["unit"].startswith("step"):
            unit, known = 1.0, steps
        else:
            unit, known = seconds_of(found["unit"]), seconds
        if all(abs(float(digits) - fact / unit) > half * (1 + 1e-6) for fact in known):
            yield found.group()


@pytest.fixture(scope="module")
def records(module: Callable[[str], Any]) -> Any:
    return {**module("originals.records_since").read_records_since().main, **module("adapter").read_records()}


@pytest.mark.parametrize(("task", "level"), TEXTS, ids=NAMES)
def test_every_task_has_every_hint(task: Path, level: str) -> None:
    text = (task / "hints" / f"{level}.md").read_bytes().decode("utf-8")
    assert text.startswith("# ")
    assert len(text.split()) > 60
    assert text.endswith("\n") and not text.endswith("\n\n")
    has_miniature = int(task.name.removeprefix("record")) < LATER
    assert text.count("\n## In the miniature\n\n") == int(has_miniature)


@pytest.mark.parametrize(("task", "level"), TEXTS, ids=NAMES)
def test_no_hint_invents_a_figure(task: Path, level: str, records: Any) -> None:
    text = (task / "hints" / f"{level}.md").read_text(encoding="utf-8")
    assert list(invented(text, records, int(task.name.removeprefix("record")))) == []


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_paper_says_how_long_both_records_took(task: Path, records: Any) -> None:
    number = int(task.name.removeprefix("record"))
    text = " ".join((task / "hints" / "paper.md").read_text(encoding="utf-8").split())
    said = [float(found["number"]) for found in FIGURE.finditer(text) if found["unit"] == "minutes"]
    assert {records[each].minutes for each in (number, number + 1)} <= set(said)
    assert "of the original" in text


@pytest.mark.parametrize(("task", "level"), TEXTS, ids=NAMES)
def test_no_hint_mentions_a_workplace(task: Path, level: str) -> None:
    text = (task / "hints" / f"{level}.md").read_text(encoding="utf-8")
    assert WORKPLACE.findall(text) == []


@pytest.mark.parametrize(
    ("text", "number", "found"),
    [
        ("in 477.15 s (± 2.3 s), 7.8 minutes", 10, []),
        ("it takes 3242\nsteps", 10, []),
        ("it takes 3200 steps", 10, ["3200 steps"]),
        ("it takes 3200 steps", 9, []),
        ("2,968,348 ms, 2968 s, 45 minutes", 1, []),
        ("2967 s and 48.94 minutes", 1, ["2967 s", "48.94 minutes"]),
        ("a step takes 146 ms", 8, ["146 ms"]),
        ("a gap of 28.4 s", 9, []),
        ("each of 5 rounds, twice in 3 layers; 8.2", 8, []),
    ],
)
def test_what_counts_as_invented(text: str, number: int, found: list[str], records: Any) -> None:
    assert list(invented(text, records, number)) == found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("see /tm" + "p/x", True), ("ask a help" + "er", True), ("one device, an answer of a sum", False)],
)
def test_what_counts_as_a_workplace(text: str, is_found: bool) -> None:
    assert bool(WORKPLACE.search(text)) is is_found
