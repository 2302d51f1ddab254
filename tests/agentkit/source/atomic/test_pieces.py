"""Pieces put together are the second version again, byte for byte, whatever the files hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.atomic.pieces import applied, lines_of, pieces_of

LINES = st.sampled_from(
    [b"a = 1\n", b"a = 2\n", b"if a:\n", b"    b = a\n", b"    b = 3\n", b"\n", b"# why\n", b"def f(x):\n",
     b"    return x\n", b"f(\n", b"    1,\n", b")\n", b"x\r\n", b"\xff\xfe\n", b"\r", b'"""', b"{", b"};\n"]
)  # fmt: skip
CONTENTS = st.lists(LINES, max_size=14).map(b"".join) | st.binary(max_size=20)
FILES = st.dictionaries(st.sampled_from(["a.py", "b.cu", "c.txt", "d/e.h"]), CONTENTS, max_size=3)


@given(FILES, FILES)
def test_all_pieces_are_the_second_version_and_none_the_first(
    start: dict[str, bytes], target: dict[str, bytes]
) -> None:
    pieces = pieces_of(start, target)
    assert applied(start, pieces) == target
    assert applied(start, reversed(pieces)) == target
    assert applied(start, ()) == start
    assert [piece.number for piece in pieces] == list(range(len(pieces)))
    for piece in pieces:
        assert piece.old != piece.new or piece.kind != "lines"


@given(CONTENTS, CONTENTS, st.data())
def test_pieces_left_out_leave_their_lines(start: bytes, target: bytes, data: st.DataObject) -> None:
    pieces = pieces_of({"a.py": start}, {"a.py": target})
    chosen = data.draw(st.lists(st.sampled_from(pieces), unique=True)) if pieces else []
    length = len(start) + sum(len(each.new) - len(each.old) for each in chosen if each.kind == "lines")
    if all(each.kind == "lines" for each in pieces):
        assert len(applied({"a.py": start}, chosen)["a.py"]) == length


@given(CONTENTS)
def test_lines_are_the_content(content: bytes) -> None:
    assert b"".join(lines_of(content)) == content


@pytest.mark.parametrize(
    ("start", "target", "kinds"),
    [
        ({}, {"a.py": b"x\n"}, ["added"]),
        ({"a.py": b"x\n"}, {}, ["removed"]),
        ({"a.bin": b"\0a"}, {"a.bin": b"\0b"}, ["replaced"]),
        ({"a.txt": b"1\n2\n3\n"}, {"a.txt": b"9\n2\n8\n"}, ["lines", "lines"]),
        ({"a.py": b"x\n"}, {"a.py": b"x\n"}, []),
    ],
)
def test_kinds(start: dict[str, bytes], target: dict[str, bytes], kinds: list[str]) -> None:
    assert [each.kind for each in pieces_of(start, target)] == kinds
