"""A text as statements: tokens that count, names that are bound, conditions on which something depends."""

from __future__ import annotations

import pytest

from agentkit.source.statements import Statement, read_program


def only(text: str) -> Statement:
    (found,) = read_program(text).statements
    return found


def words(statement: Statement) -> str:
    return " ".join(token.text for token in statement.tokens)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x = f(1, 2)", "x   =  f(\n    1,  # one\n    2)"),
        ("x = 'a'", 'x = "a"'),
        ("x: int = 1", "x: float = 1"),
        ("x = (1 + 2)", "x = 1 + 2"),
        ("if (a): pass", "if a: pass"),
        ("def f(a: int) -> int: pass", "def f(a): pass"),
        ('def f():\n    """Text."""\n    return 1', "def f():\n    return 1"),
    ],
)
def test_what_does_not_count(text: str, same: str) -> None:
    assert [each.tokens for each in read_program(text).statements] == [
        each.tokens for each in read_program(same).statements
    ]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("x = 2 * (a + b)", "x = 2 * a + b"),
        ("x = 'a'", "x = 'b'"),
        ("x = f'{a}'", "x = '{a}'"),
        ("x = a.b", "x = a.c"),
        ("x = f(a=1)", "x = f(b=1)"),
    ],
)
def test_what_counts(text: str, other: str) -> None:
    assert words(only(text)) != words(only(other))


@pytest.mark.parametrize(
    ("text", "binds"),
    [
        ("a, (b, *c) = d", {"a", "b", "c"}),
        ("a.b = a['c'] = 1", {"a.b", "a"}),
        ("a += (b := 1)", {"a", "b"}),
        ("import a.b, c as d", {"a", "d"}),
        ("from a import b as c, d", {"c", "d"}),
        ("x = [y for y in z]", {"x"}),
        ("del a", {"a"}),
        ("print(a)", set()),
    ],
)
def test_names_that_are_bound(text: str, binds: set[str]) -> None:
    assert only(text).binds == binds


def test_definitions_are_named_in_full_and_own_their_decorators() -> None:
    text = (
        "class A:\n    @cached\n    def f(self):\n        def g():\n            return 1\n"
        "        return g\nx = 1\n"
    )
    found = [(each.line, each.definition) for each in read_program(text).statements]
    assert found == [(1, "A"), (2, "A.f"), (3, "A.f"), (4, "A.f.g"), (5, "A.f.g"), (6, "A.f"), (7, "")]


def test_a_statement_knows_the_conditions_on_which_it_depends() -> None:
    text = "for n in range(9):\n    if n % 3 == 0:\n        a()\n    else:\n        b()\n"
    by_text = {
        each.text: "".join(token.text for token in each.context) for each in read_program(text).statements
    }
    assert by_text["a()"] == "for_statement\nifn%3==0:\n"
    assert by_text["b()"] == "for_statement\nifn%3==0:\nelse:ifn%3==0:\n"
    longer = read_program(text.replace("range(9)", "range(99)")).statements[2]
    assert longer.context == read_program(text).statements[2].context


def test_variables_are_told_from_members_keywords_imports_and_builtins() -> None:
    text = "import time\nx = 1\nf(x, x=x.x, print=time)\n"
    tokens = read_program(text).statements[-1].tokens
    assert [token.text for token in tokens if token.variable] == ["x", "x"]


def test_a_parameter_is_a_variable_in_its_function_only() -> None:
    text = "import recipe\ndef f(recipe):\n    return recipe\nprint(recipe)\n"
    variable = {
        each.line: any(token.variable for token in each.tokens) for each in read_program(text).statements
    }
    assert variable == {1: False, 2: True, 3: True, 4: False}


def test_where_a_statement_is() -> None:
    found = read_program("x = [\n    1,\n]\nif x:\n    y = 2\n").statements
    assert [(each.line, each.end_line, each.text) for each in found] == [
        (1, 3, "x = ["),
        (4, 4, "if x:"),
        (5, 5, "y = 2"),
    ]
