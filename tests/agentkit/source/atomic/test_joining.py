"""Pieces that need each other become one group, and no others do."""

from __future__ import annotations

from agentkit.source.atomic.joining import MOVED, UNPARSED, Difference, Group, join
from agentkit.source.atomic.pieces import pieces_of


def joined(start: str, target: str, path: str = "a.py") -> list[Group]:
    before, after = {path: start.encode()}, {path: target.encode()}
    return join(Difference(before, after, pieces_of(before, after)))


def test_a_definition_goes_with_its_use() -> None:
    first, second = joined("n = 1\nx = 1\nprint(x)\n", "n = 2\nx = 1\ndef f(x):\n    return x\nprint(f(x))\n")
    assert [len(each.pieces) for each in (first, second)] == [1, 2]
    assert first.why == ()
    assert second.why == ("`f` is defined in one part and used in another",)


def test_a_name_that_went_takes_its_uses_along() -> None:
    (group,) = joined("import math\nx = 1\ny = math.pi\n", "x = 1\ny = 3.14\n")
    assert group.names == ("math",)


def test_a_parameter_goes_with_the_calls() -> None:
    start = "def f(a):\n    return a\nx = 1\nf(x)\n"
    (group,) = joined(start, start.replace("f(a)", "f(a, b)").replace("f(x)", "f(x, 2)"))
    assert group.why == ("`f` is defined in one part and used in another",)


def test_what_parses_only_together_is_one() -> None:
    """An unchanged line stands between the two places."""
    (group,) = joined("f(1,\n  2,\n  3)\n", "f((1,\n  2,\n  3))\n")
    assert (len(group.pieces), group.reasons) == (2, (UNPARSED,))


def test_lines_that_moved_are_one() -> None:
    start = "a = 1\nb = 2\nc = 3\noptimizer.step()\n"
    (group,) = joined(start, "optimizer.step()\na = 1\nb = 2\nc = 3\n")
    assert group.why == (MOVED,)


def test_joining_stops_where_an_end_does_not_parse() -> None:
    groups = joined("x = 1\ny = 2\n", "x = (\ny = 3\n")
    assert sum(len(each.pieces) for each in groups) == 2


def test_in_c_too() -> None:
    start = "int a() { return 1; }\nint n = 4;\nint b() { return a(); }\n"
    target = start.replace("int n = 4;", "int n = 5;\n#define TILE 8\n").replace(
        "return a()", "return a() * TILE"
    )
    first, second = joined(start, target, "a.cu")
    assert (len(first.pieces), len(second.pieces)) == (1, 2)
    assert second.names == ("TILE",)
