"""Where a hunk is cut: between statements, and not where a block only moved."""

from __future__ import annotations

import pytest

from agentkit.source.atomic.pieces import pieces_of


def cut(start: str, target: str, path: str = "a.py") -> list[tuple[str, str]]:
    pieces = pieces_of({path: start.encode()}, {path: target.encode()})
    return [(each.old.decode(), each.new.decode()) for each in pieces]


def test_neighbouring_statements_are_cut_apart() -> None:
    found = cut("a = 1\nb = 2\nc = 3\n", "a = 7\nb = 8\nc = 9\n")
    assert found == [("a = 1\n", "a = 7\n"), ("b = 2\n", "b = 8\n"), ("c = 3\n", "c = 9\n")]


def test_new_definitions_are_whole_and_their_comments_go_with_them() -> None:
    new = "# one\ndef f():\n    a = 1\n    return a\n", "\n\n# two\ndef g():\n    return 2\n"
    assert cut("x = 1\n", "x = 1\n" + "".join(new)) == [("", new[0]), ("", new[1])]


def test_what_has_no_counterpart_stands_between_what_has() -> None:
    found = cut("first = 1\nlast = 2\n", "first = 5\nz = open('q')\nlast = 6\n")
    assert found == [("first = 1\n", "first = 5\n"), ("", "z = open('q')\n"), ("last = 2\n", "last = 6\n")]


def test_a_block_that_was_put_under_a_condition_is_one() -> None:
    body = "total = total + step\nwrite(total)\n"
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    assert len(cut(body, "if total:\n" + indented)) == 1


def test_arguments_on_lines_of_their_own_are_cut_apart() -> None:
    found = cut("f(\n    width=1,\n    depth=2,\n)\n", "f(\n    width=3,\n    depth=4,\n)\n")
    assert [new for _, new in found] == ["    width=3,\n", "    depth=4,\n"]


def test_a_last_line_without_an_end_is_not_cut() -> None:
    assert len(cut("a = 1\nb = 2", "a = 3\nb = 4\nc = 5\n")) == 1


@pytest.mark.parametrize(("path", "count"), [("a.cu", 2), ("a.cpp", 2), ("a.h", 2), ("a.c", 1), ("a.md", 1)])
def test_in_languages_without_a_grammar_hunks_stay(path: str, count: int) -> None:
    assert len(cut("int a = 1;\nint b = 2;\n", "int a = 3;\nint b = 4;\n", path)) == count


def test_two_hundred_changed_lines_are_cut_quickly_enough_to_be_left_whole() -> None:
    start = "".join(f"v{n} = {n}\n" for n in range(200))
    target = "".join(f"v{n} = -{n}\n" for n in range(200))
    assert len(cut(start, target)) == 1
