"""Two hundred commands that do not want to end, in every sandbox of this machine: none is left."""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, Environment, Limits, Sandbox
from tests.agentkit.sandboxes.stubborn import KINDS, marked, stubborn_commands

LIMIT = 1.0
COUNT = 200
AT_ONCE = 12


async def outlast(sandbox: Sandbox, folder: Path, word: str) -> list[tuple[float, str]]:
    """Seconds from each command's limit to its end, and its kind."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, kind: str, argv: tuple[str, ...]) -> tuple[float, str]:
        place = folder / str(number)
        place.mkdir()
        environment = Environment(limits=Limits(seconds=LIMIT))
        async with turn:
            job = await sandbox.start(Command(argv=argv, folder=place, environment=environment))
            began = time.monotonic()
            result = await job.wait()
            took = time.monotonic() - began
        assert result.status == "timeout", (kind, result)
        assert not marked(f"{word}-{number}-"), kind
        return took - LIMIT, kind

    wanted = enumerate(stubborn_commands(COUNT, lambda number: f"{word}-{number}-"))
    return await asyncio.gather(*(one(number, kind, argv) for number, (kind, argv) in wanted))


@pytest.mark.slow
@pytest.mark.real
def test_all_are_gone_soon_after_their_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    word = f"stubborn-{uuid.uuid4().hex}"
    took = asyncio.run(outlast(sandbox, tmp_path, word))
    assert not marked(word)
    assert {kind for _, kind in took} == set(KINDS)
    median, (worst, kind) = statistics.median(seconds for seconds, _ in took), max(took)
    print(f"\n{sandbox.name}: {median:.2f} s after the limit (median), {worst:.2f} s at worst ({kind})")
    # The figure is 2 s; a machine that does other things at the same time gets some more.
    assert median < 2.0
    assert worst < 5.0
