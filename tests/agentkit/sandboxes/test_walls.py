"""Refusals of what a sandbox does not enforce."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agentkit.contracts.sandbox import Command, Environment
from agentkit.errors import MissingRequirement
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.walls import refuse_lacking

Make = Callable[..., Command]


def test_a_command_that_needs_more_is_refused_with_what_has_it(command: Make) -> None:
    needs = frozenset({"network", "hidden_files", "memory"})
    with pytest.raises(MissingRequirement) as caught:
        asyncio.run(LocalSandbox().run(command("touch", "here", needs=needs)))
    said = str(caught.value)
    assert "local does not have what this needs: hidden_files, network." in said
    assert "It has: host_variables, memory" in said
    assert "Can have it: docker, bubblewrap" in said
    assert "Next: --sandbox docker" in said
    assert not (command("true").folder / "here").exists()


def test_what_is_there_is_enough(bubblewrap: BubblewrapSandbox, command: Make) -> None:
    everything = frozenset(bubblewrap.walls)
    assert asyncio.run(bubblewrap.run(command("true", needs=everything))).status == "ok"


def test_what_no_machine_lets_it_have_here() -> None:
    environment = Environment(needs=frozenset({"cpu"}))
    refuse_lacking(environment.needs, "docker:12ab", {"cpu": "cgroup"})
    with pytest.raises(MissingRequirement, match="docker:12ab does not have") as caught:
        refuse_lacking(environment.needs, "docker:12ab", {"network": "network namespace"})
    assert "Can have it: bubblewrap, local" in str(caught.value)
