"""Rows become runs, or a mistake that says where and what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import BadFile

HEAD = "model,scaffold,hints,start,run,fsr\n"
TIMED = "model,scaffold,hints,start,run,train_ms,val_loss\n"


@pytest.fixture
def read(module: Callable[[str], Any], tmp_path: Path) -> Callable[..., Any]:
    def read_text(text: str, name: str = "runs.csv") -> Any:
        path = tmp_path / name
        path.write_text(text)
        return module("scores.runs").read_runs(path, module("scores.reference").task_starts())

    return read_text


def test_fsr_or_nothing(read: Any) -> None:
    table = read(HEAD + "m,s,text+paper,12,a,1.05301\nm,s,,12,b,\n")
    assert not table.timed
    assert [(run.hints, run.start, run.run, run.fsr) for run in table.runs] == [
        ("text+paper", 12, "a", 1.05301), ("", 12, "b", None),
    ]  # fmt: skip


def test_times_with_losses_or_nothing(read: Any) -> None:
    table = read(TIMED + "m,s,none,12,1,288319,3.279\nm,s,none,12,2,,\nm,s,none,12,3,,3.5\n")
    assert table.timed
    found = [(run.train_ms, run.val_loss) for run in table.runs]
    assert found == [(288_319.0, 3.279), (None, None), (None, None)]


def test_the_order_of_columns_is_free_and_others_are_passed_over(read: Any) -> None:
    table = read("seed,fsr,run,start,hints,scaffold,model\n7,0.5,1,20,none,s,m\n")
    assert (table.runs[0].start, table.runs[0].fsr) == (20, 0.5)


def test_json_numbers(read: Any) -> None:
    run = '{"model": "m", "scaffold": "s", "hints": 1, "start": 12, "run": 0, "fsr": '
    table = read(f"{run}0.5}}\n{run.replace('0, ', '1, ')}null}}\n", "runs.jsonl")
    assert [(each.hints, each.run, each.fsr) for each in table.runs] == [("1", "0", 0.5), ("1", "1", None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model,scaffold,hints,start,run\nm,s,h,1,1\n", ["at 'fsr'", "train_ms", "without 'fsr'", "add"]),
        ("model,scafold,hints,start,run,fsr\nm,s,h,1,1,0\n", ["at 'scaffold'", "rename 'scafold'"]),
        ("model,scaffold,hints,start,run,train_ms\nm,s,h,1,1,9\n", ["at 'val_loss'", "Line 1"]),
        (HEAD[:-1] + ",train_ms\nm,s,h,1,1,0,9\n", ["either fsr", "fsr, train_ms", "Line 1"]),
        (HEAD + "m,s,h,21,1,0.5\n", ["at 'start'", "1-5, 7-20", "'21'", "a target only", "Line 2: m,s,h,21"]),
        (HEAD + "m,s,h,6,1,0.5\n", ["at 'start'", "PyTorch 2.5.0", "Line 2"]),
        (HEAD + "m,s,h,x,1,0.5\n", ["at 'start'", "Found: 'x'"]),
        (HEAD + "m,s,h,0,1,0.5\n", ["at 'start'", "Found: '0'"]),
        (HEAD + "m,s,h,1.0,1,0.5\n", ["at 'start'", "Found: '1.0'"]),
        (HEAD + "m,s,h,,1,0.5\n", ["at 'start'", "Found: nothing"]),
        (HEAD + "m,s,h,1,1,fast\n", ["at 'fsr'", "a finite number", "'fast'", "Line 2", "leave"]),
        (HEAD + "m,s,h,1,1,nan\n", ["at 'fsr'", "'nan'"]),
        (HEAD + "m,s,h,1,1,inf\n", ["at 'fsr'", "'inf'"]),
        (HEAD + "m,s,h,1,1,1_0\n", ["at 'fsr'", "'1_0'"]),
        (HEAD + ",s,h,1,1,0\n", ["at 'model'", "an empty cell"]),
        (HEAD + "m,s,h,1,,0\n", ["at 'run'", "an empty cell"]),
        (HEAD + "m,s,h,1,1,0\nm,s,h,1,2,0\nm,s,h,1,1,0.5\n", ["at 'run'", "at line 2", "Line 4: m,s"]),
        (TIMED + "m,s,h,1,1,-5,3\n", ["at 'train_ms'", "at least 0", "'-5'"]),
        (TIMED + "m,s,h,1,1,5,\n", ["at 'val_loss'", "goes with train_ms"]),
        (TIMED + "m,s,h,1,1,5,three\n", ["at 'val_loss'", "'three'"]),
    ],
)  # fmt: skip
def test_mistakes(read: Any, tmp_path: Path, text: str, said: list[str]) -> None:
    with pytest.raises(BadFile) as error:
        read(text)
    message = str(error.value)
    wanted = [str(tmp_path / "runs.csv"), "Expected: ", "Found: ", "Next: ", "Line ", *said]
    assert [each for each in wanted if each not in message] == [], message


def test_every_row_of_json_needs_the_columns(read: Any) -> None:
    rows = (
        '[{"model": "m", "scaffold": "s", "hints": "h", "start": 1, "run": 1, "fsr": 1},\n'
        ' {"model": "m", "scaffold": "s", "hints": "h", "start": 1, "run": 2}]'
    )
    with pytest.raises(BadFile, match="Item 2"):
        read(rows, "runs.json")


@pytest.mark.parametrize(("numbers", "shown"), [((), ""), ((3,), "3"), ((2, 1, 3, 7, 9, 10), "1-3, 7, 9-10")])
def test_spans(module: Callable[[str], Any], numbers: tuple[int, ...], shown: str) -> None:
    assert module("scores.runs").spans(numbers) == shown
