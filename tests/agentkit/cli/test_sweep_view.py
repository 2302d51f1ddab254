from __future__ import annotations

import io
import json
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from agentkit.cli.sweep_plan import SweepPlan
from agentkit.cli.sweep_view import (
    QuietSweep,
    SweepLines,
    SweepScreen,
    choose_sweep_view,
    last_event,
    say_row,
)
from agentkit.contracts.sweep import CellRow, RunSpec
from agentkit.journal.log import Journal
from agentkit.runs.sweeps.drive import Moment

SPEC = RunSpec(task="toy/number", settings={"seed": 1}, labels={"task": "toy/number", "seed": "1"})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "cell" / "tries" / "20260101-000000-toy-number"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    return folder


@pytest.fixture
def plan(tmp_path: Path) -> SweepPlan:
    """As much of one as a view looks at."""
    source = SimpleNamespace(file=SimpleNamespace(title="Numbers"), path=Path("mine.toml"))
    sweep = SimpleNamespace(source=source, path=tmp_path)
    return cast(SweepPlan, SimpleNamespace(sweep=sweep, todo=[CellRow(spec=SPEC, state="waiting")]))


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"state": "failed", "reason": "it broke"}, "toy/number, seed 1: failed, it broke"),
        ({"state": "waiting", "reason": "no room", "tries": 2},
         "toy/number, seed 1: cut short, to be begun again, no room, 2 tries"),
        ({"state": "finished", "tries": 1}, "toy/number, seed 1: finished"),
    ],
)  # fmt: skip
def test_an_end_is_one_line(row: dict[str, Any], text: str) -> None:
    assert say_row(CellRow(spec=SPEC, **row)) == text


@pytest.mark.parametrize(
    ("best", "words"), [({"fsr": 0.8}, "80 %"), ({"fsr": None}, "an answer"), (None, "no answer")]
)
def test_a_finished_run_says_what_it_came_to(run: Path, best: object, words: str) -> None:
    (run / "summary.json").write_text(json.dumps({"best": best}))
    assert say_row(CellRow(spec=SPEC, state="finished", run=run)) == f"toy/number, seed 1: finished, {words}"


def test_what_a_run_did_last_is_read_from_the_end_of_its_journal(run: Path) -> None:
    cell = run.parents[1]
    assert last_event(None) == "about to begin"
    assert last_event(cell) == "preparing"
    journal = Journal(run)
    journal.append("note", text="x" * 200_000)
    journal.append("selected", "a3", operator="draft", parents=[], params={})
    journal.close()
    with (run / "journal.jsonl").open("a") as file:
        file.write('{"torn')
    assert last_event(cell) == "a3: begins (draft)"


def test_lines_count_what_is_over_and_say_once_that_nothing_goes_on() -> None:
    stream = io.StringIO()
    lines = SweepLines(stream, 2)
    resting = Moment(2, Counter(waiting=2), (), time.monotonic() + 30)
    with lines:
        lines.ended(CellRow(spec=SPEC, state="waiting", reason="no room"))
        lines.look(resting)
        lines.look(resting)
        lines.ended(CellRow(spec=SPEC, state="finished"))
    first, rest, last = stream.getvalue().splitlines()
    assert "0/2 toy/number, seed 1: cut short" in first
    assert "begun again in" in rest
    assert "1/2 toy/number, seed 1: finished" in last


@pytest.mark.parametrize(("width", "height"), [(100, 30), (40, 8), (20, 4)])
def test_a_screen_fits_whatever_its_size(plan: SweepPlan, width: int, height: int) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=width, height=height)
    screen = SweepScreen(console, plan, {})
    for _ in range(20):
        screen.ended(CellRow(spec=SPEC, state="failed", reason="it broke " * 30))
    screen.look(Moment(9, Counter(finished=3, running=5, waiting=1), ((SPEC, time.monotonic()),) * 5, None))
    frame = screen.frame(width, height)
    assert len(frame) <= height
    assert all(len(line.plain) <= width for line in frame)
    assert frame[1].plain == "━" * width
    assert frame[2].plain.startswith("9 runs   3 finish"[: width - 1])
    with screen:
        pass
    assert "toy/number, seed 1" in stream.getvalue(), "the last lines stay"


def test_the_view_fits_where_it_is_seen(plan: SweepPlan) -> None:
    assert isinstance(choose_sweep_view(plan, json=False, quiet=True), QuietSweep)
    assert isinstance(choose_sweep_view(plan, json=True, quiet=False), SweepLines)
