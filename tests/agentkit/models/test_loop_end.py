"""Something is done when a loop ends."""

from __future__ import annotations

import asyncio

from agentkit.models.loop_end import at_end_of_loop


def test_it_is_done_once_a_name_and_loop_just_before_the_end() -> None:
    done: list[str] = []

    async def use(name: str) -> None:
        async def close() -> None:
            await asyncio.sleep(0)  # the loop still runs
            done.append(name)

        await at_end_of_loop(name, close)

    async def work() -> None:
        await use("a")
        await use("b")
        await use("a")
        assert done == before

    before: list[str] = []
    asyncio.run(work())
    assert sorted(done) == ["a", "b"]
    before = list(done)
    asyncio.run(work())
    assert sorted(done) == ["a", "a", "b", "b"]
