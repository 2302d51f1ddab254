from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.judge import evidence
from agentkit.judge.evidence import (
    CandidateFault,
    Evidence,
    JudgeFault,
    find_file,
    find_files,
    inside,
    one_line,
    quote_line,
    read_text,
)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "plots").mkdir(parents=True)
    (folder / "train.py").write_text("first\nsecond\n")
    (folder / "plots" / "loss.png").write_bytes(b"png")
    (tmp_path / "secret.txt").write_text("not yours")
    return folder


def test_a_file_of_the_work_is_read(work: Path) -> None:
    assert read_text(Evidence(folder=work), "train.py") == "first\nsecond\n"
    assert inside(work, "plots/loss.png") == (work / "plots" / "loss.png").resolve()


@pytest.mark.parametrize(
    "name", ["../secret.txt", "plots/../../secret.txt", "/etc/passwd", "", " ", "a\0b", "a\\b"]
)
def test_a_rubric_may_name_nothing_outside(work: Path, name: str) -> None:
    with pytest.raises(JudgeFault):
        inside(work, name)


def test_a_link_out_of_the_work_is_the_works_fault(work: Path) -> None:
    (work / "out.txt").symlink_to("../secret.txt")
    (work / "away").symlink_to("..")
    for name in ("out.txt", "away/secret.txt"):
        with pytest.raises(CandidateFault, match="leads out of the work"):
            read_text(Evidence(folder=work), name)


def test_a_link_within_the_work_is_followed(work: Path) -> None:
    (work / "again.py").symlink_to("train.py")
    assert read_text(Evidence(folder=work), "again.py") == "first\nsecond\n"


def test_what_is_no_regular_file_is_not_opened(work: Path) -> None:
    os.mkfifo(work / "pipe")
    (work / "loop").symlink_to("loop")
    for name, why in (
        ("pipe", "regular"),
        ("plots", "regular"),
        ("loop", "not there"),
        ("none", "not there"),
    ):
        with pytest.raises(CandidateFault, match=why):
            read_text(Evidence(folder=work), name)
    with pytest.raises(CandidateFault, match="not there"):
        inside(work, "train.py/below")


def test_a_huge_file_is_not_read(work: Path) -> None:
    with (work / "huge.log").open("wb") as file:
        file.truncate(evidence.LARGEST_READ + 1)
    with pytest.raises(CandidateFault, match="reads at most"):
        read_text(Evidence(folder=work), "huge.log")


def test_bytes_that_are_no_text_do_not_stop_a_check(work: Path) -> None:
    (work / "mixed.txt").write_bytes(b"\xef\xbb\xbfok \xff end")
    assert read_text(Evidence(folder=work), "mixed.txt") == "ok \ufffd end"


def test_a_quote_has_its_line() -> None:
    text = "one\n  two = 2\nthree"
    assert quote_line("a.py", text, text.index("two")) == "a.py:2: two = 2"
    assert quote_line("a.py", text, 0) == "a.py:1: one"
    assert quote_line("a.py", text, len(text)) == "a.py:3: three"


def test_what_cannot_be_seen_is_made_visible() -> None:
    assert one_line("a\u202eb\u200bc\x1b[31m") == "a\\u202eb\\u200bc\\u001b[31m"


@given(st.text())
def test_evidence_is_one_short_printable_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= evidence.LINE_LENGTH * len("\\u10ffff")
    assert len(line.splitlines()) <= 1


@pytest.fixture
def both(work: Path, tmp_path: Path) -> Evidence:
    """The work has a folder `harness` of its own."""
    (tmp_path / "run" / "logs").mkdir(parents=True)
    (tmp_path / "run" / "logs" / "a.log").write_text("measured")
    (work / "harness" / "logs").mkdir(parents=True)
    for name in ("a.log", "b.log"):
        (work / "harness" / "logs" / name).write_text("made up")
    return Evidence(folder=work, harness=tmp_path / "run")


@pytest.mark.parametrize("name", ["harness/logs/a.log", "./harness/logs/a.log", "harness//logs/./a.log"])
def test_the_harnesss_files_are_its_own(both: Evidence, name: str) -> None:
    assert read_text(both, name) == "measured"


def test_the_works_own_folder_of_that_name_is_not_there(both: Evidence) -> None:
    with pytest.raises(CandidateFault, match="harness/logs/b.log is not there"):
        read_text(both, "harness/logs/b.log")
    assert find_files(both, "harness/**/*.log") == ["harness/logs/a.log"]
    assert find_files(both, "**/*.log") == find_files(both, "*/logs/*.log") == []
    alone = Evidence(folder=both.folder)
    for name in ("harness/logs/a.log", "harness"):
        with pytest.raises(JudgeFault, match="harness"):
            find_file(alone, name)


def test_a_link_does_not_lead_from_the_harness_to_the_work(both: Evidence) -> None:
    assert both.harness is not None
    (both.harness / "link.log").symlink_to(both.folder / "train.py")
    with pytest.raises(CandidateFault, match="harness/link.log is a link that leads out"):
        read_text(both, "harness/link.log")
    assert find_files(both, "harness/*.log") == []


def test_globs_find_regular_files_that_stay_inside(work: Path) -> None:
    (work / "out.txt").symlink_to("../secret.txt")
    assert find_files(Evidence(folder=work), "**/*") == ["plots/loss.png", "train.py"]
    with pytest.raises(JudgeFault):
        find_files(Evidence(folder=work), "../*")
