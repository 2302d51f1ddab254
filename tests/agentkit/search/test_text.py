from __future__ import annotations

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from agentkit.search.text import cell, cut, fenced, size, table, tail

LINE = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="|"), max_size=60)


def test_a_cut_says_how_much_is_left_out_and_leaves_the_short_alone() -> None:
    assert cut("abcdef", 4) == "abcd\n… (2 characters left out)"
    assert tail("abcdef", 4) == "(2 characters left out) …\ncdef"
    assert (cut("abcd", 4), tail("abcd", 4)) == ("abcd", "abcd")


def test_a_cell_is_one_line_that_cannot_leave_its_column() -> None:
    assert cell("try | this\n\nnow", 40) == "try / this now"
    assert cell("abcdef", 4) == "abc…"


def test_no_line_of_a_text_closes_its_fence() -> None:
    assert fenced("plain", "diff") == "```diff\nplain\n```"
    assert fenced("a\n````\nb").splitlines()[0] == "`````"


@given(
    rows=st.lists(st.tuples(LINE, LINE, LINE), min_size=1, max_size=40),
    room=st.integers(120, 2000),
    keep=st.sampled_from(("first", "last")),
)
def test_a_table_stays_within_its_room_and_counts_what_is_left_out(
    rows: list[tuple[str, str, str]], room: int, keep: Literal["first", "last"]
) -> None:
    text = table(("a", "b", "c"), rows, room, keep)
    assert size(text) <= room, "in bytes, whatever the letters"
    body = text.split("\n")[2:]
    whole = [f"| {' | '.join(row)} |" for row in rows]
    if body == whole:
        return
    kept, note = (body[:-1], body[-1]) if keep == "first" else (body[1:], body[0])
    assert kept == (whole[: len(kept)] if keep == "first" else whole[len(whole) - len(kept) :])
    assert f"{len(rows) - len(kept)} further ones left out" in note
