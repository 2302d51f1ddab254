"""Where an agent of somebody else finds things in its sandbox: the task, the model, its own files."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.agent import AgentCommand
from agentkit.contracts.sandbox import Command, Environment, Mount, Sandbox
from agentkit.errors import MissingRequirement, UsageError
from agentkit.models.gateway import MODEL
from agentkit.sandboxes.allow_list import forwarder
from agentkit.sandboxes.host_python import python_folders, search_path

INSIDE = Path("/run/agentkit")
SOCKET = INSIDE / "model.sock"
RELAY = INSIDE / "relay.py"
PROMPT_FILE = INSIDE / "instruction.md"
PORT = 4000
LONGEST_WORD = 120 * 1024
"""Linux takes 128 KiB for one word of a command."""
SYSTEM = tuple(map(Path, ("/usr", "/bin", "/sbin", "/lib", "/lib64")))
LINKS = 40


@dataclass(frozen=True)
class Address:
    """The port inside that leads to the gateway, and the token that it wants."""

    port: int
    token: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def address_in(sandbox: Sandbox, environment: Environment) -> Address:
    """Behind a network wall always the same, so that what an agent may tell of it is the same when the
    attempt begins again. Without one others can reach the port too: it is a free one, the token a secret."""
    if "network" in sandbox.walls and not environment.network:
        return Address(PORT, "placeholder")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Address(probe.getsockname()[1], secrets.token_urlsafe(24))


def agent_command(
    agent: AgentCommand,
    folder: Path,
    environment: Environment,
    address: Address,
    files: Mapping[Path, Path],
    log: Path,
) -> Command:
    """`files`: by its place inside, the host's socket and prompt file. The relay comes first: most agents
    speak HTTP over TCP only, and it leads a port of the sandbox's own loopback to the socket."""
    instruction = files[PROMPT_FILE].read_text(encoding="utf-8")
    program, places = find_program(agent.argv[0])
    words = filled(agent.argv[1:], address, instruction)
    mounts = [Mount(source=source, target=target) for target, source in files.items()]
    mounts.append(Mount(source=Path(str(forwarder.__file__)), target=RELAY))
    mounts += [Mount(source=each, target=each) for each in unseen([*places, *agent.folders])]
    limits = environment.limits.model_copy(
        update={"seconds": agent.seconds, "silent_seconds": agent.silent_seconds}
    )
    inside = environment.model_copy(
        update={
            "mounts": (*environment.mounts, *mounts),
            "variables": {**environment.variables, **variables(address), **agent.variables},
            "limits": limits,
        }
    )
    relay = (sys.executable, "-I", "-S", str(RELAY), f"{address.port}={SOCKET}", "--")
    return Command(argv=(*relay, program, *words), folder=folder, environment=inside, log=log)


def variables(address: Address) -> dict[str, str]:
    """Both spellings of each, as programs read one or the other. None is a key."""
    return {
        "OPENAI_BASE_URL": address.url,
        "OPENAI_API_BASE": address.url,
        "OPENAI_API_KEY": address.token,
        # A task's allowed hosts are reached by a proxy, which must not be asked for the loopback.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def filled(words: Sequence[str], address: Address, instruction: str) -> list[str]:
    """Other braces are left as they are."""
    if len(instruction.encode()) > LONGEST_WORD and any("{instruction}" in word for word in words):
        raise UsageError(
            f"The instruction is too long for a command line ({len(instruction.encode()):,} bytes).",
            "Next: have the agent read it from {prompt_file} instead of {instruction}",
        )
    places = {"{prompt_file}": str(PROMPT_FILE), "{model}": MODEL, "{base_url}": address.url}
    found = []
    for word in words:
        for place, text in places.items():
            word = word.replace(place, text)
        found.append(word.replace("{instruction}", instruction))
    return found


def find_program(name: str) -> tuple[str, list[Path]]:
    """The program as it is called inside, and what of the host it needs to be seen: its virtual environment
    with the Python of that, else its file alone, since beside it may lie anything.

    What the sandbox finds by itself is left to it, and so is what this machine does not have: inside may
    be another system.
    """
    found = shutil.which(name)
    if found is None or "/" not in name and shutil.which(name, path=search_path()):
        return name, []
    links = chain(Path(found).absolute())
    for link in reversed(links):
        if (link.parent.parent / "pyvenv.cfg").is_file():
            pythons = [each.parent for each in chain(link.with_name("python"))]
            return str(link), [each.parent for each in pythons if each.name == "bin" and each.parent.name]
    return str(links[-1]), [links[-1]]


def chain(path: Path) -> list[Path]:
    """A file and all that it is a link to, one after the other."""
    links = [path]
    while links[-1].is_symlink() and len(links) < LINKS:
        links.append(Path(os.path.normpath(links[-1].parent / links[-1].readlink())))
    return links


def unseen(places: Iterable[Path]) -> list[Path]:
    """Those that a sandbox does not show by itself, without those inside of others."""
    kept: list[Path] = []
    for each in sorted({place.absolute() for place in places}):
        shown = [*SYSTEM, *python_folders(), *kept]
        if not any(each.is_relative_to(place) for place in shown):
            if not each.exists():
                raise MissingRequirement(f"There is no {each}, which the agent is to see.")
            kept.append(each)
    return kept
