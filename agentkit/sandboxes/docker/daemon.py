"""The docker daemon of this machine: whether it answers, what it can hold a command to, and its images."""

from __future__ import annotations

import importlib
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from agentkit.contracts.sandbox import Wall
from agentkit.errors import AgentkitError, MissingRequirement

BASE_IMAGE = "agentkit-base"
IDENTITY = re.compile(r"(sha256:)?[0-9a-f]{12,64}")
SOCKET = "unix:///var/run/docker.sock"
SECONDS = 120.0
"""For one answer of the daemon."""


@dataclass(frozen=True)
class Image:
    """An image, by what it is and not by a name that may come to mean another."""

    name: str
    id: str
    """`sha256:…`"""
    variables: Mapping[str, str]


def load_sdk() -> Any:
    """The package docker. Not at import: it takes 0.1 s, and may not be installed."""
    try:
        return importlib.import_module("docker")
    except ImportError:
        raise MissingRequirement(
            "The Python package docker is not installed.", "Next: pip install 'agentkit-research[docker]'"
        ) from None


def address() -> str:
    return os.environ.get("DOCKER_HOST") or SOCKET


def open_client() -> Any:
    """A docker.DockerClient whose daemon has answered. MissingRequirement says what to type."""
    place = address().removeprefix("unix://")
    if place == address():
        raise MissingRequirement(
            f"DOCKER_HOST is {address()}; folders can only be shared with a daemon on this machine.",
            "Next: unset DOCKER_HOST, or --sandbox bubblewrap",
        )
    # Before the SDK is imported, and without the connection that it forgets to close when there is none.
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(place)
        except PermissionError:
            raise MissingRequirement(
                f"You may not use the docker daemon at {place}.",
                "Next: sudo usermod -aG docker $USER, then log in again",
            ) from None
        except OSError as error:
            raise MissingRequirement(
                f"No docker daemon answers at {place}: {error.strerror}",
                "Next: sudo systemctl start docker (to install it: apt-get install docker.io)",
                "Or: --sandbox bubblewrap",
            ) from None
    docker = load_sdk()
    try:
        return docker.DockerClient(base_url=address(), version="auto", timeout=SECONDS)
    except docker.errors.DockerException as error:
        raise MissingRequirement(
            f"The docker daemon at {place} cannot be used: {reason_of(error)}",
            "Next: --sandbox bubblewrap",
        ) from None


def reason_of(error: Exception) -> str:
    """The daemon's own words, without the address of the request."""
    return str(getattr(error, "explanation", None) or error)


@contextmanager
def in_words(doing: str) -> Iterator[None]:
    """An error of the daemon as one of ours."""
    docker = load_sdk()
    try:
        yield
    except (docker.errors.DockerException, OSError) as error:
        reason = reason_of(error)
        raise AgentkitError(f"docker could not {doing}: {reason}", *steps_for(reason)) from error


def steps_for(reason: str) -> tuple[str, ...]:
    """What to do about what the daemon says; nothing where we do not know."""
    # So it says of a request for a GPU; a runtime of another name would do, too, so it is not asked before.
    if "device driver" not in reason or "gpu" not in reason:
        return ()
    return (
        "This daemon hands out no GPU: it lacks the NVIDIA Container Toolkit, or was not told of it.",
        "Next: install it; sudo nvidia-ctk runtime configure --runtime=docker; sudo systemctl restart docker",
        "Or: --sandbox bubblewrap",
    )


def find_image(client: Any, name: str) -> Image:
    """MissingRequirement if it is not there: nothing is ever pulled unasked."""
    docker = load_sdk()
    try:
        found = client.images.get(name)
    except docker.errors.ImageNotFound:
        make = f"python -m agentkit.sandboxes.docker.base_image {name}"
        fixes = (f"Next: {make}",) if name == BASE_IMAGE else (f"Next: docker pull {name}", f"Or: {make}")
        if IDENTITY.fullmatch(name):  # as a run's sandbox is named; nothing can be pulled or made by it
            fixes = ("Next: docker load the image again, or begin a new run: figures of two images differ",)
        raise MissingRequirement(
            f"There is no docker image '{name}' on this machine, and agentkit pulls none by itself.", *fixes
        ) from None
    except (docker.errors.APIError, OSError) as error:
        raise MissingRequirement(f"docker cannot use the image '{name}': {reason_of(error)}") from None
    config = found.attrs.get("Config") or {}
    pairs = (each.split("=", 1) for each in config.get("Env") or () if "=" in each)
    return Image(name, str(found.id), {key: value for key, value in pairs})


def walls_of(information: Mapping[str, Any]) -> dict[Wall, str]:
    """What this daemon enforces, by what `docker info` says.

    MissingRequirement where it would run, but not as we say: users would mean other users inside.
    """
    options = [str(each) for each in information.get("SecurityOptions") or ()]
    for kind in ("rootless", "userns"):
        if any(option.startswith(f"name={kind}") for option in options):
            raise MissingRequirement(
                f"This docker daemon maps users (it is set to {kind}); its files would not be yours.",
                "Next: --sandbox bubblewrap",
            )
    version = information.get("CgroupVersion", "1")
    cgroup = f"cgroup v{version}"
    walls: dict[Wall, str] = {
        "hidden_files": "mount namespace",
        "other_files": "mount namespace",
        "system_read_only": "mount namespace",
        "private_tmp": "tmpfs, emptied",
        "host_processes": "pid namespace",
        "host_variables": "cleared",
        "network": "network namespace",
        "allowed_hosts": "network namespace, proxy",
        "disk": "tmpfs size, watchdog",
        "privileges": "no capabilities, no new privileges",
        "file_size": "rlimit",
        "wall_clock": "watchdog",
        "silence": "watchdog",
        "leftovers": "pid namespace",
    }
    if any(option.startswith("name=seccomp") and "unconfined" not in option for option in options):
        walls["system_calls"] = "seccomp"
    if information.get("MemoryLimit"):
        walls["memory"] = f"{cgroup}, rlimit"
    if information.get("CpuCfsQuota"):
        walls["cpu"] = cgroup
    if information.get("PidsLimit"):
        walls["processes"] = cgroup
    if "nvidia" in (information.get("Runtimes") or {}):
        walls["gpu"] = "device request"
    return walls


def describe(information: Mapping[str, Any], image: Image, walls: Mapping[Wall, str]) -> str:
    """One line for people: the daemon, the image, and the walls that it lacks."""
    version, cgroup = information.get("ServerVersion", "?"), information.get("CgroupVersion", "1")
    lacking = [wall for wall in ("memory", "cpu", "processes", "system_calls") if wall not in walls]
    without = f"; it does not enforce: {', '.join(lacking)}" if lacking else ""
    identity = image.id.removeprefix("sha256:")[:12]
    return f"works: docker {version} with cgroup v{cgroup}, image {image.name} ({identity}){without}"
