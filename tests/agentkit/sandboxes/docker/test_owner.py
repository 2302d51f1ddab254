from __future__ import annotations

import os
import subprocess

import pytest

from agentkit.sandboxes.docker.daemon import open_client
from agentkit.sandboxes.docker.owner import OWNER, is_gone, owner_label, reap
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.sandboxes.gpus.holder import this_place


def test_this_process_is_there_and_another_of_its_number_is_not() -> None:
    assert not is_gone(owner_label())
    place = this_place()
    boot = place.split()[0]
    assert is_gone(f"{os.getpid()} 1 {place}")  # the number was given to another process since
    assert is_gone(f"{os.getpid()} 1 elsewhere pid:[1]")  # another boot
    assert not is_gone(f"1 1 {boot} pid:[1]")  # another pid namespace: it cannot be known


@pytest.mark.real
def test_what_a_dead_owner_left_is_removed_and_nothing_else(docker_sandbox: DockerSandbox) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    client = open_client()
    image = docker_sandbox.image.id
    labels = {OWNER: f"{gone.pid} 1 {this_place()}"}
    dead = client.containers.create(image, ["x"], labels=labels)
    others = [
        client.containers.create(image, ["x"], labels={"somebody": "else"}),
        client.containers.create(image, ["x"], labels={OWNER: owner_label()}),
    ]
    try:
        assert dead.id in reap(client)
        there = {each["Id"] for each in client.api.containers(all=True)}
        assert {each.id for each in others} <= there
        assert dead.id not in there
    finally:
        for each in others:
            each.remove()
        client.close()
