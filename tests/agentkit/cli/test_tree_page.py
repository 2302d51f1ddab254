from __future__ import annotations

import fcntl
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agentkit.cli.tree_page import branch, nodes, print_tree, tree_json
from agentkit.contracts.events import Event
from agentkit.journal.fold import RunState
from agentkit.runs.folder import RunFolder


def printed(folder: RunFolder, width: int) -> list[str]:
    text = io.StringIO()
    print_tree(folder, Console(file=text, width=width))
    return text.getvalue().splitlines()


def test_parent_child_operator_figure_cost_and_the_answer(runs: Path) -> None:
    lines = printed(RunFolder(runs / "20260101-120000-speedrun-record12"), 100)
    assert lines == [
        "20260101-120000-speedrun-record12: aide, 3 attempts",
        "start",
        "└─ a1 draft  17.2 s CPU  2,000 tokens, price unknown",
        "   └─ a2 improve  crash  2,000 tokens, price unknown",
        "      └─ a3 debug  13.3 s CPU  2,000 tokens, price unknown  ← answer",
    ]


def test_a_run_that_was_cut_off_shows_what_is_open_and_the_best_so_far(runs: Path) -> None:
    folder = RunFolder(runs / "20260102-120000-speedrun-record12")
    lines = printed(folder, 100)
    assert lines[0].endswith("3 attempts, 1 not finished")
    assert "a1 draft" in lines[2] and lines[2].endswith("← best")
    assert "a3 debug  not finished" in lines[4]
    assert json.loads(tree_json(folder))["attempts"][2]["status"] == "not finished"


def test_while_its_run_goes_on_an_attempt_is_under_way(runs: Path) -> None:
    folder = RunFolder(runs / "20260102-120000-speedrun-record12")
    with (folder.path / "journal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lines = printed(folder, 100)
    assert lines[0].endswith("3 attempts, 1 under way")
    assert "a3 debug  under way" in lines[4]


def test_json_is_one_row_an_attempt(runs: Path) -> None:
    told = json.loads(tree_json(RunFolder(runs / "20260101-120000-speedrun-record12")))
    rows = [(each["id"], each["parents"], each["depth"], each["status"]) for each in told["attempts"]]
    assert rows == [("a1", [], 1, "valid"), ("a2", ["a1"], 2, "crash"), ("a3", ["a2"], 3, "valid")]
    assert told["attempts"][2]["mark"] == "answer"
    assert told["attempts"][2]["figure"] == 13.3


def grown(parents: list[int | None]) -> RunState:
    """Attempt number n is made from the one of that number, or from the start."""
    state = RunState()
    for number, parent in enumerate(parents):
        data: dict[str, Any] = {"operator": "improve", "params": {}}
        data["parents"] = [] if parent is None else [f"a{parent}"]
        state.apply(Event(number=number, time=0.0, kind="selected", attempt=f"a{number}", data=data))
    return state


@given(data=st.data(), count=st.integers(1, 40))
def test_every_attempt_is_there_once_below_its_parent(data: st.DataObject, count: int) -> None:
    drawn = [data.draw(st.none() | st.integers(0, number - 1)) if number else None for number in range(count)]
    shown = list(nodes(grown(drawn)))
    assert sorted(each.selected.number for each in shown) == list(range(count))
    depth = {each.selected.id: len(each.last) for each in shown}
    place = {each.selected.id: index for index, each in enumerate(shown)}
    for each in shown:
        above = each.selected.expansion.parents
        assert depth[each.selected.id] == (depth[above[0]] + 1 if above else 1)
        assert not above or place[above[0]] < place[each.selected.id]


def test_a_chain_of_two_thousand_is_walked() -> None:
    assert len(list(nodes(grown([None, *range(1999)])))) == 2000


@given(last=st.lists(st.booleans(), min_size=1, max_size=600), room=st.integers(9, 60))
def test_branches_keep_to_their_room(last: list[bool], room: int) -> None:
    text = branch(tuple(last), room)
    assert len(text) <= room
    assert text.endswith("└─ " if last[-1] else "├─ ")
    if 3 * len(last) > room:
        assert text.startswith(f"…{len(last)} ")


@pytest.mark.parametrize("width", [30, 40, 80])
def test_no_line_is_wider_than_the_screen(width: int, runs: Path) -> None:
    assert max(map(len, printed(RunFolder(runs / "20260101-120000-speedrun-record12"), width))) <= width
