from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.excerpt import cut_line, excerpt, printable


def test_a_short_text_is_itself() -> None:
    assert excerpt("a\nb\n", 400) == "a\nb\n"


def test_head_tail_and_error_lines_of_the_middle_stay() -> None:
    lines = [f"step {number}" for number in range(5000)]
    lines[2500] = "RuntimeError: the loss is nan"
    cut = excerpt("\n".join(lines), 2000)
    assert len(cut) <= 2000
    assert cut.startswith("step 0\nstep 1\n")
    assert cut.endswith("step 4998\nstep 4999")
    assert "\nRuntimeError: the loss is nan\n" in cut
    assert "lines of it that look like errors follow" in cut


def test_the_mark_of_an_earlier_cut_survives() -> None:
    text = "a\n" * 2000 + "[… 9 lines, 99 bytes left out …]\n" + "b\n" * 2000
    assert "[… 9 lines, 99 bytes left out …]" in excerpt(text, 1000)


def test_a_long_line_is_cut_around_the_error() -> None:
    text = "x\n" * 1000 + "y" * 3000 + " error: here " + "z" * 3000 + "\n" + "x\n" * 1000
    assert " error: here " in excerpt(text, 1500)


def test_the_count_of_what_is_left_out_is_exact() -> None:
    text = "".join(f"{number}\n" for number in range(3000))
    cut = excerpt(text, 1000)
    note = next(line for line in cut.split("\n") if line.startswith("[…"))
    kept = [line for line in cut.split("\n") if line.isdigit()]
    assert f"{3000 - len(kept):,} lines" in note


@given(st.text(alphabet="ab\n error", max_size=4000), st.integers(400, 1500))
def test_it_never_grows_past_its_limit(text: str, limit: int) -> None:
    assert len(excerpt(text, limit)) <= max(limit, 0)


@given(st.text(max_size=50), st.binary(max_size=50))
def test_printable_text_is_utf8_without_control_codes(text: str, data: bytes) -> None:
    shown = printable(text + data.decode("utf-8", "surrogateescape") + "\ud800")
    shown.encode("utf-8")
    assert not any(ord(char) < 32 and char not in "\t\n" for char in shown)


def test_escapes_are_readable() -> None:
    assert printable("a\x1b[0m\udcff\tb\n") == "a\\x1b[0m\\xff\tb\n"


def test_a_cut_line_says_so() -> None:
    assert cut_line("abc", 3) == "abc"
    assert cut_line("abcd", 3) == "abc […]"
