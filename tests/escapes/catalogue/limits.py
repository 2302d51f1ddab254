"""Ways past the limits. Each bomb is bounded: it would hurt nobody if nothing held it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from agentkit.contracts.sandbox import CommandResult, Limits
from tests.escapes import needs
from tests.escapes.attack import Attack, Proof
from tests.escapes.backends import as_plain, in_local, without_limits
from tests.escapes.scene import Scene, status_of

MB = 1024 * 1024
MOST_PROCESSES = 32
MOST_MEMORY = 128 * MB
MOST_DISK = 40 * MB
MOST_FILE = 8 * MB
SLACK = 2.0
"""A limit that is watched, not reserved, is passed for a moment."""
SHORT_SECONDS = 1.0
LATE_SECONDS = 6.0
"""Between the limit and the end on a busy machine. What outlives it runs for longer."""


def threads_of(scene: Scene) -> int:
    return sum(int(status_of(pid, "Threads") or 0) for pid in scene.attackers())


def tasks(scene: Scene) -> Proof:
    scene.limits = Limits(seconds=30.0, processes=MOST_PROCESSES)
    counted: list[int] = []
    scene.on_ready = lambda: counted.append(threads_of(scene))

    def proof(result: CommandResult) -> str:
        most = max(counted, default=0)
        return f"{most} tasks ran at once" if most > SLACK * MOST_PROCESSES else ""

    return proof


def memory_of(scene: Scene) -> int:
    """Bytes: resident in each attacker, and in files of memory that one of them holds."""
    total = 0
    for pid in scene.attackers():
        total += int((status_of(pid, "VmRSS") or "0 kB").split()[0]) * 1024
        for entry in os.scandir(f"/proc/{pid}/fd"):
            if "/memfd:hoard" in os.readlink(entry.path):  # noqa: PTH115 - not a path of ours
                total += Path(entry.path).stat().st_blocks * 512
    return total


def memory(scene: Scene) -> Proof:
    scene.limits = Limits(seconds=30.0, memory_bytes=MOST_MEMORY)
    weighed: list[int] = []
    scene.on_ready = lambda: weighed.append(memory_of(scene))

    def proof(result: CommandResult) -> str:
        most = max(weighed, default=0)
        return f"{most // MB} MB were held at once" if most > SLACK * MOST_MEMORY else ""

    return proof


def bytes_below(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.glob("fill*"))


def disk(inside: str) -> Callable[[Scene], Proof]:
    """How full it is, seen through the attack's own root."""

    def prepare(scene: Scene) -> Proof:
        scene.limits = Limits(seconds=30.0, disk_bytes=MOST_DISK)
        weighed: list[int] = []

        def look() -> None:
            for pid in scene.attackers()[:1]:
                root = Path(f"/proc/{pid}/root")
                weighed.append(bytes_below(root / inside if inside else scene.work))

        def clear() -> None:
            for path in Path("/", inside).glob("fill?") if inside else ():
                path.unlink()

        scene.on_ready = look
        scene.undo.callback(clear)

        def proof(result: CommandResult) -> str:
            most = max([*weighed, bytes_below(scene.work)])
            return f"{most // MB} MB were written" if most > SLACK * MOST_DISK else ""

        return proof

    return prepare


def file_size(scene: Scene) -> Proof:
    scene.limits = Limits(seconds=30.0, file_bytes=MOST_FILE)
    file = scene.work / "large"

    def proof(result: CommandResult) -> str:
        size = file.stat().st_size if file.exists() else 0
        return f"a file of {size // MB} MB was written" if size > MOST_FILE else ""

    return proof


def in_time(scene: Scene) -> Proof:
    """Over in time, and nothing of it runs."""
    scene.limits = Limits(seconds=SHORT_SECONDS)
    return ended(scene)


def in_silence(scene: Scene) -> Proof:
    scene.limits = Limits(seconds=30.0, silent_seconds=SHORT_SECONDS)
    return ended(scene)


def ended(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        late = f"it ran for {result.seconds:.1f} s" if result.seconds > SHORT_SECONDS + LATE_SECONDS else ""
        left = scene.left()
        if scene.beats():
            return "something of it still writes"
        return f"{len(left)} processes still run" if left else late

    return proof


def core(scene: Scene) -> Proof:
    def proof(result: CommandResult) -> str:
        found = [path.name for path in scene.work.glob("core*")]
        return f"{found[0]} lies in the workspace" if found else ""

    return proof


def priority(scene: Scene) -> Proof:
    def look() -> None:
        for pid in scene.attackers():
            if os.getpriority(os.PRIO_PROCESS, pid) < 0 or os.sched_getscheduler(pid) != os.SCHED_OTHER:
                scene.saw("a process of it runs before all others")

    scene.on_ready = look
    return lambda result: " ".join(scene.seen)


ATTACKS = (
    Attack("fork_bomb", "150 processes, where 32 are allowed", "processes", tasks, without_limits, "stopped"),
    Attack("thread_bomb", "150 threads, where 32 are allowed", "processes", tasks, without_limits, "stopped"),
    Attack("fork_chain", "Always being another process", "wall_clock", in_time, as_plain, "stopped"),
    Attack("memory_bomb", "400 MB, where 128 are allowed", "memory", memory, without_limits, "stopped"),
    Attack("memory_bomb_shared", "400 MB in shared mappings", "memory", memory, without_limits, "stopped"),
    Attack("memory_bomb_many", "400 MB in five processes", "memory", memory, without_limits, "stopped"),
    Attack("memory_bomb_unmapped", "400 MB in a file of memory that nobody maps", "memory", memory,
           without_limits, "open without control groups", local_need=(needs.no_control_groups,)),
    Attack("fill_workspace", "200 MB in the workspace, where 40 are allowed", "disk", disk(""),
           without_limits, "stopped"),
    Attack("fill_tmp", "200 MB in /tmp", "disk", disk("tmp"), without_limits, "open"),
    Attack("fill_dev_shm", "200 MB in /dev/shm", "disk", disk("dev/shm"), without_limits, "open"),
    Attack("large_file", "A file of 64 MB, where 8 are allowed", "file_size", file_size, without_limits,
           "stopped"),
    Attack("raise_limits", "Lifting its own limits", "file_size", file_size, in_local, "open to root",
           proof_need=(needs.capability(24, "CAP_SYS_RESOURCE"),)),
    Attack("ignore_termination", "Ignoring every signal when its time is up", "wall_clock", in_time, as_plain,
           "stopped"),
    Attack("stop_itself", "Standing still by SIGSTOP when its time is up", "wall_clock", in_time, as_plain,
           "stopped"),
    Attack("close_descriptors", "Closing its output and running on", "wall_clock", in_time, as_plain,
           "stopped"),
    Attack("stay_silent", "Silence for longer than is allowed", "silence", in_silence, without_limits,
           "stopped"),
    Attack("core_dump", "Its memory left as a core dump", None, core, as_plain, "open to root",
           proof_need=(needs.plain_core_pattern,),
           local_need=(needs.capability(24, "CAP_SYS_RESOURCE"),)),
    Attack("raise_priority", "Running before everybody else", "privileges", priority, in_local,
           "open to root", proof_need=(needs.root,)),
)  # fmt: skip
