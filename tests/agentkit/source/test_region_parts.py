"""Pieces of a print that show a figure, and which definition a name belongs to."""

from __future__ import annotations

import pytest

from agentkit.source.region_parts import RegionKind, labelled_pieces, part_of, resolved, value_names
from agentkit.source.statements import read_program


@pytest.mark.parametrize(
    ("text", "kind", "pieces"),
    [
        ('print(f"step:{n} train_time:{t:.0f}ms rate:{r}")', "timing", [["train_time", "{t}"]]),
        ('print(f"val_loss:{loss / 2} train_time:{t}")', "validation", [["val_loss", "{loss/2}"]]),
        ('log("train_time: 5 ms")', "timing", [["train_time: 5 ms", ""]]),
        ('print(f"a {t} b")', "timing", []),
        ('print(f"interval_loss {t}")', "validation", []),
    ],
)
def test_a_label_and_what_it_shows(text: str, kind: RegionKind, pieces: list[list[str]]) -> None:
    (statement,) = read_program(text).statements
    found = []
    for (label, *shown), node in labelled_pieces(statement, kind):
        inner = "".join(token.text for token in shown)
        assert (node is None) == (inner == "")
        found.append([label.text, f"{{{inner}}}" if inner else ""])
    assert found == pieces


def test_a_name_belongs_to_the_innermost_definition_that_binds_it() -> None:
    text = "a = 1\ndef f(b):\n    c = 2\n    def g():\n        return a, b, c, d\n"
    program = read_program(text)
    inner = program.statements[-1]
    assert [resolved(program, inner, name) for name in ("a", "b", "c.x", "d")] == [
        ("", "a"), ("f", "b"), ("f", "c.x"), ("", "d"),
    ]  # fmt: skip


def test_what_an_assignment_reads() -> None:
    plain, added = read_program("a = b.c + d\ne += f\n").statements
    assert set(value_names(plain)) == {"b.c", "b", "c", "d"}
    assert set(value_names(added)) == {"f", "e"}


def test_a_part_has_the_conditions_of_its_statement_unless_it_is_a_mark() -> None:
    statement = read_program("if a:\n    b = 1\n").statements[1]
    whole = part_of(statement, statement.tokens, "light")
    assert [token.text for token in whole.tokens][:2] == ["if", "a"]
    assert (set(whole.binds), whole.line) == ({"b"}, 2)
    bare = part_of(statement, statement.tokens, "light", binds=False, context=False)
    assert (bare.tokens, bare.binds) == (statement.tokens, frozenset())
