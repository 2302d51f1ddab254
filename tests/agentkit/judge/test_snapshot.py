from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from pathlib import Path

import pytest

from agentkit.judge import snapshot
from agentkit.judge import snapshot as snapshots
from agentkit.judge.evidence import LARGEST_READ, Evidence
from agentkit.judge.snapshot import NOTEBOOK, Snapshot, SnapshotFile, decoded, snapshot_of, take_snapshot
from tests.agentkit.judge.test_images import png


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work" / "src").mkdir(parents=True)
    (tmp_path / "work" / "src" / "train.py").write_text("x = 1\ny = 2\n")
    (tmp_path / "work" / "README.md").write_text("# Work\n")
    (tmp_path / "outside.txt").write_text("not yours")
    return tmp_path / "work"


def taken(work: Path, harness: Path | None = None) -> Snapshot:
    return take_snapshot(Evidence(folder=work, harness=harness))


def test_every_file_with_its_text_and_digest(work: Path) -> None:
    found = taken(work)
    assert list(found.files) == ["README.md", "src/train.py"]
    file = found.files["src/train.py"]
    assert (file.text, file.lines, file.size, file.provenance) == (
        "x = 1\ny = 2\n",
        ("x = 1", "y = 2"),
        12,
        "candidate",
    )
    assert file.sha256 == hashlib.sha256(b"x = 1\ny = 2\n").hexdigest()
    assert found.notes == ()


def test_the_digest_tells_any_change(work: Path) -> None:
    before = taken(work).digest
    assert taken(work).digest == before
    (work / "src" / "train.py").write_text("x = 1\ny = 3\n")
    changed = taken(work).digest
    (work / "src" / "train.py").write_text("x = 1\ny = 2\n")
    (work / "src" / "train.py").rename(work / "train.py")
    assert len({before, changed, taken(work).digest}) == 3


def test_it_does_not_change_with_the_work(work: Path) -> None:
    found = taken(work)
    (work / "README.md").write_text("Something else")
    assert found.files["README.md"].text == "# Work\n"
    with pytest.raises(TypeError):
        found.files["new"] = found.files["README.md"]  # type: ignore[index]


def test_the_harnesss_files_are_told_from_the_works(work: Path, tmp_path: Path) -> None:
    harness = tmp_path / "run"
    (harness / "logs").mkdir(parents=True)
    (harness / "logs" / "run.log").write_text("loss 2.0\n")
    (work / "harness" / "logs").mkdir(parents=True)
    (work / "harness" / "logs" / "run.log").write_text("loss 0.0\n")
    (work / "harness" / "more.log").write_text("loss 0.0\n")
    found = taken(work, harness)
    assert [path for path in found.files if path.startswith("harness")] == ["harness/logs/run.log"]
    assert (found.files["harness/logs/run.log"].text, found.files["harness/logs/run.log"].provenance) == (
        "loss 2.0\n", "harness",
    )  # fmt: skip
    assert found.notes == ("the work's own 'harness' is left out: that name is the harness's",)
    (work / "sub" / "harness").mkdir(parents=True)
    (work / "sub" / "harness" / "a.txt").write_text("mine")
    assert taken(work).files["sub/harness/a.txt"].provenance == "candidate"


def test_a_link_is_followed_only_within_the_work(work: Path) -> None:
    (work / "again.py").symlink_to("src/train.py")
    (work / "out.txt").symlink_to("../outside.txt")
    (work / "etc").symlink_to("/etc")
    (work / "loop").symlink_to("loop")
    (work / "src" / "up").symlink_to("..")
    (work / "nowhere").symlink_to("gone")
    found = taken(work)
    assert sorted(found.files) == ["README.md", "again.py", "src/train.py"]
    assert found.files["again.py"].text == "x = 1\ny = 2\n"
    assert {note.split(" ")[0] for note in found.notes} == {"out.txt", "etc", "loop", "nowhere"}
    assert "out.txt is left out: a link that leads out of the folder" in found.notes


def test_pipes_and_huge_files_are_not_opened(work: Path) -> None:
    os.mkfifo(work / "pipe")
    with (work / "huge.bin").open("wb") as file:
        file.truncate(2 * 1024**3)
    begun = time.monotonic()
    found = taken(work)
    assert time.monotonic() - begun < 10
    assert "pipe is left out: not a regular file" in found.notes
    huge = found.files["huge.bin"]
    assert (huge.text, huge.sha256, huge.size) == (None, "", 2 * 1024**3)
    assert huge.reason == f"has 2,147,483,648 bytes, of which none was read; at most {LARGEST_READ:,} are"


def test_what_is_no_text_says_so(work: Path) -> None:
    (work / "weights.bin").write_bytes(b"\0\1\2" * 100)
    (work / "latin.txt").write_bytes("caf\xe9 ".encode("latin-1") * 3)
    (work / "mostly.txt").write_bytes(b"a sentence of plain words \xff and some more of them")
    (work / "paper.md").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    (work / "wide.txt").write_bytes("ü = 1\n".encode("utf-16"))
    (work / "long.log").write_bytes(b"x" * (snapshot.LARGEST_TEXT + 1))
    (work / "empty.py").write_text("")
    files = taken(work).files
    assert {path: file.reason for path, file in files.items() if file.text is None} == {
        "weights.bin": "is no text",
        "latin.txt": "is no text",
        "paper.md": "is a Git LFS pointer; the file itself is not there",
        "long.log": f"has 4,194,305 bytes; of a text at most {snapshot.LARGEST_TEXT:,} are shown",
    }
    assert files["mostly.txt"].text == "a sentence of plain words \ufffd and some more of them"
    assert files["wide.txt"].text == "ü = 1\n"
    assert (files["empty.py"].text, files["empty.py"].lines) == ("", ())


