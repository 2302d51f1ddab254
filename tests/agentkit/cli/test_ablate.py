"""`agentkit ablate`: from a run to what each of an attempt's edits is worth."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import agentkit
from agentkit.cli.main import main
from agentkit.runs.ablation.findings import Findings
from tests.agentkit.runs.ablation.mix_run import copied
from tests.conftest import Once


@pytest.fixture
def mix(project: Path, once: Once) -> Path:
    return copied(once, project)


QUICK = ("--seeds", "2", "--sandbox", "local")


def test_an_attempt_is_explained(mix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["ablate", "latest/a1", "--dry-run", *QUICK]) == 0
    planned = capsys.readouterr().out
    assert "Attempt a1 of " in planned and ": 2 edits in work.py" in planned
    assert "  e1  work.py:1: WIDTH = 1 → WIDTH = 3\n" in planned
    assert "not measured: it changes only comments, docstrings and blank lines" in planned
    assert "with both ends 4 versions on 2 seeds, 8 evaluations, about " in planned
    assert not (mix / "ablations").exists()
    assert main(["ablate", f"{mix}/a1", "--json", *QUICK]) == 0
    captured = capsys.readouterr()
    found = Findings.model_validate_json(captured.out)
    assert found.whole is not None and found.whole.gain.value == pytest.approx(11)
    for edit, out, alone in zip(found.edits, (8, 9), (2, 3), strict=False):
        assert edit.left_out is not None and edit.added is not None and edit.interacts
        assert edit.left_out.gain.value == pytest.approx(out)
        assert edit.added.gain.value == pytest.approx(alone)
    assert "ablation whole 2/8" in captured.err
    folder = mix / "ablations" / "a1"
    assert Findings.model_validate_json((folder / "report.json").read_text()) == found
    assert "| e2 | `work.py:2` | `DEPTH = 1 → DEPTH = 4` | +9" in (folder / "report.md").read_text()
    assert main(["ablate", "latest/a1", *QUICK]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("Attempt a1 of ") and "By edit: e2 +9, e1 +8." in captured.out
    assert "8 evaluations, all of them measured before." in captured.err
    assert "ablation whole" not in captured.err, "nothing was measured again"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("latest/a7",), 2, "Did you mean: a3, a2, a1?"),
        (("latest/a2",), 2, "Valid are: a1, a3"),
        (("nowhere/a1",), 2, "There is no run 'nowhere'"),
        (("latest/a1", "--seeds", "0"), 2, "--seeds is between 1 and 1000, found 0"),
        (("latest/a1", "--minutes", "-1"), 2, "--minutes is above 0, found -1"),
        (("latest/a1", "--evaluations", "5"), 2, "2 edits on 2 seeds take 8 evaluations; it holds 5"),
        (("latest/a1", "--against", "a1"), 2, "There is nothing to leave out"),
        (("latest/a1", "--by", "line"), 2, "invalid choice: 'line'"),
        (("latest/a1", "--seeds", "900"), 2, "3,600 evaluations take about"),
    ],
)
def test_what_is_wrong_is_said(
    mix: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    assert main(["ablate", *words]) == code
    assert said in capsys.readouterr().err
    assert not (mix / "ablations").exists()


def test_a_plan_for_programs(mix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["ablate", "latest", "--dry-run", "--json", "--only", "leave-out", *QUICK]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [each["text"] for each in plan["edits"]][:2] == ["WIDTH = 1 → WIDTH = 3", "DEPTH = 1 → DEPTH = 4"]
    assert plan["plan"]["versions"] == ["start", "whole", "without e1", "without e2"]
    assert plan["plan"]["evaluations"] == 8


@pytest.mark.real
@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on(mix: Path) -> None:
    """kill -9 at three moments; in the end every evaluation was made once, the ones under way included."""
    log = mix.parents[1] / "slow" / "log"
    log.parent.mkdir()
    words = [sys.executable, "-m", "agentkit", "ablate", f"{mix}/a1", "--json", "--quiet", *QUICK]
    environ = {**os.environ, "PYTHONPATH": str(Path(agentkit.__file__).parents[1])}
    for count in (1, 3, 6):
        process = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while not log.exists() or len(log.read_text()) < count:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = subprocess.run(words, env=environ, check=True, capture_output=True, text=True)
    found = Findings.model_validate_json(done.stdout)
    assert found.evaluations == len(log.read_text()) == 8
