"""Process tree: who descends from a process, what they have used, and how to end them all.

Read from /proc. CPU time is kept for processes that vanish without being waited for: a parent
that ignores SIGCHLD throws the time of its children away, and `getrusage` never hears of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
TICK = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Identity(NamedTuple):
    """A process for good: a number alone is given to another process later."""

    pid: int
    started: int
    """Clock ticks since boot."""


@dataclass(frozen=True)
class Sight:
    """One process as /proc showed it."""

    identity: Identity
    parent: int
    session: int
    own: float
    """CPU seconds of its own threads."""
    reaped: float
    """CPU seconds of the descendants that were waited for."""
    zombie: bool

    @property
    def seconds(self) -> float:
        return self.own + self.reaped


def look(pid: int) -> Sight | None:
    """None: there is no such process (any more)."""
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    # The name in parentheses may itself hold blanks and parentheses.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return Sight(
        identity=Identity(pid, int(fields[19])),
        parent=int(fields[1]),
        session=int(fields[3]),
        own=(int(fields[11]) + int(fields[12])) * TICK,
        reaped=(int(fields[13]) + int(fields[14])) * TICK,
        # A process whose first thread has ended is shown as a zombie while its other threads run on.
        zombie=fields[0] in (b"Z", b"X") and int(fields[17]) <= 1,
    )


def children_of(pid: int) -> list[int]:
    """Direct children of all its threads. Cheap, but may miss one that comes or goes meanwhile."""
    found: list[int] = []
    for task in numbered(PROC / str(pid) / "task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            found += map(int, (PROC / str(pid) / "task" / task / "children").read_bytes().split())
    return found


def numbered(folder: Path) -> list[str]:
    """Names below a folder of /proc that are numbers; none if the process is gone."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.name.isdigit()]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def descend(root: int) -> dict[int, Sight]:
    """The root and its descendants, by walking down. Costs what the tree holds, not what the machine runs."""
    tree: dict[int, Sight] = {}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid not in tree and (sight := look(pid)):
            tree[pid] = sight
            waiting += children_of(pid)
    return tree


def everything() -> dict[int, Sight]:
    """Every process of this machine (of this pid namespace)."""
    return {sight.identity.pid: sight for name in numbered(PROC) if (sight := look(int(name)))}


def memory_of(pids: Iterable[int]) -> int:
    """Bytes: the private pages of all of them, and the largest share of pages that can be shared."""
    private, shared = 0, 0
    for pid in pids:
        try:
            pages = (PROC / str(pid) / "statm").read_bytes().split()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if len(pages) > 2:
            private += int(pages[1]) - int(pages[2])
            shared = max(shared, int(pages[2]))
    return (private + shared) * PAGE


