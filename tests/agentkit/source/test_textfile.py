import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.paths import Place, Refused, locate
from agentkit.source.textfile import decode, read_text, write_bytes


@given(st.one_of(st.binary(max_size=60), st.text(alphabet="a\r\né", max_size=30).map(str.encode)))
def test_bytes_come_back_as_they_were(data: bytes) -> None:
    file = decode(data)
    assert file.encode(file.text) == data


def test_windows_line_ends_are_kept_for_new_lines_too() -> None:
    file = decode(b"a\r\nb\r\n")
    assert file.text == "a\nb\n"
    assert file.encode("a\nnew\nb\n") == b"a\r\nnew\r\nb\r\n"
    assert file.encode("x\r\ny\n") == b"x\r\ny\r\n"
    assert decode(b"a\r\nb\n").text == "a\r\nb\n"


def test_a_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(Refused, match="no Unicode"):
        decode(b"").encode("\ud800")


def place(path: Path) -> Place:
    return locate(path.parent, path.name)


def test_only_regular_text_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"ab\0cd")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    for name, said in [
        ("data.bin", "binary file of 5 bytes"), ("pipe", "no regular file"), ("folder", "is a folder"),
        ("huge", "68,157,440 bytes"), ("none", "none does not exist"),
    ]:  # fmt: skip
        with pytest.raises(Refused, match=said):
            read_text(place(tmp_path / name))


def test_writing_keeps_the_mode_and_makes_folders(tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_text("old")
    script.chmod(0o751)
    write_bytes(place(script), b"new")
    assert script.read_bytes() == b"new"
    assert script.stat().st_mode & 0o777 == 0o751
    write_bytes(locate(tmp_path, "a/b/c.txt"), b"x")
    assert (tmp_path / "a/b/c.txt").read_bytes() == b"x"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "run.sh"]


def test_a_reader_never_meets_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with path.open() as reader:
        write_bytes(place(path), b"new")
        assert reader.read() == "old"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(Refused, match="folder cannot be written"):
        write_bytes(place(tmp_path / "folder"), b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
