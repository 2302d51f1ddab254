"""`agentkit confirm`: a verdict in plain words, as JSON, and as an exit code."""

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
from agentkit.cli.confirm import describe, say_confirmed
from agentkit.cli.main import main
from agentkit.contracts.bar import Bar
from agentkit.contracts.confirmation import Confirmation, Contest
from agentkit.contracts.outcome import Flag, Outcome
from agentkit.contracts.task import Metric
from agentkit.runs.confirm import FILE
from agentkit.runs.folder import RunFolder
from agentkit.runs.kept import write_kept
from agentkit.statistics.record_rule import judge
from agentkit.statistics.staged import plan_looks

QUICK = ("--alpha", "0.4", "--sandbox", "local")


def without_solution(number_task: Path) -> None:
    told = (number_task / "task.toml").read_text()
    (number_task / "task.toml").write_text(told.replace('[solution]\n"number.txt" = "solution.txt"\n', ""))


def test_a_run_is_confirmed_and_shown(number_task: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without_solution(number_task)
    agentkit.solve("toy/number", sandbox="local", measurements=0)
    capsys.readouterr()
    assert main(["confirm", "latest", *QUICK]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("A record: score is higher, at p ≤ 0.16 (toy/number, attempt a4 of 2")
    assert "score: mean 40 against 1: 39 better" in captured.out
    assert "p = 0 (t test), 0.12 (signed ranks)" in captured.out
    assert "confirmation candidate 3/3" in captured.err
    assert main(["confirm", "latest", "--json"]) == 0
    captured = capsys.readouterr()
    assert Confirmation.model_validate_json(captured.out).verdict is not None
    assert captured.err == "", "nothing was measured"
    assert main(["show", "latest"]) == 0
    assert "A record: score is higher, at p ≤ 0.16" in capsys.readouterr().out


def test_files_are_confirmed_without_a_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "mine").mkdir()
    (project / "mine" / "number.txt").write_text("0\n")
    assert main(["confirm", "toy/number", "--candidate", "mine", "--json", *QUICK]) == 1
    found = Confirmation.model_validate_json(capsys.readouterr().out)
    assert found.verdict is not None and not found.verdict.record
    assert (found.candidate, found.against) == ("mine", "the start files")
    (project / "mine" / "number.txt").write_text("oops\n")
    assert main(["confirm", "tasks/toy/number", "--candidate", "mine", "-q", *QUICK]) == 1
    said = capsys.readouterr().out
    assert "No record: the candidate crashed (the evaluation failed: ValueError" in said
    assert not (project / "runs").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("latest",), 2, "no run"),
        (("toy/number",), 2, "for a task, say which files: --candidate FOLDER"),
        (("toy/number", "--against", "solution"), 2, "--against goes with --candidate"),
        (("toy/nubmer", "--candidate", "start"), 2, "Did you mean: toy/number?"),
        (("toy/number", "--candidate", "nowhere"), 2, "There are no files in"),
        (("toy/number", "--candidate", "start", "--pairs", "3"), 2, "the first look needs 8 pairs, found 3"),
        (("toy/number", "--candidate", "start", "--pairs", "60"), 2, "at most 50"),
        (("toy/number", "--candidate", "start", "--alpha", "2"), 2, "Alpha lies between 0 and 0.5"),
        (("toy/number", "--candidate", "start", "--cache-folder", "file"), 4, "--cache-folder"),
    ],
)
def test_what_is_wrong_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    (project / "file").write_text("")
    assert main(["confirm", *words]) == code
    assert said in capsys.readouterr().err


