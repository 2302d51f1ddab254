"""Atomic edits of programs: each stands alone and can be left out, and all of them are the whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.source.atomic.edits import LOCKED, ONLY_TEXT, atomic_edits
from agentkit.source.atomic.names import missing
from agentkit.source.atomic.pieces import Files, applied
from agentkit.source.syntax import first_syntax_error

NAMES = st.sampled_from("abcdef")
VALUES = NAMES | st.integers(0, 9).map(str) | st.builds("{}({})".format, NAMES, NAMES)
SIMPLE = st.one_of(
    st.builds("{} = {}".format, NAMES, VALUES),
    st.builds("print({})".format, VALUES),
    st.builds("import {}".format, NAMES),
    st.builds('"""{}"""'.format, NAMES),
    st.builds("# {}".format, NAMES),
    st.builds("x.{} = y.{}".format, NAMES, NAMES),
)


def block(head: str, body: list[str]) -> str:
    lines = [line for each in body for line in each.split("\n")]
    return "\n".join([head, *(f"    {line}" for line in lines), "    pass"])


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    heads = st.one_of(
        st.builds("def {}({}):".format, NAMES, NAMES),
        st.builds("if {}:".format, VALUES),
        st.builds("for {} in {}:".format, NAMES, VALUES),
        st.builds("class {}:".format, NAMES),
    )
    return st.builds(block, heads, st.lists(inner, max_size=3))


STATEMENTS = st.recursive(SIMPLE, blocks, max_leaves=6)


IN_C = st.one_of(
    st.builds("int {} = {};".format, NAMES, NAMES),
    st.builds("#define {} {}".format, NAMES, st.integers(0, 9)),
    st.builds("int {}(int {}) {{\n  return {} + {};\n}}".format, NAMES, NAMES, NAMES, NAMES),
    st.builds("struct {} {{\n  int {};\n}};".format, NAMES, NAMES),
    st.builds("// {}".format, NAMES),
)


@st.composite
def versions(draw: st.DrawFn, path: str, statements: st.SearchStrategy[str]) -> tuple[Files, Files]:
    """A program, and the same after some statements were replaced, added and taken away."""
    start = draw(st.lists(statements, max_size=6))
    target = list(start)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(target)))
        target[at : at + draw(st.integers(0, 2))] = draw(st.lists(statements, max_size=2))
    first, second = ("".join(f"{each}\n" for each in program).encode() for program in (start, target))
    return {path: first}, {path: second}


@settings(max_examples=40)
@given(versions("a.py", STATEMENTS) | versions("a.cu", IN_C))
def test_every_edit_stands_alone_and_can_be_left_out(pair: tuple[Files, Files]) -> None:
    start, target = pair
    edits = atomic_edits(start, target)
    pieces = [piece for edit in edits for piece in edit.pieces]
    assert applied(start, pieces) == target
    assert applied(start, ()) == start
    assert [edit.id for edit in edits] == [f"e{number}" for number in range(1, len(edits) + 1)]
    known = missing(start) | missing(target)
    for edit in edits:
        rest = [piece for piece in pieces if piece not in edit.pieces]
        for mixture in (applied(start, edit.pieces), applied(start, rest)):
            assert all(first_syntax_error(mixture[path].decode(), path) is None for path in mixture)
            assert edit.inert or not missing(mixture) - known


def files(**texts: str) -> dict[str, bytes]:
    return {f"{name}.py": text.encode() for name, text in texts.items()}


START = '''"""Some training."""
STEPS = 140


class Model:
    width: int = 4
    """How wide."""

    def forward(self, x):
        return x * self.width


def train():
    # All steps.
    for step in range(STEPS):
        Model().forward(step)
'''


def test_where_and_what_is_said_of_each() -> None:
    target = START.replace("140", "110").replace("x * self", "x + self").replace("How wide", "Its width")
    target = target.replace("# All", "# Most").replace("        Model", "        print(step)\n        Model")
    edits = atomic_edits(files(train=START), files(train=target))
    assert [(each.id, each.where, each.text) for each in edits] == [
        ("e1", "train.py:2", "STEPS = 140 → STEPS = 110"),
        ("e2", "train.py:10 Model.forward", "return x * self.width → return x + self.width"),
        ("e3", "train.py:16 train", "+ print(step)"),
        ("e4", "train.py:7 Model", '"""How wide.""" → """Its width.""", and 1 more line'),
    ]
    assert [each.inert for each in edits] == ["", "", "", ONLY_TEXT]


def test_a_type_of_a_field_is_no_mere_text() -> None:
    (edit,) = atomic_edits(files(a="class A:\n    n: int\n"), files(a="class A:\n    n: float\n"))
    assert not edit.inert


def test_coarser_parts() -> None:
    target = START.replace("140", "110").replace("x * self", "x + self").replace("int = 4", "int = 5")
    start, end = files(train=START, more="a = 1\n"), files(train=target, more="a = 2\n")
    assert len(atomic_edits(start, end)) == 4
    by_definition = atomic_edits(start, end, by="definition")
    assert [each.where.partition(" ")[2] for each in by_definition] == ["", "", "Model", "Model.forward"]
    by_file = atomic_edits(start, end, by="file")
    assert [(each.where, len(each.pieces)) for each in by_file] == [("more.py:1", 1), ("train.py:2", 3)]
    assert by_file[1].joined == ("they are in one file",)


def test_files_that_are_laid_anew_have_no_effect() -> None:
    start, target = files(train="a = 1\n", data="b = 1\n"), files(train="a = 2\n", data="b = 2\n")
    first, second = atomic_edits(start, target, locked=["data.py"])
    assert (first.where, first.inert) == ("train.py:1", "")
    assert (second.where, second.inert) == ("data.py:1", LOCKED)


def test_comments_of_c_are_text_and_its_lines_are_not() -> None:
    start = {"a.cu": b"#define A 1\nint f() { return A; } // one\n"}
    (text,) = atomic_edits(start, {"a.cu": b"#define A 1\nint f() {  return A; } // two\n"})
    assert text.inert == ONLY_TEXT
    (macro,) = atomic_edits(start, {"a.cu": b"#define A 2\nint f() { return A; } // one\n"})
    assert not macro.inert


@pytest.mark.parametrize(("before", "after"), [('" x"', '"x"'), ('R"( x)"', 'R"(x)"'), ("' '", "'\t'")])
def test_a_blank_in_a_text_of_c_is_no_mere_text(before: str, after: str) -> None:
    for path in ("a.cpp", "a.cu"):
        start, target = ({path: f"auto s = {each};\n".encode()} for each in (before, after))
        (edit,) = atomic_edits(start, target)
        assert not edit.inert


def test_whole_files_and_long_lines_are_shown_short() -> None:
    (edit,) = atomic_edits({}, {"new.py": b"a = 1\n"})
    assert (edit.where, edit.text) == ("new.py", "a new file (6 bytes)")
    line = "value = some_function(with_many_arguments, and_more_of_them, and_yet_more, last={})\n"
    (edit,) = atomic_edits(files(a=line.format(1)), files(a=line.format(2)))
    assert "last=1)" in edit.text and "last=2)" in edit.text
    assert len(edit.text) <= 120
