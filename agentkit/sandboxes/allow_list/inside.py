"""How a sandbox arranges its inside: where the socket and the forwarder are, and what programs are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.sandboxes.allow_list import forwarder

FOLDER = Path("/run/agentkit")
SOCKET = FOLDER / "proxy.sock"
SCRIPT = FOLDER / "forwarder.py"
PORT = 3128


def forwarder_source() -> bytes:
    return Path(str(forwarder.__file__)).read_bytes()


def forwarded(argv: Sequence[str], sockets: Mapping[int, Path], python: str) -> tuple[str, ...]:
    """`argv` behind the forwarder. `sockets`: by the port of the loopback that leads to each."""
    pairs = (f"{port}={path}" for port, path in sockets.items())
    return (python, "-I", "-S", str(SCRIPT), *pairs, "--", *argv)


def proxy_variables() -> dict[str, str]:
    """In both spellings: some programs read only one of them."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    address = f"http://127.0.0.1:{PORT}"
    return {spelled: address for name in names for spelled in (name, name.lower())}
