"""Holder: who waits for devices or holds them, so that what is left of it can be found when it is dead."""

from __future__ import annotations

import os
from pathlib import Path

from agentkit.contracts.record import Record
from agentkit.sandboxes.process_tree import Identity, look


class Holder(Record):
    """A process with a lease, and what it started. Write down what is known before the work starts."""

    run: str
    """Leases are shared out evenly between runs."""
    label: str = ""
    """For people: `a3 training`."""
    pid: int
    started: int
    """Clock ticks since boot."""
    place: str
    """Boot and pid namespace in which the numbers mean something."""
    marker: str = ""
    """An environment entry (`NAME=value`) that only the processes of this one job carry; they are found by
    it from their first moment on."""
    root: Identity | None = None
    """The first process of the job."""
    container: str = ""
    """The job's docker container."""


def this_process(run: str, label: str = "", marker: str = "") -> Holder:
    """The caller as a holder."""
    sight = look(os.getpid())
    started = sight.identity.started if sight else 0
    return Holder(run=run, label=label, pid=os.getpid(), started=started, place=this_place(), marker=marker)


def this_place() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
