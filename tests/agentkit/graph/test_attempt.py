"""The wiring of an attempt, with stages that only note that they were begun."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.graph.attempt import build_attempt
from agentkit.search.stages import Route


class NotingStages:
    """Opens with the given stage and crashes in the given number of runs."""

    def __init__(self, opening: Route = "plan", crashes: int = 0, repairs: int = 0) -> None:
        self.opening = opening
        self.crashes = crashes
        self.repairs = repairs
        self.begun: list[str] = []

    def route(self, attempt: str) -> Route:
        return self.opening

    async def plan(self, attempt: str) -> None:
        self.begun.append(f"plan {attempt}")

    async def debug(self, attempt: str) -> None:
        self.begun.append(f"debug {attempt}")

    async def code(self, attempt: str, repair: int = 0) -> None:
        self.begun.append(f"code {attempt} {repair}")

    async def run(self, attempt: str, repair: int = 0) -> Outcome:
        self.begun.append(f"run {attempt} {repair}")
        return Outcome(status="crash" if repair < self.crashes else "valid")

    def may_repair(self, attempt: str, repair: int, outcome: Outcome) -> bool:
        return outcome.status == "crash" and repair < self.repairs

    async def review(self, attempt: str, repair: int = 0) -> None:
        self.begun.append(f"review {attempt} {repair}")


def begun(stages: NotingStages) -> list[str]:
    graph = build_attempt(cast(Any, stages)).compile()
    asyncio.run(graph.ainvoke({"attempt": "a1", "repair": 0, "again": False}))
    return stages.begun


@pytest.mark.parametrize(("opening", "first"), [("plan", ["plan a1"]), ("debug", ["debug a1"]), ("code", [])])
def test_one_opening_then_code_run_and_review(opening: Route, first: list[str]) -> None:
    assert begun(NotingStages(opening)) == [*first, "code a1 0", "run a1 0", "review a1 0"]


def test_a_crash_leads_back_to_the_code_with_its_number() -> None:
    assert begun(NotingStages("code", crashes=2, repairs=3)) == [
        "code a1 0",
        "run a1 0",
        "code a1 1",
        "run a1 1",
        "code a1 2",
        "run a1 2",
        "review a1 2",
    ]


def test_after_the_last_repair_the_crash_is_reviewed() -> None:
    assert begun(NotingStages("code", crashes=9, repairs=1))[-2:] == ["run a1 1", "review a1 1"]
    assert begun(NotingStages("code", crashes=9)) == ["code a1 0", "run a1 0", "review a1 0"]
