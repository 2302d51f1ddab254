from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.cli.judge.run import DISPUTED, OPEN, SPENT, exit_code
from agentkit.contracts.rubric import JudgeReport
from agentkit.errors import UsageError
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
    assert "claude (anthropic)" in out and "gpt (openai)" in out
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
