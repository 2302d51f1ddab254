"""Which hosts are on the list, and which addresses a listed name may stand for."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from agentkit.errors import AgentkitError, UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(AgentkitError):
    """A host is not to be reached, and why."""


@dataclass(frozen=True)
class Host:
    """A name or a literal address, and one port."""

    name: str
    port: int

    @classmethod
    def read(cls, text: str, default_port: int | None = None) -> Host:
        """From `name:port` or `[::1]:port`. UsageError for anything else."""
        name, _, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
        if not name and default_port is not None:
            name = text
            port = str(default_port)
        bracketed = name.startswith("[") and name.endswith("]")
        name = name[1:-1] if bracketed else name
        port = port or str(default_port or "")
        fits = port.isascii() and port.isdecimal() and 0 < int(port) < 65536
        if not fits or not name or any(each in name for each in "/@ []") or bracketed != is_ipv6(name):
            raise UsageError(
                f"'{text}' is no host that can be allowed.",
                "Expected: a name or an address, and a port, as in pypi.example:443 or [::1]:8000",
            )
        return cls(name.casefold().removesuffix("."), int(port))

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


def is_ipv6(name: str) -> bool:
    return isinstance(literal(name), ipaddress.IPv6Address)


def literal(name: str) -> Address | None:
    """Only the plain form: `127.1` and `0x7f.1` are names, and as such not on the list."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


class AllowList:
    """Asked for every connection; names are resolved here, so what is checked is what is connected to."""

    def __init__(self, hosts: Iterable[str]) -> None:
        """UsageError for one that cannot be read."""
        self.hosts = frozenset(Host.read(each) for each in hosts)

    async def addresses(self, host: Host) -> list[str]:
        """Where to connect. Refused if it is not listed, or is a name for this machine or its network."""
        if host not in self.hosts:
            listed = ", ".join(sorted(map(str, self.hosts)))
            raise Refused(f"{host} is not on the list of allowed hosts ({listed})")
        if literal(host.name):
            return [host.name]
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Refused(f"{host} could not be resolved: {error.strerror}") from error
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        for each in addresses:
            if not is_public(each):
                raise Refused(f"{host} stands for {each}, which is not public; list that address itself")
        return addresses


def is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_global and not address.is_multicast
