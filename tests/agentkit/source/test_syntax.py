import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.source.syntax import SyntaxFault, first_syntax_error, is_worse


def fault_of(text: str, path: str = "a.py") -> SyntaxFault:
    fault = first_syntax_error(text, path)
    assert fault is not None
    return fault


def test_the_first_mistake_is_named_by_both_parsers() -> None:
    fault = fault_of("class A:\n    def f(self):\n        return 1 +\n\nx = 3\n")
    assert (fault.line, fault.column) == (3, 9)
    assert fault.source == "        return 1 +"
    assert "`return 1 +`" in fault.met
    assert fault.message == "Python says: invalid syntax (line 3, column 19)"
    assert str(fault) == f"line 3, column 9: {fault.met}; {fault.message}"


def test_a_missing_token_is_named() -> None:
    assert fault_of("def f(:\n    pass\n").met == "`)` is missing"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("def f():\nreturn 1\n", 2, "expected an indented block"),
        ("x = 1\n  y = 2\n", 2, "unexpected indent"),
        ("print 'a'\n", 1, "Missing parentheses"),
        ("return 1\n", 1, "'return' outside function"),
        ("x = '\0'\n", 1, "null bytes"),
    ],
)
def test_what_only_python_refuses_is_found(text: str, line: int, said: str) -> None:
    fault = fault_of(text)
    assert fault.line == line
    assert said in fault.message


def test_columns_count_characters() -> None:
    assert fault_of("s = 'éé' +\n").message.endswith("column 11)")
    fault = fault_of("ééé = 1; y = = 2\n")
    assert (fault.line, fault.column) == (1, 14)


def test_a_valid_file_is_accepted_whatever_warnings_it_earns() -> None:
    assert first_syntax_error("\ufeffx = 1 is 1\ny = '\\d'\n", "a.py") is None
    assert first_syntax_error("", "a.py") is None


def test_the_standard_library_is_valid() -> None:
    folder = Path(sysconfig.get_path("stdlib"))
    for path in sorted(folder.glob("a*.py")) + sorted((folder / "json").glob("*.py")):
        assert first_syntax_error(path.read_text(encoding="utf-8"), path) is None, path


def test_nesting_too_deep_for_python_is_left_to_the_parser() -> None:
    assert first_syntax_error("x = " + "-" * 20_000 + "1\n", "a.py") is None
    assert fault_of("x = " + "(" * 300 + "1\n").line == 1


def test_other_languages_are_read_by_their_grammar() -> None:
    fault = fault_of("__global__ void k(float* a) {\n  a[0] = ;\n}\n", "k.cu")
    assert fault.line == 2
    assert fault.message == ""
    assert first_syntax_error("void f() { k<<<1, 2>>>(0); }\n", "k.cu") is None
    assert fault_of("int f( {\n", "f.cpp").line == 1


def test_a_file_of_no_known_language_has_no_mistake() -> None:
    assert first_syntax_error("def f(:", "notes.md") is None


def test_a_broken_text_may_stay_broken_but_not_get_worse() -> None:
    good = first_syntax_error("x = 1\n", "a.py")
    broken = fault_of("x = 1\ny = (\n")
    worse = fault_of("a = = 2\nx = 1\ny = (\n\nz = = 3\n")
    assert is_worse(good, broken)
    assert not is_worse(broken, good)
    assert not is_worse(broken, broken)
    assert is_worse(broken, worse)
    later = fault_of("x = 1\ny = ()\nz = = 3\nw = = 4\n")
    assert later.count > broken.count
    assert not is_worse(broken, later), "mending the first mistake may show two more behind it"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.sampled_from(["a.py", "a.cpp", "a.cu"]))
def test_any_text_is_judged_and_the_place_is_in_it(text: str, path: str) -> None:
    fault = first_syntax_error(text, path)
    if fault is not None:
        assert 1 <= fault.line <= text.count("\n") + 1
        assert fault.column >= 1
        assert fault.count >= 1