def carries(pid: int, marker: bytes) -> bool:
    """Whether a process was started with `marker` in its environment."""
    try:
        return marker in (PROC / str(pid) / "environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


class ProcessTree:
    """One tree, looked at again and again while it lives.

    A look gives a lower bound of the CPU time used: what ran and vanished between two looks
    without being waited for is missed by at most the time between them.
    """

    def __init__(self, root: int, marker: str = "") -> None:
        self.root = root
        self.marker = marker.encode()
        """An environment entry that only this tree has. Without one, descent alone decides."""
        self.guards: tuple[int, ...] = ()
        """Processes of the sandbox itself; what they use is not the command's."""
        self.peak_memory = 0
        self.count = 0
        """Living processes at the last look."""
        self.memory = 0
        """Bytes at the last look: private pages of all, and the largest share of shared ones."""
        self._seen = descend(root)
        self._guard_seconds: dict[int, float] = {}
        self._lost = 0.0

    def sample(self) -> None:
        """Look once."""
        now = descend(self.root)
        if self.root not in now:
            return
        for pid, old in self._seen.items():
            # One that left the tree (its supervisor was killed) but lives.
            if pid not in now and (sight := look(pid)) and sight.identity == old.identity:
                now[pid] = sight
        look_again(self._seen, now)
        self._lost += lost_time(self._seen, now)
        self._seen = now
        self._guard_seconds |= {pid: now[pid].own for pid in self.guards if pid in now}
        alive = [pid for pid, each in now.items() if pid not in self.guards and not each.zombie]
        self.count = len(alive)
        self.memory = memory_of(alive)
        self.peak_memory = max(self.peak_memory, self.memory)

    def seen(self) -> list[Identity]:
        """At the last look, the guards too."""
        return [each.identity for each in self._seen.values()]

    @property
    def guard_seconds(self) -> float:
        return sum(self._guard_seconds.values())

    def final_seconds(self, root_seconds: float) -> float:
        """CPU seconds of the command; `root_seconds`: what the root used with all that it waited for."""
        root = self._seen.get(self.root)
        if root is None:
            return root_seconds
        others = sum(each.seconds for pid, each in self._seen.items() if pid != self.root)
        unheard = max(0.0, others - (root_seconds - root.seconds))
        return max(0.0, root_seconds + self._lost + unheard - self.guard_seconds)

    def members(self) -> list[Identity]:
        """Living processes of the tree, the guards too, by every trace there is.

        Descent and what was seen before; with a marker also the sessions and the environments of all
        processes of this machine, which costs a walk through /proc.
        """
        known = {each.identity for each in self._seen.values()}
        found = {pid: sight for pid in self._seen if (sight := look(pid)) and sight.identity in known}
        for pid in [*found, self.root]:
            if pid in found:
                found |= descend(pid)
        if self.marker:
            found |= self._traced(everything(), found)
        alive = {pid: each for pid, each in found.items() if not each.zombie and pid != os.getpid()}
        # Looked for again next time, even if by then its parent is gone.
        self._seen = {**alive, **self._seen}
        return [each.identity for each in alive.values()]

    def _traced(self, sights: Mapping[int, Sight], found: Mapping[int, Sight]) -> dict[int, Sight]:
        sessions = {each.session for each in found.values()} - {0, os.getsid(0)}
        inside = {
            pid for pid, each in sights.items() if each.session in sessions or carries(pid, self.marker)
        }
        offspring: dict[int, set[int]] = defaultdict(set)
        for pid, each in sights.items():
            offspring[each.parent].add(pid)
        waiting = list(inside)
        while waiting:
            fresh = offspring[waiting.pop()] - inside
            inside |= fresh
            waiting += fresh
        return {pid: sights[pid] for pid in inside}


def lost_time(before: Mapping[int, Sight], after: Mapping[int, Sight]) -> float:
    """CPU seconds of processes that vanished and were never added to an ancestor's account."""
    vanished: dict[int, float] = defaultdict(float)
    for pid, heir in heirs(before, after).items():
        vanished[heir] += before[pid].seconds
    return sum(
        max(0.0, seconds - (after[heir].reaped - before[heir].reaped if heir in before else 0.0))
        for heir, seconds in vanished.items()
    )


def heirs(before: Mapping[int, Sight], after: Mapping[int, Sight]) -> dict[int, int]:
    """For each process that vanished, the nearest ancestor that lives or was never in the tree."""
    living = {pid for pid, old in before.items() if pid in after and after[pid].identity == old.identity}
    found: dict[int, int] = {}
    for pid in before.keys() - living:
        heir = before[pid].parent
        while heir in before and heir not in living:
            heir = before[heir].parent
        found[pid] = heir
    return found


def look_again(before: Mapping[int, Sight], after: dict[int, Sight]) -> None:
    """Where something vanished, make the second look as if it had taken no time, in place.

    It goes from parent to child. A parent seen before it waited for a child that was gone when its turn
    came would have that child's time counted twice: as lost now and as waited for later. So parents are
    seen after those that vanished, and all that is left was there after its parent was seen.
    """
    vanished = heirs(before, after)
    while vanished:
        for heir in after.keys() & set(vanished.values()):
            after[heir] = look(heir) or after[heir]
        gone = {pid for pid, each in after.items() if not is_there(each.identity)}
        for pid in gone:
            del after[pid]
        vanished = heirs(before, after) if gone else {}


def is_there(identity: Identity) -> bool:
    sight = look(identity.pid)
    return sight is not None and sight.identity == identity


def send(identities: Iterable[Identity], number: signal.Signals) -> None:
    """Signal those that are still who they were."""
    for each in identities:
        if is_there(each):
            try:
                os.kill(each.pid, number)
            except (ProcessLookupError, PermissionError):
                continue
