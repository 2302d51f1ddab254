"""Runs that share a budget, through the command: together they keep to it, and each ends well."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import agentkit
from agentkit.cli.main import main
from agentkit.errors import BadFile, UsageError
from agentkit.journal.shared_budget import Share, parse_line
from agentkit.runs.folder import RunFolder, open_run
from agentkit.runs.plan import make_plan
from agentkit.runs.solve import plan_again
from tests.agentkit.runs.stub_runs import AIDE, FLAT, answering, command, solve

PRICED = ("--price-in", "1000", "--price-out", "1000")
"""A call of the stub is billed a dollar; the first of a conversation is some dollars at most."""


@pytest.fixture
def server() -> Iterator[Any]:
    with answering(billed=(900, 100)) as server:
        yield server


def share(project: Path, caps: str) -> tuple[str, str]:
    (project / "team.toml").write_text(f"{caps}\n")
    return "--shared-budget", "team.toml"


def table(project: Path) -> dict[str, Share]:
    lines = (project / "team.toml.used").read_text().splitlines(keepends=True)[1:]
    return {Path(json.loads(run)).parent.name: each for run, each in map(parse_line, lines)}


def run_in(runs: str) -> RunFolder:
    (run,) = Path(runs).iterdir()
    return open_run(run)


@pytest.mark.real
def test_two_runs_at_once_never_pass_their_cap_and_both_are_judged(project: Path, server: Any) -> None:
    """Each alone would ask fifteen times, which is a thousand tokens a time."""
    told = (*AIDE, *share(project, "tokens = 12_000"), "--max-tokens", "300")
    both = [solve(server, name, told) for name in ("one", "two")]
    most = 0
    while any(process.poll() is None for process in both):
        if (project / "team.toml.used").exists() and "one" in (project / "team.toml.used").read_text():
            most = max(most, sum(each.tokens for each in table(project).values()))
        time.sleep(0.02)
    runs = [run_in("one"), run_in("two")]
    states = [run.state() for run in runs]
    assert 6_000 < most <= 12_000
    assert any("which several runs share" in state.reason for state in states)
    for process, run, state in zip(both, runs, states, strict=True):
        assert run.summary().state == "ended"
        assert process.returncode == (0 if state.answer else 5)
        if state.answer:
            assert state.judged is not None, "the answer is still measured and judged"
    assert any(state.answer for state in states)
    assert {name: each.tokens for name, each in table(project).items()} == {
        name: state.ledger.committed.tokens for name, state in zip(("one", "two"), states, strict=True)
    }


@pytest.mark.real
def test_a_second_run_finds_what_the_first_has_left_and_says_how_to_go_on(project: Path, server: Any) -> None:
    told = (*AIDE, *share(project, "dollars = 9.0"), *PRICED, "--max-tokens", "300")
    assert solve(server, "one", told).wait() in (0, 5)
    process = solve(server, "two", told, stderr=subprocess.PIPE)
    said = process.communicate()[1].decode()
    assert process.returncode == 5, "without an answer, as it had no call"
    second = run_in("two")
    reason = second.state().reason
    assert f"The cap of 9 dollars in {project / 'team.toml'}, which several runs share" in reason
    assert f"{run_in('one').name} has used" in reason
    assert f"raise it there, then `agentkit resume {second.path}`" in reason
    assert second.name in said
    share(project, "dollars = 60.0")
    assert command(server, "resume", str(second.path)).wait() == 0
    assert second.state().answer is not None
    spent = {name: each.dollars for name, each in table(project).items()}
    assert spent["two"] == pytest.approx(second.state().ledger.spent.dollars)


@pytest.mark.real
def test_a_killed_run_keeps_its_share_and_a_resumed_one_is_counted_once(project: Path, server: Any) -> None:
    told = (*FLAT, *share(project, "tokens = 400_000"))
    process = solve(server, "one", told)
    while not (project / "team.toml.used").exists() or len(server.asked) < 6:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run = run_in("one")
    assert table(project)["one"].tokens >= run.state().ledger.committed.tokens > 0
    for _ in range(2):
        assert command(server, "resume", str(run.path)).wait() == 0
        committed = run.state().ledger.committed
        assert table(project) == {"one": Share(committed.dollars, committed.tokens, 4, 0.0)}


def test_attempts_are_shared_too(project: Path) -> None:
    share(project, "attempts = 5")
    first = agentkit.solve("toy/number", shared_budget="team.toml", runs_folder=project / "one")
    assert len(first.summary.attempts) == 4
    second = agentkit.solve("toy/number", shared_budget="team.toml", runs_folder=project / "two")
    assert len(second.summary.attempts) == 1
    assert "The cap of 5 attempts in" in second.summary.reason
    assert second.best is not None, "what it has is still measured"
    assert {name: each.attempts for name, each in table(project).items()} == {"one": 4, "two": 1}


def test_the_file_is_found_from_wherever_a_run_is_resumed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "agentkit.toml").write_text('[solve]\nshared_budget = "team.toml"\n')
    share(project, "attempts = 1")
    run = agentkit.solve("toy/number")
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")
    assert plan_again(open_run(run.path), {}).settings.shared_budget == project / "team.toml"


def test_a_shared_cap_in_dollars_needs_a_price(project: Path) -> None:
    share(project, "dollars = 4")
    told = {
        "model": "openai/nobody-knows-it",
        "base_url": "http://127.0.0.1:9/v1",
        "shared_budget": "team.toml",
    }
    with pytest.raises(UsageError, match="nobody-knows-it is not known") as caught:
        make_plan("toy/number", told)
    assert f"Found: dollars = 4.0 in {project / 'team.toml'}" in str(caught.value)
    plan = make_plan("toy/number", {**told, "price_in": 3.0, "price_out": 15.0})
    assert plan.models["coder"].patience.cut_tries == 1, "every try that may be billed is reserved"  # type: ignore[attr-defined]


def test_a_file_that_is_missing_or_wrong_is_said_before_anything_is_spent(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", "toy/number", "--shared-budget", "nowhere.toml"]) == 2
    assert "nowhere.toml cannot be read: No such file or directory" in capsys.readouterr().err
    share(project, "dolars = 4")
    with pytest.raises(BadFile, match="dolars"):
        make_plan("toy/number", {"shared_budget": "team.toml"})
    assert not (project / "runs").exists()