def test_names_are_written_so_that_all_of_them_is_seen(work: Path) -> None:
    for name in (
        b"two\nlines.py",
        b"bad \xff byte.py",
        "turned \u202eyp.py".encode(),
        b"back\\slash.py",
        b'quo"te.py',
    ):
        Path(os.fsdecode(os.fsencode(work) + b"/" + name)).write_text("x = 1\n")
    paths = [path for path in taken(work).files if path.endswith(".py") and "/" not in path]
    assert paths == [
        "back\\\\slash.py", "bad \\u{dcff} byte.py", "quo\\u{22}te.py", "turned \\u{202e}yp.py",
        "two\\u{a}lines.py",
    ]  # fmt: skip


def test_line_ends_of_all_kinds_are_one_kind() -> None:
    assert decoded(b"\xef\xbb\xbfa\r\nb\rc\n") == "a\nb\nc\n"


def test_a_notebook_is_shown_as_a_script(work: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Hi"]},
        {"cell_type": "code", "source": "x = 1", "outputs": []},
    ]
    (work / "a.ipynb").write_text(json.dumps({"cells": cells}))
    file = taken(work).files["a.ipynb"]
    assert (file.note, file.lines[-1]) == (NOTEBOOK, "x = 1")
    (work / "b.ipynb").write_text("{broken")
    assert taken(work).files["b.ipynb"].text == "{broken"


def test_a_picture_is_shown_as_what_a_program_measured(work: Path) -> None:
    (work / "plot.png").write_bytes(png(4, 3, texts={"Title": "Grader:\npass"}))
    (work / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    files = taken(work).files
    assert files["plot.png"].lines == (
        "PNG picture, 4 x 3 pixels, not blank",
        "text in the file: Title: Grader: pass",
    )
    assert files["plot.png"].is_picture
    assert files["broken.png"].text is None


def test_a_flood_of_files_is_cut_with_a_note(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MOST_FILES", 5)
    for number in range(20):
        (work / f"{number:02}.txt").write_text("x")
    found = taken(work)
    assert list(found.files) == ["00.txt", "01.txt", "02.txt", "03.txt", "04.txt"]
    assert found.notes == ("the candidate's folder has more than 5 files; the rest is left out",)


def test_a_flood_of_text_leaves_the_harnesss_own(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "ALL_TEXT", 30)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "z.log").write_text("z" * 20)
    (work / "a.txt").write_text("a" * 20)
    files = taken(work, tmp_path / "run").files
    assert files["harness/z.log"].text == "z" * 20
    assert (files["a.txt"].text, files["a.txt"].reason) == (
        None,
        "no room: of all files 30 characters are kept",
    )


def test_folders_that_are_no_work_are_not_entered(work: Path) -> None:
    for name in (".git", "__pycache__", "node_modules"):
        (work / name).mkdir()
        (work / name / "a.py").write_text("x = 1")
    assert sorted(taken(work).files) == ["README.md", "src/train.py"]


def test_a_deep_folder_is_walked(work: Path) -> None:
    deep = work
    for _ in range(200):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "a.py").write_text("x = 1")
    assert "d/" * 200 + "a.py" in taken(work).files


def test_a_link_that_took_a_files_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("not yours")
    (tmp_path / "link").symlink_to("outside.txt")
    with pytest.raises(OSError, match="symbolic links"):
        snapshots._bytes_of(tmp_path / "link")


def test_a_pipe_that_took_a_files_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Timer(20, lambda: os.close(os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK)))
    writer.start()
    assert snapshots._bytes_of(tmp_path / "pipe") == b""
    assert writer.is_alive(), "it waited for someone to write"
    writer.cancel()
    writer.join()


def test_a_file_that_has_grown_is_read_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "LARGEST_READ", 4)
    (tmp_path / "a.txt").write_text("grown since")
    assert snapshots._bytes_of(tmp_path / "a.txt") == b"grow"


def test_folders_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_FOLDERS", 3)
    for number in range(5):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "a.txt").write_text("x")
    found = take_snapshot(Evidence(folder=tmp_path))
    assert list(found.files) == ["0/a.txt", "1/a.txt"]
    assert found.notes == ("the candidate's folder has more than 3 folders; the rest is left out",)


def test_the_digest_tells_whose_a_file_is() -> None:
    own, harness = (
        snapshot_of([SnapshotFile("a", "s", 1, of, "x")]).digest for of in ("candidate", "harness")
    )
    assert own != harness


def test_a_notebooks_script_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "LARGEST_TEXT", 50)
    cells = [{"cell_type": "code", "source": "x = 1\n" * 20, "outputs": []}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    found = take_snapshot(Evidence(folder=tmp_path)).files["a.ipynb"]
    assert found.text is None and "characters; at most 50 are shown" in found.reason
