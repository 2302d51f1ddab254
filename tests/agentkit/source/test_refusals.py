from agentkit.source.refusals import broken, not_found, span
from agentkit.source.syntax import first_syntax_error

TEXT = "def f():\n    return 1\n"


def test_a_text_that_is_not_there_is_answered_with_what_is_most_like_it() -> None:
    alike = not_found(TEXT, "\treturn 1", "f.py")
    assert alike.splitlines()[1:] == ["Line 2 of the file: the same but for blanks:", "     2\t    return 1"]
    assert "The lines most like it" in not_found(TEXT, "return 1 + 1", "f.py")
    assert "line numbers" in not_found(TEXT, "     2\t    return 1", "f.py")


def test_a_broken_edit_is_shown_as_it_would_be_and_as_it_is() -> None:
    new = "def f(:\n    return 1\n"
    fault = first_syntax_error(new, "f.py")
    assert fault is not None
    said = broken("f.py", TEXT, new, fault, 1)
    assert "With the edit it would read:\n     1\tdef f(:" in said
    assert "It reads:\n     1\tdef f():" in said
    assert "It reads" not in broken("f.py", None, new, fault, 1)


def test_lines_are_named() -> None:
    assert (span(3, 3), span(3, 5)) == ("line 3", "lines 3-5")
