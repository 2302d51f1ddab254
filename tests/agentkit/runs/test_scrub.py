from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.events import Event
from agentkit.journal.redaction import CARRY, Redactor
from agentkit.runs.scrub import PIECE, Cleaner, find_in, scrub

SECRET = "k9-Zq7Wv3Xs5Ec1Rf8Tg"
REDACTOR = Redactor({"A_KEY": SECRET})


def test_only_files_with_a_secret_are_rewritten_and_keep_their_mode(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    told, clean = tmp_path / "logs" / "shell-0001.log", tmp_path / "clean.txt"
    told.write_bytes(b"\xff\x00 raw\r\nkey=" + SECRET.encode() + b"\r\n\xfe")
    told.chmod(0o640)
    clean.write_text("nothing")
    before = clean.stat()
    assert scrub(tmp_path, REDACTOR) == [told]
    assert told.read_bytes() == b"\xff\x00 raw\r\nkey=[redacted:A_KEY]\r\n\xfe"
    assert told.stat().st_mode & 0o777 == 0o640
    assert clean.stat() == before
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["clean.txt", "logs", "shell-0001.log"]


@pytest.mark.parametrize("place", [0, PIECE - 10, PIECE, PIECE + CARRY - 5, 2 * PIECE - 3])
def test_a_large_file_is_cleaned_wherever_the_secret_lies(tmp_path: Path, place: int) -> None:
    path = tmp_path / "large.log"
    text = "." * place + SECRET + "." * (3 * PIECE - place)
    path.write_text(text)
    scrub(path, REDACTOR)
    assert path.read_text() == text.replace(SECRET, "[redacted:A_KEY]")


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_all_other_bytes_stay(before: bytes, after: bytes) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"agentkit-scrub-{os.getpid()}"
    path.write_bytes(before + b"\n" + SECRET.encode() + b"\n" + after)
    try:
        scrub(path, REDACTOR)
        assert path.read_bytes() == before + b"\n[redacted:A_KEY]\n" + after
    finally:
        path.unlink()


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(SECRET)
    (tmp_path / "attempts").mkdir()
    (tmp_path / "attempts" / "link").symlink_to(outside)
    assert scrub(tmp_path / "attempts", REDACTOR) == []
    assert outside.read_text() == SECRET


def test_an_attempt_is_cleaned_as_it_ends_and_the_rest_with_the_run(tmp_path: Path) -> None:
    faults: list[BaseException] = []
    cleaner = Cleaner(tmp_path, REDACTOR, faults.append)
    for name in ("attempts/a1/logs/x.log", "attempts/a2/logs/x.log", "answer.patch"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(SECRET)
    cleaner(Event(number=1, time=0.0, kind="tool", attempt="a1"))
    assert find_in(tmp_path / "attempts" / "a1", REDACTOR) != []
    cleaner(Event(number=2, time=0.0, kind="attempt", attempt="a1"))
    assert [path.parts[-3] for path in find_in(tmp_path / "attempts", REDACTOR)] == ["a2"]
    cleaner.finish()
    assert find_in(tmp_path, REDACTOR) == []
    assert faults == []


def test_a_secret_in_a_blob_is_told_and_not_rewritten(tmp_path: Path) -> None:
    blob = tmp_path / "blobs" / "ab" / "cdef"
    blob.parent.mkdir(parents=True)
    blob.write_text(SECRET)
    faults: list[BaseException] = []
    Cleaner(tmp_path, REDACTOR, faults.append).finish()
    assert blob.read_text() == SECRET
    assert "blobs/ab/cdef" in str(faults[0]) and SECRET not in str(faults[0])