def confirmation(seconds: float, loss: float, pairs: int, flags: tuple[Flag, ...] = ()) -> Confirmation:
    def outcome(time: float, loss: float, *flags: Flag) -> Outcome:
        metrics = {"cpu_seconds": time, "loss": loss}
        return Outcome(status="valid", metrics=metrics, trust="verified", isolation="bubblewrap", flags=flags)

    contests = tuple(
        Contest(
            seed=seed,
            against=outcome(20 + (0.1, -0.1)[seed % 2], 2.39),
            candidate=outcome(seconds + (-0.1, 0.1)[seed % 2], loss + seed / 1e4, *flags),
        )
        for seed in range(pairs)
    )
    return Confirmation(
        task="speedrun/record12", digest="d", machine="m", sandbox="bubblewrap",
        metric=Metric(name="cpu_seconds", unit="s", lower_is_better=True),
        bars=(Bar(name="loss", limit=2.4),), candidate="attempt a3 of r", candidate_files="c",
        against="the start files", against_files="s", first_seed=0, design=plan_looks(0.01),
        contests=contests,
    )  # fmt: skip


def described(seconds: float, loss: float, pairs: int, flags: tuple[Flag, ...] = ()) -> str:
    found = confirmation(seconds, loss, pairs, flags)
    verdict = judge(found)
    assert verdict is not None
    return "\n".join(describe(found.model_copy(update={"verdict": verdict}), verdict))


def test_a_record_in_plain_words() -> None:
    flag = Flag(code="conditions", evidence="others used the machine")
    said = described(18.0, 2.38, 8, (flag,))
    assert said.startswith("A record: cpu_seconds is lower and mean loss is at most 2.4, at p ≤ 0.004")
    assert "cpu_seconds: mean 18 s against 20 s: 10.00 % less (99.2 % interval 8.6" in said
    assert "loss: mean 2.380" in said
    assert "with the limit 2.4: 0.0196 on the good side (99.2 % interval 0.019" in said
    assert "alpha 0.01 is divided, 0.004 after 8, 0.003 after 16, 0.003 after 24 pairs" in said
    assert said.count("Disturbed, and counted: the candidate on seed") == 3
    assert "… and 5 more disturbed measurements" in said


def test_what_is_not_enough_says_what_would_be() -> None:
    said = described(19.95, 2.38, 24)
    assert "No record: after 24 pairs it is not shown at p ≤ 0.003 that cpu_seconds is lower (p = 0.1" in said
    assert "more pairs would be needed" in said


def test_what_is_worse_is_not_said_to_be_less_by_less_than_nothing() -> None:
    said = described(22.0, 2.41, 8)
    assert "No record: after 8 pairs it is not so, even on average, that cpu_seconds is lower or mean" in said
    assert "cpu_seconds: mean 22 s against 20 s: 10.00 % more (99.2 % interval " in said
    assert "on the wrong side" in said
    assert "more pairs" not in said


def test_one_line_for_the_page_of_a_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "r")
    folder.path.mkdir()
    found = confirmation(18.0, 2.38, 3)

    def said(attempt: str, kept: Confirmation) -> str:
        write_kept(folder.path / FILE, kept)
        return say_confirmed(folder, attempt)

    assert said("a3", found) == "Its confirmation has 3 pairs so far. Next: agentkit confirm r"
    whole = confirmation(18.0, 2.38, 8)
    decided = whole.model_copy(update={"verdict": judge(whole)})
    assert said("a3", decided).startswith("A record: cpu_seconds is lower and mean loss is at most 2.4")
    assert said("a4", decided) == "The answer was not confirmed; an earlier one was."


@pytest.mark.real
def test_killed_in_the_middle_it_goes_on(number_task: Path) -> None:
    """kill -9 at four moments; in the end every measurement was made once, but for the one under way."""
    log = number_task.parents[2] / "evaluated"
    script = (number_task / "evaluate.py").read_text()
    slow = f"import time\ntime.sleep(0.5)\nopen({str(log)!r}, 'a').write('x')\n"
    (number_task / "evaluate.py").write_text(slow + script)
    command = [sys.executable, "-m", "agentkit", "confirm", "toy/number", "--candidate", "solution",
               "--json", *QUICK]  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": str(Path(agentkit.__file__).parents[1])}
    for count in (0, 1, 3, 4):
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while (len(log.read_text()) if log.exists() else 0) <= count and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["contests"]) == 3
    assert found["verdict"]["record"]
    assert len(log.read_text()) <= 6 + 4, "a kill costs one measurement at most"
