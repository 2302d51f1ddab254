"""Owner: the process a container belongs to, by a label; a container whose owner is gone is removed."""

from __future__ import annotations

import os
from typing import Any

from agentkit.sandboxes.docker.daemon import in_words, load_sdk
from agentkit.sandboxes.gpus.holder import this_place
from agentkit.sandboxes.process_tree import look

OWNER = "agentkit.owner"
RUN = "agentkit.run"


def owner_label() -> str:
    """This process: its number, its start in clock ticks since boot, boot and pid namespace."""
    sight = look(os.getpid())
    return f"{os.getpid()} {sight.identity.started if sight else 0} {this_place()}"


def is_gone(label: str) -> bool:
    """False also where it cannot be known: the number belongs to another pid namespace of this boot."""
    pid, started, place = label.split(" ", 2)
    here = this_place()
    if place != here:
        return place.split()[0] != here.split()[0]
    sight = look(int(pid))
    return sight is None or sight.zombie or sight.identity.started != int(started)


def reap(client: Any) -> list[str]:
    """Remove every container that a dead process left; their ids."""
    docker = load_sdk()
    removed = []
    with in_words("list containers"):
        found = client.api.containers(all=True, filters={"label": OWNER})
    for each in found:
        if is_gone(each["Labels"][OWNER]):
            try:
                client.api.remove_container(each["Id"], force=True, v=True)
            except (docker.errors.APIError, OSError):
                continue  # removed by somebody else meanwhile
            removed.append(str(each["Id"]))
    return removed
