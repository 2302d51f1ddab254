"""How a candidate is made from a task's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import AgentkitError
from agentkit.runs.checks.exploit import Submission
from agentkit.runs.checks.submission import Facts, filled, joined, lay_submission, put_in
from tests.exploits.standin import standin_task

HEAD = '"""Doc."""\nfrom __future__ import annotations\nimport os\n'
TEXT = HEAD + 'if __name__ == "__main__":\n    print("main")\n'


def test_texts_go_to_their_places() -> None:
    made = put_in(TEXT, "a = 1", "b = 2", "c = 3").splitlines()
    assert made[:4] == ['"""Doc."""', "from __future__ import annotations", "a = 1", "import os"]
    assert made.index("b = 2") == made.index('if __name__ == "__main__":') - 1
    assert made[-1] == "c = 3"
    assert put_in("x = 1\n", "", "b = 2", "").split() == ["x", "=", "1", "b", "=", "2"]


def test_places_are_filled_from_pieces_within_pieces() -> None:
    assert filled("@one@!", {"one": "<@two@>", "two": "2"}) == "<2>!"
    assert filled("@decorator\nsomebody@example.org", {}) == "@decorator\nsomebody@example.org"
    with pytest.raises(AgentkitError, match="@three@"):
        filled("@three@", {"one": ""})


def test_a_folder_is_laid_out_whole(tmp_path: Path) -> None:
    task = standin_task(tmp_path / "task")
    facts = Facts(metric="cpu_seconds", best=1e-9, work=2.0, outside=tmp_path / "out")
    weights = tmp_path / "w"
    weights.write_bytes(b"\0weights")
    made = Submission(
        first="FIRST = '@METRIC@ @BEST@ @WORK@'",
        last="LAST = '@WEIGHTS@'",
        files={"a/b.txt": "text"},
        programs={"run": "#!/bin/sh"},
        links={"away": "@OUTSIDE@/x"},
        trained="w.bin",
    )
    folder = tmp_path / "candidate"
    lay_submission(made, task, folder, facts, {}, weights)
    script = (folder / "train.py").read_text()
    assert "FIRST = 'cpu_seconds 1e-09 2.0'" in script
    assert "LAST = 'AHdlaWdodHM='" in script
    assert (folder / "a" / "b.txt").read_text() == "text"
    assert (folder / "run").stat().st_mode & 0o111
    assert str((folder / "away").readlink()) == str(tmp_path / "out" / "x")
    assert (folder / "w.bin").read_bytes() == b"\0weights"


def test_joined_does_what_each_does() -> None:
    made = joined(
        [Submission(last="a"), Submission(last="b", files={"x": "1"}), Submission(links={"y": "z"})]
    )
    assert (made.last, dict(made.files), dict(made.links)) == ("a\nb", {"x": "1"}, {"y": "z"})
