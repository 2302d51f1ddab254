"""Which sandbox to use here: by name, or the strongest one that really works."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from agentkit.contracts.sandbox import Command, Environment, Limits, Sandbox
from agentkit.errors import AgentkitError, MissingRequirement, UnknownName
from agentkit.sandboxes.bubblewrap import FIX, BubblewrapSandbox
from agentkit.sandboxes.docker.daemon import BASE_IMAGE
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.sandboxes.local import LocalSandbox

NAMES = ("auto", "docker", "bubblewrap", "local")
KIND = "docker:"
"""What the name of a docker sandbox begins with; its image follows."""
SWITCHES = {
    Path("/proc/sys/user/max_user_namespaces"): ("0", "sysctl -w user.max_user_namespaces=15000"),
    Path("/proc/sys/kernel/unprivileged_userns_clone"): ("0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"): (
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
}


class SandboxReport(NamedTuple):
    """Whether a sandbox can be used here. `fix`: what to type if not."""

    name: str
    usable: bool
    detail: str
    fix: str = ""


def choose_sandbox(name: str, *, trusted: bool, docker_image: str = BASE_IMAGE) -> Sandbox:
    """`auto`: docker if a command runs in its image, else bubblewrap if one runs there; else, for trusted
    code only, local. `docker:IMAGE`, which is also how results name it, says the image itself.

    MissingRequirement says what was tried, why it failed and what to type.
    """
    if name == "local":
        return LocalSandbox()
    if name == "bubblewrap":
        report = check_bubblewrap()
        if not report.usable:
            raise MissingRequirement(f"bubblewrap does not work here: {report.detail}", f"Next: {report.fix}")
        return BubblewrapSandbox()
    if name == "docker" or name.startswith(KIND):
        return DockerSandbox(name.removeprefix(KIND) if name.startswith(KIND) else docker_image)
    if name != "auto":
        raise UnknownName("sandbox", name, NAMES)
    docker = check_docker(docker_image)
    if docker.usable:
        return DockerSandbox(docker_image)
    report = check_bubblewrap()
    if report.usable:
        return BubblewrapSandbox()
    if trusted:
        return LocalSandbox()
    raise MissingRequirement(
        "No sandbox of this machine can hold code that a model wrote.",
        f"Tried: docker ({docker.detail}); bubblewrap ({report.detail})",
        "Not tried: local, which hides no files and has to be asked for",
        f"Next: {report.fix}",
        f"Or, for docker: {docker.fix}",
        "Or, if you trust the code and this machine with each other: --sandbox local",
    )


def describe_sandboxes(docker_image: str = BASE_IMAGE) -> list[SandboxReport]:
    """Every sandbox, the strongest first."""
    local = SandboxReport("local", True, "no walls: files, network and your processes are in reach")
    return [check_docker(docker_image), check_bubblewrap(), local]


def check_docker(image: str = BASE_IMAGE) -> SandboxReport:
    """By running this Python in it."""
    try:
        sandbox = DockerSandbox(image)
        said = probe(sandbox)
    except AgentkitError as error:
        fixes = [line.removeprefix("Next: ") for line in error.lines if line.startswith("Next: ")]
        said = " ".join([error.message, *(line for line in error.lines[:1] if not line.startswith("Next: "))])
        return SandboxReport("docker", False, said, fixes[0] if fixes else "--sandbox bubblewrap")
    if said:
        return SandboxReport("docker", False, said, "--sandbox bubblewrap")
    return SandboxReport("docker", True, sandbox.description)


def check_bubblewrap() -> SandboxReport:
    """By running this Python in it."""
    try:
        said = probe(BubblewrapSandbox())
    except AgentkitError as error:
        said = " ".join([error.message, *error.lines[:1]])
        if isinstance(error, MissingRequirement):
            return SandboxReport("bubblewrap", False, error.message, FIX.removeprefix("Next: "))
    if said == "":
        return SandboxReport("bubblewrap", True, "works: own namespaces, no network, masked files hidden")
    for switch, (closed, fix) in SWITCHES.items():
        if switch.exists() and switch.read_text().strip() == closed:
            detail = f"{said} (unprivileged user namespaces are disabled: {switch} is {closed})"
            return SandboxReport("bubblewrap", False, detail, f"sudo {fix}")
    fix = (
        "let agentkit make user namespaces (in docker: --security-opt seccomp=unconfined), or --sandbox local"
    )
    return SandboxReport("bubblewrap", False, said, fix)


def probe(sandbox: Sandbox) -> str:
    """Empty if a command runs in it, else what it said. The sandbox is closed."""

    async def run(folder: Path) -> str:
        environment = Environment(limits=Limits(seconds=20.0))
        argv = ("python", "-I", "-S", "-c", "print('inside')")
        try:
            result = await sandbox.run(Command(argv=argv, folder=folder, environment=environment))
        finally:
            await sandbox.close()
        return "" if result.output == "inside\n" else result.output.strip()[:500] or result.status

    # In a thread, because whoever asks may be inside an event loop already.
    with tempfile.TemporaryDirectory(prefix="agentkit-") as folder, ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run(Path(folder))).result()
