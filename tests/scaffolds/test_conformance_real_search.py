"""Every scaffold in a real search: both graphs, own operators and prompts, a model that writes numbers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.budget import Budget
from agentkit.graph.drive import drive

CATALOG = open_catalog()
NAMES = sorted({entry.name for entry in CATALOG.entries("scaffold")} - {"nop", "oracle", "external"})
NUMBERS = ("10", "crash", "30", "20", "crash", "40", "50", "35")


class NoClosing:
    async def finalise(self, reason: str) -> None: ...

    async def judge(self) -> None: ...


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_its_operators_and_prompts(name: str, bench: Any, number_model: Any) -> None:
    scaffold = CATALOG.load("scaffold", name).build({})
    run = bench.open(scaffold.policy, number_model(NUMBERS), budget=Budget(attempts=8), width=2)
    run = replace(run, scaffold=scaffold)
    try:
        asyncio.run(drive(run, NoClosing(), run.folder / "checkpoints.sqlite"))
        attempts = run.journal.state.tree.attempts
    finally:
        run.journal.close()
    assert len(attempts) == min(8, scaffold.attempts or 8)
    assert any(each.valid for each in attempts.values())
    assert {each.operator for each in attempts.values()} <= set(scaffold.operators)
