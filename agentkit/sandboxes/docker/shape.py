"""Shape: all that a container is made of. Two commands of one shape can use one container in turn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from agentkit.contracts.sandbox import Command
from agentkit.errors import AgentkitError
from agentkit.sandboxes.docker.ownership import user_for
from agentkit.sandboxes.hard_links import other_names
from agentkit.sandboxes.host_python import python_folders
from agentkit.sandboxes.mount_plan import Bind, MountPlan, plan_mounts, uppermost

WORKSPACE = Path("/workspace")
HOMES = (Path("/root"), Path("/home"))
"""Closed to others in many images; where something of this machine is bound below, an empty one is shown."""
OWN_BYTES = 64 * 1024 * 1024
"""Memory for the supervisor, beside what a command may have."""
SCRATCH_BYTES = 1024**3
"""Size of /tmp where no limit says another."""
REMEMBERED = 256
OCTAL = re.compile(r"\\([0-7]{3})")
"""How blanks and their kin are written in /proc; everything else is there as it is."""


Identity = tuple[int, int, int]
"""Device, inode, and for a mask when it was last changed (ns)."""
Identities = tuple[Identity | None, ...]


class Plan(NamedTuple):
    """What is bound, and what is hidden behind nothing."""

    binds: tuple[Bind, ...]
    hidden_files: tuple[Path, ...]
    hidden_folders: tuple[Path, ...]


@dataclass(frozen=True)
class Shape:
    image: str
    user: int
    group: int
    binds: tuple[Bind, ...]
    hidden_files: tuple[Path, ...]
    hidden_folders: tuple[Path, ...]
    sources: tuple[Path, ...]
    """The command's folder and its mounts."""
    identities: Identities
    """Of the folder, mounts and masks: another folder of the same name is another shape."""
    memory_bytes: int | None
    cpu_cores: float | None
    processes: int | None
    scratch_bytes: int
    network: bool
    proxied: bool
    """Whether some hosts can be reached, by a socket in a folder of the container's own."""
    gpus: tuple[str, ...]

    @property
    def empty_folders(self) -> tuple[Path, ...]:
        """Where an own memory-backed folder has to be, for binds below it to be reached."""
        targets = [bind.target for bind in self.binds]
        homes = [home for home in HOMES if any(home in target.parents for target in targets)]
        return (*homes, *self.hidden_folders)


class Shapes:
    """Shapes of commands. With hundreds of masks a plan takes 20 ms, so it is remembered for as long as
    everything that it was made from is the same file or folder, or missing, as then."""

    def __init__(self, image: str) -> None:
        self.image = image
        self._plans: dict[object, tuple[Identities, Plan]] = {}

    def of(self, command: Command) -> Shape:
        environment, limits = command.environment, command.environment.limits
        plan, identities = self._plan(command)
        user, group = user_for(command.folder)
        return Shape(
            image=self.image,
            user=user,
            group=group,
            binds=plan.binds,
            hidden_files=plan.hidden_files,
            hidden_folders=plan.hidden_folders,
            sources=sources_of(command),
            identities=identities,
            memory_bytes=limits.memory_bytes,
            cpu_cores=limits.cpu_cores,
            processes=limits.processes,
            scratch_bytes=limits.disk_bytes or SCRATCH_BYTES,
            network=environment.network,
            proxied=bool(environment.hosts) and not environment.network,
            gpus=environment.gpus,
        )

    def _plan(self, command: Command) -> tuple[Plan, Identities]:
        environment = command.environment
        sources = sources_of(command)
        identities = (*map(identity_of_source, sources), *map(identity_of_mask, environment.masks))
        key = (command.folder, command.folder_writable, environment.mounts, environment.masks)
        known = self._plans.get(key)
        if known is None or known[0] != identities:
            if len(self._plans) >= REMEMBERED:
                self._plans.clear()
            known = self._plans[key] = (identities, make_plan(command))
        return known[1], identities


def make_plan(command: Command) -> Plan:
    binds = [Bind(folder.resolve(), folder) for folder in python_folders()]
    binds.append(Bind(command.folder.resolve(), WORKSPACE, writable=command.folder_writable))
    mounts = command.environment.mounts
    binds += [Bind(each.source.resolve(), each.target, each.writable) for each in mounts]
    binds = without_doubles(binds)
    masks = command.environment.masks
    plan = plan_mounts(binds, [*masks, *other_names(masks, binds)])
    files = tuple(sorted({*plan.hidden_files, *places_of(plan)}))
    return Plan(plan.binds, files, plan.hidden_folders)


def sources_of(command: Command) -> tuple[Path, ...]:
    return (command.folder, *(each.source for each in command.environment.mounts))


def refuse_missing(sources: Iterable[Path]) -> None:
    for path in sources:
        if not path.exists():
            raise AgentkitError(f"The sandbox could not be set up: there is no {path} to bind.")


def identity_of_source(path: Path) -> Identity | None:
    """Its number stays its own: a container keeps what it was made from open."""
    found = path.stat()
    return found.st_dev, found.st_ino, 0


def identity_of_mask(path: Path) -> Identity | None:
    """None: there is nothing. By its last change too: a new file may get the number of one that is gone,
    and a new name of an old one is to be hidden as well."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_ctime_ns


def without_doubles(binds: Iterable[Bind]) -> list[Bind]:
    """Of binds at one place the last: docker refuses two."""
    return list({bind.target: bind for bind in binds}.values())


def places_of(plan: MountPlan) -> Iterator[Path]:
    """Where the files are seen that bubblewrap would hide in a stage before its mounts."""
    for file in plan.staged_files:
        for bind in plan.binds:
            if file.is_relative_to(bind.source):
                place = bind.target / file.relative_to(bind.source)
                behind = any(place.is_relative_to(folder) for folder in plan.hidden_folders)
                if not behind and uppermost(place, plan.binds) == bind:
                    yield place


def mounts_below(folders: Sequence[Path], table: str) -> list[Path]:
    """Mount points of this machine inside of these folders; `table`: the text of /proc/self/mountinfo.

    A read-only bind leaves them writable (docker before version 25), so each is bound by itself.
    """
    named = (line.split(" ")[4] for line in table.split("\n") if line)
    points = {OCTAL.sub(lambda found: chr(int(found[1], 8)), name) for name in named}
    return sorted(point for point in map(Path, points) if any(folder in point.parents for folder in folders))
