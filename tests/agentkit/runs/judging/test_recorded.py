from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.rubric import Citation
from agentkit.errors import BadFile
from agentkit.judge.evidence import Evidence, Finding, failed, passed
from agentkit.judge.snapshot import take_snapshot
from agentkit.runs.judging.recorded import keep, read_kept


def test_texts_and_findings_come_back_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "data.bin").write_bytes(b"\0\1\2")
    (tmp_path / "odd\udcff.txt").write_text("text \ufffd")
    snapshot = take_snapshot(Evidence(folder=tmp_path))
    findings = {
        "a": passed("a.py is there"),
        "b": failed("it is not"),
        "c": Finding("error", "no sandbox", citations=(Citation(path="a.py", first_line=1, last_line=1),)),
    }
    kept = tmp_path / "kept.json"
    kept.write_text(keep(snapshot, findings))
    again, found = read_kept(kept)
    assert again.digest == snapshot.digest
    assert dict(again.files) == dict(snapshot.files)
    assert (again.notes, found) == (snapshot.notes, findings)


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"digest": "x", "notes": [], "files": [{}], "findings": {}}']
)
def test_what_was_not_kept_by_a_judging_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "kept.json").write_text(text)
    with pytest.raises(BadFile, match="what a judging keeps"):
        read_kept(tmp_path / "kept.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        read_kept(tmp_path / "none.json")
