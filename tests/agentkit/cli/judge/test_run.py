from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentkit.cli.judge.run import DISPUTED, OPEN, SPENT, exit_code
from agentkit.contracts.rubric import JudgeReport
from agentkit.errors import RunProblem, UsageError
from tests.agentkit.cli.judge.conftest import Call
from tests.agentkit.judge.reports.test_outline import leaf, report
from tests.agentkit.models.fault_server import FaultServer

RUN = ("run", "work", "--rubric", "rubric.toml", "--sandbox", "local")


def test_programs_alone(place: Path, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*RUN) == OPEN
    out = capsys.readouterr().out
    assert "A line is fitted: 25.0 % to 100.0 %" in out
    assert "no model was called" in out
    assert "Next: agentkit judge explain judging LEAF" in out


def test_a_panel_behind_a_server(
    place: Path, panel: FaultServer, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*RUN, "--judges", "claude,gpt", "--max-usd", "2") == 0
    out = capsys.readouterr().out
    assert "A line is fitted: 75.0 %" in out
    assert "claude: openai/claude-test (anthropic)" in out and "gpt-test (openai)" in out
    told = json.loads((place / "judging" / "report.json").read_text())
    assert told["cost"]["calls"] == len(panel.calls) > 0
    kept = "".join(path.read_text() for path in (place / "judging").iterdir())
    assert "sk-judge" not in kept
    assert call(*RUN, "--judges", "claude,gpt", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again["cost"]["calls"] == told["cost"]["calls"] == len(panel.calls), "nothing is paid twice"


def test_a_cap_that_leaves_no_room(
    place: Path, panel: FaultServer, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*RUN, "--judges", "claude", "--max-usd", "0.000001") == SPENT
    assert panel.calls == []
    assert "A line is fitted: 25.0 % to 100.0 %" in capsys.readouterr().out


@pytest.mark.parametrize("flag", [("--floor", "2"), ("--quorum", "0"), ("--max-usd", "-1")])
def test_figures_out_of_range(place: Path, call: Call, flag: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=f"{flag[0]} "):
        call(*RUN, *flag)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (report(coverage=1.0), 0),
        (report(coverage=0.5), OPEN),
        (report(coverage=0.5, notes=("The judging ended early: the cap of $1 leaves no room.",)), SPENT),
        (report(coverage=0.5, notes=("The judging ended early: the bounds are within 0.1.",)), 0),
        (report(leaf("a", status="disputed", score=None), coverage=1.0), DISPUTED),
        (report(leaf("a"), coverage=1.0), 0),
    ],
)
def test_the_exit_code_says_how_it_ended(told: JudgeReport, code: int) -> None:
    assert exit_code(told, 0) == code


def test_disputes_are_let_be_unless_a_most_is_named() -> None:
    assert exit_code(report(leaf("a", status="disputed", score=None), coverage=1.0), None) == 0


def test_a_cap_that_ended_it_says_how_to_go_on(
    place: Path, panel: FaultServer, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*RUN, "--judges", "claude", "--max-usd", "0.000001") == SPENT
    assert "a larger --max-usd" in capsys.readouterr().out.splitlines()[-1]


def test_a_folder_of_other_work_says_whose_calls_are_counted(
    place: Path, panel: FaultServer, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*RUN, "--judges", "claude") == 0
    assert call(*RUN, "--judges", "claude") == 0
    assert "held a judging of other work" not in capsys.readouterr().out
    (place / "work" / "fit.py").write_text("x = 1\n")
    assert call(*RUN, "--judges", "claude") == 0
    assert "judging held a judging of other work" in capsys.readouterr().out


@pytest.mark.parametrize("most", ["-1", "few", "1.5"])
def test_the_most_disputed_is_a_whole_number(place: Path, call: Call, most: str) -> None:
    with pytest.raises(UsageError, match="no whole number from 0"):
        call(*RUN, f"--most-disputed={most}")


@pytest.mark.real
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_judging_that_was_ended_goes_on_and_pays_no_answer_twice(
    place: Path, panel: FaultServer, call: Call, end: signal.Signals
) -> None:
    leaves = [
        f'[[criterion]]\nid = "l{n}"\ntext = "`name_{n}` is defined."\nkind = "code"\n' for n in range(8)
    ]
    (place / "rubric.toml").write_text('title = "Many"\n' + "".join(leaves))
    words = (*RUN, "--judges", "claude", "--at-once", "1")
    panel.latency = 0.2
    command = [sys.executable, "-m", "agentkit", "judge", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while len(panel.calls) < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(end)
        said = process.communicate(timeout=60)[1]
    assert (process.returncode, "is kept in judging" in said) in [(130, True), (-signal.SIGKILL, False)]
    with pytest.raises(RunProblem, match="was not finished"):
        call("explain", "judging")
    panel.latency = 0.0
    answered = (place / "judging" / "calls.jsonl").read_text().count('"kind":"reply"')
    before = len(panel.calls)
    assert answered >= 3
    assert call(*words) == 0
    whole = (place / "judging" / "calls.jsonl").read_text().count('"kind":"reply"')
    assert len(panel.calls) - before == whole - answered, "only what was never answered is asked"
    assert call("replay", "judging") == 0


@pytest.mark.real
@pytest.mark.slow
def test_hundreds_of_leaves_need_neither_minutes_nor_much_memory(place: Path, panel: FaultServer) -> None:
    for number in range(60):
        functions = [
            f"def name_{number}_{n}(rows):\n    return [row + {n} for row in rows]\n" for n in range(40)
        ]
        (place / "work" / f"part_{number}.py").write_text("\n\n".join(functions))
    leaves = [
        f'[[criterion]]\nid = "l{n}"\ntext = "`name_{n % 60}_{n // 60}` is defined."\nkind = "code"\n'
        for n in range(361)
    ]
    (place / "rubric.toml").write_text('title = "Many"\n' + "".join(leaves))
    process = subprocess.Popen([sys.executable, "-m", "agentkit", "judge", *RUN, "--judges", "claude"])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert len(panel.calls) >= 361
    seconds, megabytes = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    # 10 s are wanted on a machine that does nothing else; busy ones count up to twice as many.
    assert seconds <= 20 and megabytes <= 300, (seconds, megabytes)
    print(f"{seconds:.1f} s of processor time, {megabytes:.0f} MB")
