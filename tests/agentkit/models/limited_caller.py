"""Calls a chat server from several tasks for some seconds; prints how many were answered.

`python limited_caller.py URL FOLDER TASKS SECONDS`: FOLDER is where the processes of the host meet.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import aiohttp

from agentkit.models.concurrency import endpoint_of
from agentkit.models.failures import Failure
from agentkit.models.patience import Patience, Transient, call_patiently

BODY = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
PATIENCE = Patience(first_wait=0.05, longest_wait=0.2)


async def main(url: str, folder: Path, tasks: int, seconds: float) -> None:
    endpoint = endpoint_of("openai", url, folder)
    ends = time.monotonic() + seconds
    answered = 0
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call() -> None:
            async with session.post(f"{url}/chat/completions", json=BODY) as response:
                if response.status == 429:
                    raise Transient(Failure("busy", "429"))
                await response.json()

        async def call_on() -> None:
            nonlocal answered
            while time.monotonic() < ends:
                await call_patiently(call, "m", PATIENCE, endpoint=endpoint)
                answered += 1

        await asyncio.gather(*(call_on() for _ in range(tasks)))
    print(answered)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
