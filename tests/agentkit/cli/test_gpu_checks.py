from __future__ import annotations

import asyncio
from pathlib import Path

from agentkit.cli.checkup import Check
from agentkit.cli.gpu_checks import check_leases
from agentkit.sandboxes.gpus.broker import open_broker
from agentkit.sandboxes.gpus.devices import fake_devices
from agentkit.sandboxes.gpus.holder import this_process


def test_who_holds_what_and_who_waits(tmp_path: Path) -> None:
    broker = open_broker(tmp_path, fake_devices("fake:2"))

    async def look() -> list[Check]:
        async def wait() -> None:
            async with broker.lease(2, exclusive=True, holder=this_process("second", "a1")):
                pass

        async with broker.lease(1, exclusive=True, holder=this_process("first", "a3 training")):
            waiting = asyncio.create_task(wait())
            while len(broker.tickets()) < 2:
                await asyncio.sleep(0.01)
            found = list(check_leases(broker))
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        return found

    held, free, line = asyncio.run(look())
    assert "first a3 training, alone, process" in held.detail
    assert free.detail == "free" and "stand-in" in free.name
    assert line.detail.startswith("1 job of second")
    assert [each.detail for each in check_leases(broker)] == ["free", "free"]


def test_a_holder_that_died_is_said(tmp_path: Path) -> None:
    broker = open_broker(tmp_path, fake_devices("fake:1"))

    async def look() -> Check:
        async with broker.lease(1, exclusive=False, holder=this_process("run", "a1")):
            (lock,) = (tmp_path / "tickets").glob("*.lock")
            # Another file under the name, which nobody has locked: what a death looks like.
            lock.unlink()
            lock.touch()
            return next(check_leases(broker))

    assert asyncio.run(look()).detail.startswith("run a1 died with it")


def test_nothing_is_said_without_devices(tmp_path: Path) -> None:
    assert list(check_leases(open_broker(tmp_path, ()))) == []
