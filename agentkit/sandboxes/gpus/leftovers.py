"""Leftovers: what a dead holder's job still has running is ended before anyone else uses its devices."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import time
from pathlib import Path

from agentkit.errors import RunProblem
from agentkit.sandboxes.gpus.holder import Holder, this_place
from agentkit.sandboxes.gpus.tickets import Seen, lock_file
from agentkit.sandboxes.process_tree import Identity, ProcessTree, look, send

PATIENCE = 30.0
"""Seconds until a process that does not die is said to be unkillable: a driver may hold it for a while."""
DOCKER_SECONDS = 60.0


async def clean_up_after(folder: Path, dead: Seen) -> None:
    """End what is left of it, then remove its record. Raises RunProblem for what cannot be ended.

    Only one does it at a time; another waits here until it is done.
    """
    record, lock = folder / f"{dead.name}.json", folder / f"{dead.name}.lock"
    while record.exists():
        held = lock_file(lock, fcntl.LOCK_EX)
        if held is None:
            await asyncio.sleep(0.05)
            continue
        try:
            if record.exists():
                await end_processes(dead.ticket.holder)
                if dead.ticket.holder.container:
                    await remove_container(dead.ticket.holder.container)
                record.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
        finally:
            os.close(held)


async def end_processes(holder: Holder) -> None:
    """Kill until nothing of the job is left. Numbers of another boot or pid namespace name nobody here."""
    if holder.place != this_place():
        return
    tree = tree_of(holder)
    deadline = time.monotonic() + PATIENCE
    while left := remaining(tree):
        if time.monotonic() > deadline:
            numbers = " ".join(str(each.pid) for each in left)
            raise RunProblem(
                f"The processes {numbers} of a job whose supervisor died do not end, and hold a GPU.",
                f"The job: {holder.run} {holder.label}".rstrip(),
                f"Next: kill -9 {numbers}, as a user who may; then run this again.",
            )
        send(left, signal.SIGKILL)
        await asyncio.sleep(0.01)


def tree_of(holder: Holder) -> ProcessTree:
    """By its first process if that is still the one it was, and by the marker."""
    root = holder.root
    sight = look(root.pid) if root else None
    known = root is not None and sight is not None and sight.identity == root
    # There is no process 0, so nothing descends from it.
    return ProcessTree(root.pid if root and known else 0, holder.marker)


def remaining(tree: ProcessTree) -> list[Identity]:
    if not tree.root and not tree.marker:
        return []
    spared = ancestors(os.getpid())
    return [each for each in tree.members() if each.pid not in spared]


def ancestors(pid: int) -> set[int]:
    """Itself, its parent, and so on: what must never be taken for a leftover."""
    found: set[int] = set()
    while pid and pid not in found and (sight := look(pid)):
        found.add(pid)
        pid = sight.parent
    return found


async def remove_container(container: str) -> None:
    """`docker rm --force`; one that is gone already is fine."""
    try:
        process = await asyncio.create_subprocess_exec(
            *("docker", "rm", "--force", "--volumes", container),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise still_there(container, "there is no program docker") from None
    try:
        async with asyncio.timeout(DOCKER_SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise still_there(container, f"docker did not answer within {DOCKER_SECONDS:g} s") from None
    text = said.decode(errors="replace").strip()
    if process.returncode and "no such container" not in text.lower():
        raise still_there(container, text)


def still_there(container: str, why: str) -> RunProblem:
    return RunProblem(
        f"The container {container} of a job whose supervisor died cannot be removed, and may hold a GPU.",
        f"Found: {why}",
        f"Next: docker rm --force {container}",
    )
