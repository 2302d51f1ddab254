"""Ends: whose doing it was that a run ended, by what it said or raised.

A run whose model cannot answer still measures what it has and ends in good order. In a sweep that is no
result: it would be compared with runs that had their whole budget.
"""

from __future__ import annotations

import sqlite3
from typing import get_args

from agentkit.errors import (
    AgentkitError,
    BudgetSpent,
    MissingRequirement,
    ModelProblem,
    RunProblem,
    Terminated,
)
from agentkit.models.failures import Failure, FailureKind
from agentkit.runs.folder import RunFolder
from agentkit.runs.sweeps.tries import Ending

OWN_DOING: tuple[FailureKind, ...] = ("context", "refused")
"""A model's answers that belong to the run: what it was asked is what it may not or cannot read."""
SHARED = ", which several runs share, leaves no room"
"""In what `SharedBudget.spent` says."""
MACHINE = (OSError, MemoryError, sqlite3.Error)


def words_of(kind: FailureKind) -> str:
    """How the message of such a failure ends."""
    return Failure(kind, "").problem("").message.rstrip(".")


AWAY = tuple(words_of(each) for each in get_args(FailureKind) if Failure(each, "").transient)
"""Time may mend it: no connection, a server's fault, a limit of rate."""
WRONG = tuple(
    words_of(each)
    for each in get_args(FailureKind)
    if not Failure(each, "").transient and each not in OWN_DOING
)
"""A person has to mend it: no key, no credit, no such model."""


def end_of_reason(reason: str) -> Ending:
    """Of a run that ended in good order."""
    said = reason.rstrip(".")
    if said.endswith(AWAY):
        return "infrastructure"
    if said.endswith(WRONG):
        return "fault"
    return "budget" if SHARED in said else "finished"


def end_of_error(error: BaseException, *, begun: bool) -> Ending:
    """`begun`: it has a run folder. Before, what a user or a kit did wrong is refused; then, a fault."""
    if isinstance(error, (Terminated, KeyboardInterrupt)):
        return "stopped"
    if isinstance(error, ModelProblem):
        ending = end_of_reason(error.message)
        return "fault" if ending == "finished" else ending
    if isinstance(error, BudgetSpent):
        return "budget" if SHARED in error.message else "fault"
    if isinstance(error, (RunProblem, *MACHINE)) or (begun and isinstance(error, MissingRequirement)):
        return "infrastructure"
    return "refused" if isinstance(error, AgentkitError) and not begun else "fault"


def end_of_run(run: RunFolder) -> tuple[Ending, str] | None:
    """As its journal says; None: it has not come to an end in good order. Raises RunProblem."""
    ended = run.state().ended
    if ended is None or ended["state"] != "ended":
        return None
    return end_of_reason(str(ended["reason"])), str(ended["reason"])
