import asyncio
import re
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit.source.line_search import Engine, Found, SearchFailed, batches, find_lines, for_ripgrep

ENGINES: list[Engine] = ["ripgrep", "python"] if shutil.which("rg") else ["python"]


def search(pattern: str, files: list[Path], per_file: int = 50, engine: Engine = "auto") -> Found:
    return asyncio.run(find_lines(pattern, files, per_file, engine=engine))


@pytest.mark.parametrize("engine", ENGINES)
def test_lines_and_exact_counts(tmp_path: Path, engine: Engine) -> None:
    first, second, none = tmp_path / "b.txt", tmp_path / "a\nodd name.txt", tmp_path / "none"
    first.write_text("one\ntwo one\nthree\none")
    second.write_text("one\r\n\0 one\n" + "x" * 5000 + "one\n")
    found = search("one", [first, second, none], per_file=2, engine=engine)
    assert [(match.file, match.line, match.text) for match in found.matches] == [
        (0, 1, "one"), (0, 2, "two one"), (1, 1, "one"), (1, 2, "\0 one"),
    ]  # fmt: skip
    assert found.counts == {0: 3, 1: 3}


@pytest.mark.parametrize("engine", ENGINES)
def test_classes_mean_ascii(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "a"
    path.write_text("é\n²\nx\n٣\n")
    assert [match.line for match in search(r"\w", [path], engine=engine).matches] == [3]
    assert search(r"\d", [path], engine=engine).counts == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_long_line_comes_back_cut(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "a"
    path.write_text("x" * 50_000 + "one\n")
    assert search("one$", [path], engine=engine).matches[0].text == "x" * 2000


ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "é",
        " ",
        ".",
        r"\w",
        r"\d",
        r"\s",
        r"\b",
        r"\.",
        "[ab]",
        "[^a]",
        r"[\d_]",
        "^",
        "$",
        "(a|b)",
        "(?:b )",
        "A-",
        "/",
    ]
)
REPEATS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "+?"])
PATTERNS = st.lists(st.tuples(ATOMS, REPEATS).map("".join), min_size=1, max_size=5).map("".join)
TEXTS = st.text(alphabet="aabb1é ._/A-²\t\r\n", max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pattern=PATTERNS, texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_both_engines_find_the_same(tmp_path: Path, pattern: str, texts: list[str]) -> None:
    try:
        re.compile(pattern)
    except re.error:
        return
    files = [tmp_path / str(number) for number in range(len(texts))]
    for path, text in zip(files, texts, strict=True):
        path.write_bytes(text.encode())
    found = search(pattern, files, engine="python")
    expected = [
        (number, line)
        for number, text in enumerate(texts)
        for line, row in enumerate(text.removesuffix("\n").split("\n") if text else [], 1)
        if re.search(pattern, row, re.ASCII)
    ]
    assert [(match.file, match.line) for match in found.matches] == expected
    if for_ripgrep(pattern) is not None and "ripgrep" in ENGINES:
        assert search(pattern, files, engine="ripgrep") == found


@pytest.mark.parametrize(
    "pattern",
    [
        r"\<a",
        "[[:alpha:]]",
        "[a&&b]",
        "(?i)a",
        "(?=a)",
        r"\W",
        r"(a)\1",
        "a*+",
        "{,3}",
        r"\Z",
        "[a--b]",
        "(?P<x>a)",
    ],
)
def test_what_the_dialects_read_differently_is_left_to_python(pattern: str) -> None:
    assert for_ripgrep(pattern) is None


def test_a_pattern_only_python_knows_works(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("foobar\nfoobaz\n")
    assert [match.line for match in search(r"foo(?!bar)", [path]).matches] == [2]


def test_a_bad_pattern_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(re.error):
        search("(", [tmp_path])


def test_a_pattern_that_never_ends_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a" * 60 + "b\n")
    began = time.monotonic()
    with pytest.raises(SearchFailed, match="stopped after 0.5 s"):
        asyncio.run(find_lines(r"(?:(?:a+)+)+(?!b)$", [path], 5, seconds=0.5))
    assert time.monotonic() - began < 10


def test_many_files_take_several_commands() -> None:
    files = [Path(f"/some/folder/{number}") for number in range(2500)]
    parts = list(batches(files))
    assert [path for part in parts for path in part] == files
    assert all(len(part) <= 1000 for part in parts)
    assert len(list(batches([Path("x" * 200)] * 900))) == 2
    assert list(batches([])) == []
