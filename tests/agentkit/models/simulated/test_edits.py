from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agentkit.models.simulated.edits import Change, KnownEdit, KnownEdits, applied

START = {"a.py": "one = 1\ntwo = 2\n"}


def edit(name: str, old: str, new: str, **more: Any) -> KnownEdit:
    change = Change(path="a.py", old=old, new=new)
    return KnownEdit(name=name, says=name, helps=True, change=(change,), **more)


DOUBLE = edit("double", "two = 2\n", "two = 2 * one\nthree = 3\n", slip=("2 * one", "2 * once"))
TRIPLE = edit("triple", "three = 3\n", "three = 3 * one\n")
KNOWN = KnownEdits(title="numbers", edit=(DOUBLE, TRIPLE))


def test_an_edit_fits_where_its_lines_are_and_can_build_on_another() -> None:
    assert KNOWN.fitting(START) == (DOUBLE,)
    after = applied(START, DOUBLE.blocks())
    assert after == {"a.py": "one = 1\ntwo = 2 * one\nthree = 3\n"}
    assert KNOWN.fitting(after) == (TRIPLE,)
    assert applied(START, TRIPLE.blocks()) is None


def test_a_miswritten_edit_is_known_and_mended_to_the_right_one() -> None:
    broken = applied(START, DOUBLE.blocks(slipped=True))
    assert broken is not None and "2 * once" in broken["a.py"]
    assert KNOWN.slipped(broken) == (DOUBLE,)
    assert applied(broken, DOUBLE.repair()) == applied(START, DOUBLE.blocks())
    assert KNOWN.slipped(START) == ()


def test_all_changes_of_an_edit_are_made_or_none() -> None:
    both = KnownEdit(
        name="both",
        says="both",
        helps=False,
        change=(
            Change(path="a.py", old="one = 1\n", new="one = 0\n"),
            Change(path="b.py", old="x\n", new="y\n"),
        ),
    )
    assert applied(START, both.blocks()) is None
    assert applied({**START, "b.py": "x\n"}, both.blocks()) == {"a.py": "one = 0\ntwo = 2\n", "b.py": "y\n"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"old": "two = 2"}, "ends with a line end"),
        ({"old": ""}, "at least 1 character"),
    ],
)
def test_a_change_is_of_whole_lines(change: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Change.model_validate({"path": "a.py", "old": "x\n", "new": "y\n", **change})


def test_names_differ_and_a_slip_is_in_the_new_lines() -> None:
    with pytest.raises(ValidationError, match="'double' is there twice"):
        KnownEdits(title="numbers", edit=(DOUBLE, DOUBLE))
    with pytest.raises(ValidationError, match="'four' is not in them"):
        edit("x", "two = 2\n", "two = 3\n", slip=("four", "for"))


def test_an_edit_that_could_never_be_made_is_found() -> None:
    assert KNOWN.out_of_place(START) is None
    stray = edit("stray", "nine = 9\n", "nine = 8\n")
    assert KnownEdits(title="numbers", edit=(DOUBLE, stray)).out_of_place(START) == (1, 0)


@given(st.lists(st.sampled_from(["double", "triple"]), max_size=5))
def test_what_fits_can_be_made_whatever_was_made_before(names: list[str]) -> None:
    files = dict(START)
    for name in names:
        chosen = KNOWN.named(name)
        assert chosen is not None
        after = applied(files, chosen.blocks())
        assert (after is not None) == (chosen in KNOWN.fitting(files))
        files = after or files
