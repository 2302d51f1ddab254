from __future__ import annotations

import asyncio

import pytest

from agentkit.judge.panel.turns import FirstAlone


def test_the_first_of_a_key_is_through_before_the_others_begin() -> None:
    said: list[str] = []

    async def call(turns: FirstAlone, key: str, name: str) -> None:
        async with turns.turn(key):
            said.append(f"{name} begins")
            await asyncio.sleep(0.001)
            said.append(f"{name} ends")

    async def all_at_once() -> None:
        turns = FirstAlone()
        await asyncio.gather(*(call(turns, "files", name) for name in "abc"), call(turns, "others", "x"))

    asyncio.run(all_at_once())
    own = [each for each in said if not each.startswith("x")]
    assert own[:2] == ["a begins", "a ends"]
    assert own[2:4] == ["b begins", "c begins"]
    assert said.index("x begins") < said.index("a ends")


def test_one_that_fails_lets_the_others_go_on() -> None:
    async def run() -> str:
        turns = FirstAlone()
        with pytest.raises(ValueError):
            async with turns.turn("files"):
                raise ValueError
        async with turns.turn("files"):
            return "went on"

    assert asyncio.run(run()) == "went on"
