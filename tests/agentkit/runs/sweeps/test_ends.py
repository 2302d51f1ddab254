from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from agentkit.contracts.budget import SharedCaps
from agentkit.errors import (
    BadFile,
    BrokenPlugin,
    BudgetSpent,
    CutOff,
    MissingRequirement,
    RunFailed,
    RunProblem,
    Terminated,
    TranscriptEnded,
    UnknownName,
)
from agentkit.journal.fold import RunState
from agentkit.journal.log import Journal
from agentkit.journal.shared_budget import SharedBudget
from agentkit.models.failures import Failure, FailureKind
from agentkit.runs.folder import RunFolder
from agentkit.runs.sweeps.ends import end_of_error, end_of_reason, end_of_run
from agentkit.runs.sweeps.tries import Ending


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("unreachable", "infrastructure"),
        ("busy", "infrastructure"),
        ("server", "infrastructure"),
        ("cut", "infrastructure"),
        ("key", "fault"),
        ("credit", "fault"),
        ("model", "fault"),
        ("context", "finished"),
        ("refused", "finished"),
    ],
)
def test_a_model_that_failed_is_no_result_unless_the_run_brought_it_about(
    kind: FailureKind, ending: Ending
) -> None:
    message = Failure(kind, "said so").problem("some/model", tries=6, seconds=30).message
    assert end_of_reason(message.rstrip(".")) == end_of_reason(message) == ending


def test_an_end_of_its_own_is_finished() -> None:
    for reason in ("all 20 attempts are made", "the run's cap of 5 minutes is reached", ""):
        assert end_of_reason(reason) == "finished"


def test_the_sweeps_budget_is_told_from_the_runs_own(tmp_path: Path) -> None:
    shared = SharedBudget(tmp_path / "budget.toml", SharedCaps(dollars=1.0), tmp_path / "run", RunState())
    spent = shared.spent("dollars")
    assert end_of_reason(spent.message.rstrip(".")) == "budget"
    assert end_of_error(spent, begun=True) == "budget"
    assert end_of_error(BudgetSpent("The cap of 3 dollars leaves no room."), begun=True) == "fault"


@pytest.mark.parametrize(
    ("error", "before", "later"),
    [
        (Terminated("stopped"), "stopped", "stopped"),
        (KeyboardInterrupt(), "stopped", "stopped"),
        (RunProblem("no room"), "infrastructure", "infrastructure"),
        (OSError(errno.ENOSPC, "full"), "infrastructure", "infrastructure"),
        (sqlite3.OperationalError("disk I/O error"), "infrastructure", "infrastructure"),
        (MemoryError(), "infrastructure", "infrastructure"),
        (MissingRequirement("no GPU"), "refused", "infrastructure"),
        (UnknownName("task", "x", []), "refused", "fault"),
        (BadFile("task.toml", "x", "y", "z"), "refused", "fault"),
        (BrokenPlugin("a policy broke"), "refused", "fault"),
        (RunFailed("the start does not run"), "refused", "fault"),
        (CutOff("some/model: the connection broke off before the reply was whole."), *["infrastructure"] * 2),
        (TranscriptEnded("no reply"), "fault", "fault"),
        (ZeroDivisionError("a kit"), "fault", "fault"),
    ],
)
def test_errors_are_sorted_by_whose_doing_they_are(error: BaseException, before: str, later: str) -> None:
    assert end_of_error(error, begun=False) == before
    assert end_of_error(error, begun=True) == later


def test_a_journal_says_whether_its_run_came_to_an_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    run = RunFolder(tmp_path)
    assert end_of_run(run) is None
    journal.append("run_started")
    journal.append("run_ended", state="failed", reason="a fault")
    assert end_of_run(run) is None
    journal.append("run_resumed")
    journal.append("run_ended", state="ended", reason="all 3 attempts are made")
    assert end_of_run(run) == ("finished", "all 3 attempts are made")
    journal.close()
