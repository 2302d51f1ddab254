"""A fixed piece of work, always the same: what it costs in CPU seconds tells how fast the processor is now.

A neighbour on the other thread of a core, a lower clock and a busy cache all make the same work cost more
CPU seconds; waiting for a processor does not. Half hashing, which runs in vector units and caches; half
arithmetic in the interpreter, which is branches and memory.
"""

from __future__ import annotations

import hashlib
import os
import platform
import statistics
import time
from pathlib import Path

from pydantic import ValidationError

from agentkit.contracts.record import Record

ROUNDS = 9
"""Of 7 ms or so. Their median: single rounds differed by a third on an idle virtual machine."""
HASHED = bytes(range(256)) * 4096
FLOATS = 60_000
SLOWER = 1.35
"""How much dearer the work may be than usual.

Measured on a virtual machine with 2 cores. Within half a minute, six others running: 72 times the work took
0.85 to 1.10 of the usual. Between a quiet and a busy quarter of an hour of its host: 6.6 and 8.9 ms. A full
neighbour on the other thread of a core costs 1.5 and more.
"""


class Yardstick(Record):
    """What the work usually costs on this machine."""

    seconds: float


def reference_seconds(rounds: int = ROUNDS) -> float:
    """CPU seconds of the work now; takes about 80 ms."""
    return statistics.median(one_round() for _ in range(rounds))


def one_round() -> float:
    began = time.thread_time()
    for _ in range(4):
        hashlib.sha256(HASHED).digest()
    value = 0.0
    for number in range(FLOATS):
        value = value * 0.5 + number * 1.25
    return time.thread_time() - began


def read_yardstick(cache: Path) -> Yardstick:
    """The kept one; measured, over a second and a half, where there is none yet.

    One that was taken in a bad moment heals: where the work is now much cheaper, that becomes the usual.
    """
    path = cache / "conditions" / f"{platform.node()}-{platform.python_version()}.json"
    try:
        kept = Yardstick.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return keep(path, usual_seconds())
    now = reference_seconds()
    return keep(path, usual_seconds()) if now * SLOWER < kept.seconds else kept


def usual_seconds() -> float:
    seconds = []
    for _ in range(12):
        seconds.append(reference_seconds(3))
        time.sleep(0.1)
    return statistics.median(seconds)


def keep(path: Path, seconds: float) -> Yardstick:
    yardstick = Yardstick(seconds=seconds)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(yardstick.model_dump_json())
    draft.replace(path)
    return yardstick
