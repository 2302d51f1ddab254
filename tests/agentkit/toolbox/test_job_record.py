import os
from pathlib import Path

import pytest

from agentkit.source.paths import Refused
from agentkit.toolbox.job_record import (
    JobRecord,
    bring_back,
    copy_workspace,
    read_record,
    records,
    require_name,
)


def test_what_is_known_of_a_job_is_found_by_any_process(tmp_path: Path) -> None:
    JobRecord(name="one", script="true", keep=("*.pt",)).write(tmp_path)
    JobRecord(name="two", script="false", rival="one", margin=0.1).write(tmp_path)
    assert read_record(tmp_path, "two").rival == "one"
    assert {each.name for each in records(tmp_path)} == {"one", "two"}
    with pytest.raises(Refused, match="There is no job 'three'. Jobs: one, two"):
        read_record(tmp_path, "three")


@pytest.mark.parametrize("name", ["", "..", "a/b", "-x", "a b", "x" * 41, "a\n"])
def test_a_name_is_a_file_name_and_no_path(name: str) -> None:
    with pytest.raises(Refused):
        require_name(name)


def test_a_copy_has_files_and_links_and_nothing_that_would_be_waited_for(tmp_path: Path) -> None:
    folder, to = tmp_path / "work", tmp_path / "job"
    (folder / "sub" / "__pycache__").mkdir(parents=True)
    (folder / "sub" / "a.py").write_text("x = 1\n")
    (folder / "link").symlink_to("sub/a.py")
    os.mkfifo(folder / "pipe")
    to.mkdir()
    copy_workspace(folder, to)
    assert sorted(path.relative_to(to).as_posix() for path in to.rglob("*")) == ["link", "sub", "sub/a.py"]
    assert (to / "link").is_symlink()


def test_files_come_back_by_globs_and_never_through_a_link(tmp_path: Path) -> None:
    files, work, out = tmp_path / "job", tmp_path / "work", tmp_path / "out"
    for folder in (files / "ckpt", work, out):
        folder.mkdir(parents=True)
    (files / "ckpt" / "a.pt").write_text("a")
    (files / "log.txt").write_text("b")
    (files / "leak.pt").symlink_to("/etc/passwd")
    assert bring_back(files, ["**/*.pt", "leak.pt"], work) == ["ckpt/a.pt"]
    assert (work / "ckpt" / "a.pt").read_text() == "a"
    assert bring_back(files, [], work) == []
    (work / "ckpt" / "a.pt").unlink()
    (work / "ckpt").rmdir()
    (work / "ckpt").symlink_to(out)
    with pytest.raises(Refused, match="outside the workspace"):
        bring_back(files, ["**/*.pt"], work)
    assert not list(out.iterdir())
