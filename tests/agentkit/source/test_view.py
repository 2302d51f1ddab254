import pytest

from agentkit.source.paths import Refused
from agentkit.source.view import VIEW_CHARS, lines_of, snippet, view


def test_lines_are_numbered() -> None:
    seen = view("a\nb\n", "x.txt")
    assert seen.text == "x.txt, lines 1-2 of 2\n     1\ta\n     2\tb"
    assert not seen.cut


def test_a_range_ends_where_the_file_does() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 31))
    assert view(text, "x", [28, -1]).text.splitlines()[1:] == [
        "    28\tline 28",
        "    29\tline 29",
        "    30\tline 30",
    ]
    assert view(text, "x", [30, 99]).last == 30
    assert view(text, "x", [2, 3]).text.splitlines()[1:] == ["     2\tline 2", "     3\tline 3"]


@pytest.mark.parametrize("span", [[0, 3], [3, 2], [4, 9], [1], [1, 2, 3], [-1, -1]])
def test_a_range_that_does_not_fit_is_refused(span: list[int]) -> None:
    with pytest.raises(Refused, match="lines"):
        view("a\nb\nc\n", "x", span)


def test_an_empty_file_is_said_to_be() -> None:
    assert view("", "x").text == "x is empty."
    with pytest.raises(Refused):
        view("", "x", [1, 1])


def test_a_big_source_file_is_cut_and_outlined() -> None:
    text = "".join(f"def function_{number}():\n    return {number}\n\n" for number in range(2000))
    seen = view(text, "big.py")
    assert seen.cut
    assert len(seen.text) <= VIEW_CHARS
    assert "     1\tdef function_0():" in seen.text
    assert (
        f"[… lines {seen.last + 1}-6000 are not shown; view them with lines=[{seen.last + 1}, 6000] …]"
        in seen.text
    )
    assert "Outline of the whole file" in seen.text
    assert "more definitions, not shown" in seen.text
    assert "Outline" not in view(text, "big.py", [1, 6000]).text


def test_all_of_a_big_file_can_be_paged() -> None:
    lines = [f"row {number} " + "x" * (number % 90) for number in range(1, 1500)]
    text = "\n".join(lines)
    seen: list[str] = []
    start = 1
    while start <= len(lines):
        page = view(text, "big.txt", [start, -1])
        assert len(page.text) <= VIEW_CHARS
        shown = [line.partition("\t")[2] for line in page.text.split("\n") if "\t" in line]
        assert len(shown) == page.last - page.first + 1
        seen += shown
        start = page.last + 1
    assert seen == lines


def test_a_long_line_is_cut_and_control_codes_are_shown() -> None:
    seen = view("x" * 100_000 + "\n\x1b[31m\n", "x")
    assert len(seen.text) < 1000
    assert "[…]" in seen.text
    assert "\\x1b[31m" in seen.text


def test_a_snippet_has_four_lines_around() -> None:
    text = "".join(f"{number}\n" for number in range(1, 101))
    rows = [line.partition("\t")[2] for line in snippet(text, 50, 51).split("\n")]
    assert rows == [str(number) for number in range(46, 56)]
    assert snippet(text, 1, 1).startswith("     1\t1\n")
    long = snippet(text, 10, 90)
    assert "[… 29 lines …]" in long
    assert long.count("\n") == 60
    assert len(snippet("y" * 500 + "\n" * 3 + ("z" * 500 + "\n") * 30, 1, 30)) < 3100


def test_the_last_newline_makes_no_line() -> None:
    assert lines_of("") == []
    assert lines_of("a") == lines_of("a\n") == ["a"]
    assert lines_of("a\n\n") == ["a", ""]
