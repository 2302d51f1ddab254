"""Locked files, and a candidate's folder laid out without what must not come along."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.locked import LockedRegions
from agentkit.errors import RunProblem
from agentkit.evaluation import locked as module
from agentkit.evaluation.locked import (
    LockedFiles,
    digest_all,
    lay_candidate,
    locked_part,
    region_flags,
    take_artefact,
)

NOTHING = LockedFiles({}, {})


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.py").write_text("a")
    (folder / "deep" / "b.py").write_text("b")
    return folder


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "task" / "evaluate.py"
    path.parent.mkdir()
    path.write_text("the task's own")
    return path


def lay(work: Path, target: Path, locked: LockedFiles = NOTHING) -> dict[str, str]:
    return {flag.code: flag.evidence for flag in lay_candidate(work, target, locked)}


def test_a_plain_folder_is_copied_whole(work: Path, tmp_path: Path) -> None:
    (work / "run.sh").write_text("#!/bin/sh")
    (work / "run.sh").chmod(0o700)
    (work / "inside").symlink_to("deep/b.py")
    assert lay(work, tmp_path / "out") == {}
    out = tmp_path / "out"
    assert (out / "deep" / "b.py").read_text() == "b"
    assert os.access(out / "run.sh", os.X_OK) and not os.access(out / "a.py", os.X_OK)
    assert (out / "inside").is_symlink() and (out / "inside").read_text() == "b"
    (work / "a.py").write_text("changed later")
    assert (out / "a.py").read_text() == "a"


@pytest.mark.parametrize("words", ["/etc/passwd", "../secret", "deep/../../secret", "deep/up/../secret"])
def test_links_that_lead_out_stay_behind(work: Path, tmp_path: Path, words: str) -> None:
    (tmp_path / "secret").write_text("held out")
    (work / "deep" / "up").symlink_to("..")
    (work / "link").symlink_to(words)
    flags = lay(work, tmp_path / "out")
    # By its words `deep/up/../secret` is inside; by where it arrives it is not.
    assert words in flags["link_out"]
    assert not os.path.lexists(tmp_path / "out" / "link")


def test_a_link_loop_is_no_way_out_and_no_crash(work: Path, tmp_path: Path) -> None:
    (work / "one").symlink_to("two")
    (work / "two").symlink_to("one")
    assert "special_file" not in lay(work, tmp_path / "out")


def test_special_files_stay_behind(work: Path, tmp_path: Path) -> None:
    os.mkfifo(work / "pipe")
    assert lay(work, tmp_path / "out") == {"special_file": "pipe"}
    assert not os.path.lexists(tmp_path / "out" / "pipe")


def test_too_much_is_not_copied(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 1)
    assert "too_much" in lay(work, tmp_path / "out")


@pytest.mark.parametrize("obstacle", ["nothing", "other", "link", "folder", "same"])
def test_locked_files_are_the_tasks_own(work: Path, tmp_path: Path, script: Path, obstacle: str) -> None:
    place = work / "deep" / "evaluate.py"
    victim = tmp_path / "victim"
    victim.write_text("not to be written through")
    if obstacle == "other":
        place.write_text("forged")
    elif obstacle == "link":
        place.symlink_to(victim)
    elif obstacle == "folder":
        (place / "x").mkdir(parents=True)
    elif obstacle == "same":
        place.write_text("the task's own")
    flags = lay(work, tmp_path / "out", LockedFiles.of({"deep/evaluate.py": script}))
    assert (tmp_path / "out" / "deep" / "evaluate.py").read_text() == "the task's own"
    assert not (tmp_path / "out" / "deep" / "evaluate.py").is_symlink()
    assert victim.read_text() == "not to be written through"
    assert ("locked_file_changed" in flags) is (obstacle in ("other", "link", "folder"))


def test_a_link_in_the_way_of_a_locked_folder_is_not_followed(
    work: Path, tmp_path: Path, script: Path
) -> None:
    (work / "other").mkdir()
    (work / "place").symlink_to("other")
    lay(work, tmp_path / "out", LockedFiles.of({"place/evaluate.py": script}))
    assert (tmp_path / "out" / "place" / "evaluate.py").is_file()
    assert list((tmp_path / "out" / "other").iterdir()) == []


def test_a_changed_source_stops_the_run(script: Path) -> None:
    locked = LockedFiles.of({"evaluate.py": script})
    locked.check_sources()
    script.write_text("changed")
    with pytest.raises(RunProblem, match=r"evaluate\.py"):
        locked.check_sources()
    script.unlink()
    with pytest.raises(RunProblem):
        locked.check_sources()


def test_what_may_not_be_edited_is_locked(tmp_path: Path) -> None:
    files = {"train.py": tmp_path, "data/a.csv": tmp_path, "lib/x.py": tmp_path}
    assert set(locked_part(files, ("train.py", "lib/**"))) == {"data/a.csv"}
    assert locked_part(files, ("**",)) == {}


def test_only_a_plain_file_of_its_size_crosses(work: Path, tmp_path: Path) -> None:
    target = tmp_path / "answering" / "model"
    assert take_artefact(work, "a.py", target, 1) == ""
    assert target.read_text() == "a"
    (work / "link").symlink_to("/etc/passwd")
    (work / "gone").symlink_to("nowhere")
    os.mkfifo(work / "pipe")
    other = tmp_path / "other"
    assert "plain" in take_artefact(work, "link", other, 10**9)
    assert "plain" in take_artefact(work, "gone", other, 10**9)
    assert "plain" in take_artefact(work, "pipe", other, 10**9)
    assert "plain" in take_artefact(work, "deep", other, 10**9)
    assert "no missing" in take_artefact(work, "missing", other, 10**9)
    assert "allowed" in take_artefact(work, "a.py", other, 0)
    assert not other.exists()


PARTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5)


@given(PARTS, PARTS)
def test_a_digest_stands_for_names_and_contents(one: dict[str, str], two: dict[str, str]) -> None:
    assert digest_all(one) == digest_all(dict(reversed(one.items())))
    assert (digest_all(one) == digest_all(two)) is (one == two)


def test_a_digest_reads_paths(script: Path) -> None:
    before = digest_all({"a": script})
    assert before == digest_all({"a": "the task's own"}) == digest_all({"a": b"the task's own"})
    script.write_text("changed")
    assert digest_all({"a": script}) != before


def test_a_locked_part_of_an_open_file_is_flagged(tmp_path: Path) -> None:
    start = tmp_path / "start.py"
    start.write_text("def measure():\n    return 1\n\n\ndef train():\n    return 2\n")
    locked = {"train.py": LockedRegions(("measure",), (start,))}
    candidate = tmp_path / "candidate"
    candidate.mkdir()
    (candidate / "train.py").write_text(start.read_text().replace("return 2", "return 3"))
    assert region_flags(candidate, locked) == ()
    (candidate / "train.py").write_text(start.read_text().replace("return 1", "return 0"))
    (flag,) = region_flags(candidate, locked)
    assert (flag.code, flag.evidence) == (
        "locked_region_changed",
        "train.py: measure (changed: return 0)",
    )
    (candidate / "train.py").unlink()
    assert "measure (removed)" in region_flags(candidate, locked)[0].evidence
