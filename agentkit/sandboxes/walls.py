"""Walls: which sandbox keeps a command from what, and the refusal where one lacks what is needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import get_args

from agentkit.contracts.sandbox import Wall
from agentkit.errors import MissingRequirement

MEANINGS: Mapping[Wall, str] = MappingProxyType(
    {
        "hidden_files": "what a task hides looks absent",
        "other_files": "only what was mounted is seen",
        "system_read_only": "the system and its packages cannot be written",
        "private_tmp": "an own /tmp, gone with the command",
        "host_processes": "no process of the host is seen or signalled",
        "host_variables": "no variable and no key of the host",
        "network": "no network unless asked for",
        "allowed_hosts": "of the network, only the hosts that a task lists",
        "privileges": "no capability, no new privilege, no further namespace",
        "system_calls": "a filter over system calls",
        "memory": "a limit for the whole tree",
        "cpu": "a limit for the whole tree",
        "processes": "a limit for the whole tree",
        "disk": "a limit for what is added to the workspace and to /tmp",
        "file_size": "a limit for one file",
        "wall_clock": "ended at a time limit",
        "silence": "ended after so long without output",
        "leftovers": "no process outlives its command",
        "gpu": "only the GPUs that were leased",
    }
)
EVERYWHERE: tuple[Wall, ...] = (
    *("host_variables", "memory", "processes", "disk", "file_size"),
    *("wall_clock", "silence", "leftovers", "cpu"),
)
HOLDERS: Mapping[Wall, tuple[str, ...]] = MappingProxyType(
    {wall: ("docker", "bubblewrap", *(["local"] if wall in EVERYWHERE else [])) for wall in get_args(Wall)}
)
"""Sandboxes that can have a wall, the strongest first. Whether one has it on this machine, only it knows."""


def refuse_lacking(needs: Collection[Wall], name: str, walls: Mapping[Wall, str]) -> None:
    """MissingRequirement if what needs these walls must not run in the sandbox `name`."""
    lacking = [wall for wall in get_args(Wall) if wall in needs and wall not in walls]
    if not lacking:
        return
    kind = name.partition(":")[0]
    others = [each for each in HOLDERS[lacking[0]] if each != kind]
    able = [each for each in others if all(each in HOLDERS[wall] for wall in lacking)]
    raise MissingRequirement(
        f"The sandbox {name} does not have what this needs: {', '.join(lacking)}.",
        *(f"{wall}: {MEANINGS[wall]}" for wall in lacking),
        f"It has: {', '.join(wall for wall in get_args(Wall) if wall in walls) or 'no wall'}",
        f"Can have it: {', '.join(able) or 'no other'}; agentkit doctor says what works here",
        f"Next: --sandbox {able[0]}" if able else "",
    )
