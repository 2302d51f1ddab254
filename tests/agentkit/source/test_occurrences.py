from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.occurrences import has_line_numbers, line_numbers, nearest_lines, same_but_for_blanks


def test_each_occurrence_has_its_line() -> None:
    assert line_numbers("a\nb a\n\na", "a") == [1, 2, 4]
    assert line_numbers("x", "a") == []
    assert line_numbers("x", "") == []
    assert line_numbers("aaa", "aa") == [1, 1], "either could be meant"


@given(st.text(alphabet="ab\n", max_size=40), st.text(alphabet="ab\n", min_size=1, max_size=3))
def test_lines_agree_with_a_plain_count(text: str, sought: str) -> None:
    expected = [
        text.count("\n", 0, position) + 1
        for position in range(len(text))
        if text.startswith(sought, position)
    ]
    assert line_numbers(text, sought) == expected


def test_a_text_with_other_blanks_is_found_if_it_is_the_only_one() -> None:
    text = "def f():\n    x = 1\n    return x\n"
    assert same_but_for_blanks(text, "x = 1\nreturn x\n") == (2, 3)
    assert same_but_for_blanks(text, "x  =\t1") == (2, 2)
    assert same_but_for_blanks(text, "y = 1") is None
    assert same_but_for_blanks(text * 2, "x = 1") is None
    assert same_but_for_blanks(text, "\n \n") is None


def test_the_nearest_lines_are_named() -> None:
    text = "import torch\nlearning_rate = 0.01\nsteps = 100\nlearning_rates = []\n"
    assert nearest_lines(text, "  learning_rate = 0.1\n") == [2, 4]
    assert nearest_lines(text, "zzzzzzzzzzzz") == []
    assert nearest_lines(text, "\n") == []
    assert len(nearest_lines("same line here\n" * 50, "same line hers")) <= 3


def test_line_numbers_that_were_copied_along_are_noticed() -> None:
    assert has_line_numbers("    12\tx = 1\n    13\ty = 2\n")
    assert not has_line_numbers("12\tx\ny")
    assert not has_line_numbers("")
