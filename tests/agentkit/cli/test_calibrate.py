"""`agentkit calibrate`: both ends of a task, in plain words and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.calibrate import describe_ends
from agentkit.cli.main import main
from agentkit.contracts.summary import ReferenceEnds

ENDS = ReferenceEnds(
    metric="cpu_seconds", unit="s", start=18.4, target=12.1, start_sd=0.12, target_sd=0.05, pairs=3,
    gap_in_errors=21.3, measurable=True,
)  # fmt: skip


def test_json_is_one_object_alone_on_stdout(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "toy/number", "--json", "--pairs", "4"]) == 0
    captured = capsys.readouterr()
    ends = ReferenceEnds.model_validate_json(captured.out)
    assert (ends.metric, ends.start, ends.target, ends.pairs) == ("score", 1.0, 50.0, 4)
    assert captured.out.count("\n") == 1
    assert "4 of 4" in captured.err, "progress is told, elsewhere"
    assert not (project / "runs").exists(), "it is no run"


def test_it_is_measured_once_and_again_when_asked(
    project: Path, number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str) -> str:
        assert main(["calibrate", "tasks/toy/number", *words]) == 0
        return capsys.readouterr().err

    assert "3 of 3" in told()
    assert "3 of 3" not in told()
    assert "3 of 3" in told("--fresh")
    (number_task / "evaluate.py").write_text((number_task / "evaluate.py").read_text() + "# changed\n")
    assert "3 of 3" in told(), "another evaluation is another yardstick"


def test_no_model_and_no_key_is_asked_for(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    assert main(["calibrate", "toy/number", "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "toy/number on this machine, score over 3 pairs of equal seeds:" in captured.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("toy/nubmer",), 2, "Did you mean: toy/number?"),
        (("toy/number", "--pairs", "few"), 2, "--pairs"),
        (("toy/number", "--sandbox", "docker"), 3, "Or: --sandbox bubblewrap"),
        (("toy/number", "--cache-folder", "file"), 4, "--cache-folder"),
    ],
)
def test_what_is_wrong_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    (project / "file").write_text("")
    assert main(["calibrate", *words]) == code
    assert said in capsys.readouterr().err


def test_a_task_that_does_not_run_here_is_said_with_its_output(
    number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (number_task / "start.txt").write_text("many\n")
    assert main(["calibrate", "toy/number", "--quiet"]) == 5
    error = capsys.readouterr().err
    assert "The start of toy/number does not run here: crash" in error
    assert "could not convert string to float: 'many'" in error
    assert "Next: agentkit doctor" in error


CANARY = "canary-4f1d2c7a9b"


def test_a_secret_that_an_evaluation_prints_is_neither_shown_nor_kept(
    project: Path, number_task: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A run's boundary holds here too: the cached calibration is read by every later run."""
    monkeypatch.setenv("CANARY_API_KEY", CANARY)
    loud = f'print("I found {CANARY}", flush=True)\n' + (number_task / "evaluate.py").read_text()
    (number_task / "evaluate.py").write_text(loud.replace('"reason": ""', f'"reason": "{CANARY}"'))
    assert main(["calibrate", "toy/number"]) == 0
    (number_task / "start.txt").write_text("many\n")
    assert main(["calibrate", "toy/number"]) == 5
    said = capfd.readouterr()
    assert "Start" in said.err or "start" in said.err
    assert CANARY not in said.out + said.err
    kept = list((project / "cache").rglob("calibrations/*.json"))
    assert kept
    assert not [path for path in kept if CANARY in path.read_text()]


def test_both_ends_in_plain_words() -> None:
    said = describe_ends("speedrun/record12", ENDS)
    assert "start      18.4 s (sd 0.12)" in said
    assert "reference  12.1 s (sd 0.05)" in said
    assert "The gap is 6.3 s, 21.3 standard errors, so it can be measured here." in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gap_in_errors": 1.2, "measurable": False}, "1.2 standard errors, which is within its noise here"),
        ({"gap_in_errors": None, "measurable": False}, "unknown, which is within its noise here"),
    ],
)
def test_a_gap_within_its_noise_is_said_to_be_one(change: dict[str, Any], words: str) -> None:
    assert words in describe_ends("t", ENDS.model_copy(update=change))


def test_a_score_that_rises_without_noise_reads_well(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "toy/number", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "The gap is 49," in said
    assert "unknown" not in said
