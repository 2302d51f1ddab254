"""Ways onto the network. Each server stands on this host's own loopback or address."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from agentkit.contracts.sandbox import CommandResult
from tests.escapes import needs
from tests.escapes.attack import Attack, Proof
from tests.escapes.backends import in_local, with_network
from tests.escapes.scene import Scene

LOOPBACK = "127.0.0.1"
DOCKER = Path("/var/run/docker.sock")


class Log:
    """A server that answers once per client and keeps what it was told."""

    def __init__(self, scene: Scene, server: socket.socket, answer: bytes = b"") -> None:
        self.heard: list[bytes] = []
        self._server = server
        self._answer = answer or scene.token.encode()
        self._stream = server.type == socket.SOCK_STREAM
        if self._stream:
            server.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._over, over = socket.socketpair()
        self._end = over
        self._thread.start()
        scene.undo.callback(self.close)

    def _serve(self) -> None:
        while self._over not in select.select([self._server, self._over], [], [])[0]:
            with contextlib.suppress(OSError):
                if not self._stream:
                    data, sender = self._server.recvfrom(65536)
                    self.heard.append(data)
                    self._server.sendto(self._answer, sender)
                    continue
                client, _ = self._server.accept()
                with client:
                    client.settimeout(2)
                    self.heard.append(client.recv(65536))
                    client.sendall(self._answer)

    def proof(self, result: CommandResult) -> str:
        return f"the server heard {self.heard[0][:40]!r}" if self.heard else ""

    def close(self) -> None:
        self._end.send(b"x")
        self._thread.join(5)
        for each in (self._server, self._over, self._end):
            each.close()


def inet_server(host: str, kind: int = socket.SOCK_STREAM) -> Callable[[Scene], Proof]:
    """Stands at `host`; an empty name is the host's address towards other machines."""

    def prepare(scene: Scene) -> Proof:
        place = host or needs.address_of_host()
        server = socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET, kind)
        server.bind((place, 0))
        scene.variables |= {"HOST": place, "PORT": str(server.getsockname()[1])}
        return Log(scene, server).proof

    return prepare


def listening(scene: Scene) -> Proof:
    inet_server(LOOPBACK)(scene)
    named = f":{int(scene.variables['PORT']):04X} ".encode()
    return lambda result: "the port was read from a table of the host" if named in scene.raw else ""


def abstract(scene: Scene) -> Proof:
    server = socket.socket(socket.AF_UNIX)
    server.bind(b"\0" + scene.mark.encode())
    scene.variables["NAME"] = scene.mark
    return Log(scene, server).proof


def at_path(scene: Scene, path: Path, answer: bytes = b"") -> Log:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    path.chmod(0o777)
    scene.undo.callback(path.unlink, missing_ok=True)
    return Log(scene, server, answer)


def in_tmp(scene: Scene) -> Proof:
    scene.variables["NAME"] = str(scene.folder / "s")
    return at_path(scene, scene.folder / "s").proof


def in_run(scene: Scene) -> Proof:
    path = Path("/run", f"{scene.mark}.sock")
    scene.variables["NAME"] = str(path)
    return at_path(scene, path).proof


def docker_daemon(scene: Scene) -> Proof:
    """The host's own if one answers, and a stand-in where a rootless one might be."""
    stand_in = scene.folder / "docker.sock"
    body = json.dumps({"ID": scene.token}).encode()
    log = at_path(scene, stand_in, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)
    scene.variables["DOCKER_SOCKET"] = str(stand_in)

    def proof(result: CommandResult) -> str:
        asked = "the stand-in daemon was asked" if log.heard else ""
        return asked or ("a daemon answered" if b"ServerVersion" in scene.raw else "")

    return proof


def icmp(scene: Scene) -> Proof:
    listener = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    scene.undo.callback(listener.close)
    listener.setblocking(False)
    scene.variables["PAYLOAD"] = scene.mark

    def proof(result: CommandResult) -> str:
        with contextlib.suppress(BlockingIOError):
            while packet := listener.recv(65536):
                if scene.mark.encode() in packet:
                    return "the host received the packet"
        return ""

    return proof


def loopback_traffic(scene: Scene) -> Proof:
    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(5):
                sender.sendto(scene.token.encode(), (LOOPBACK, 9))

    scene.on_ready = send
    return lambda result: scene.token_got_in()


def interfaces(scene: Scene) -> Proof:
    addresses = [path.read_text().strip() for path in Path("/sys/class/net").glob("*/address")]
    real = [each for each in addresses if each and each != "00:00:00:00:00:00"]

    def proof(result: CommandResult) -> str:
        known = [each for each in real if each.encode() in scene.raw]
        return f"{len(known)} hardware addresses of the host were read" if known else ""

    return proof


def some_interface() -> str:
    addresses = [path.read_text().strip() for path in Path("/sys/class/net").glob("*/address")]
    return "" if any(each.strip("0:") for each in addresses) else "the host has only a loopback"


def nothing(scene: Scene) -> Proof:
    return lambda result: ""


def ping_allowed() -> str:
    low, high = map(int, Path("/proc/sys/net/ipv4/ping_group_range").read_text().split())
    groups = {os.getegid(), *os.getgroups()}
    return "" if any(low <= each <= high for each in groups) else "the host keeps ping sockets to itself"


ATTACKS = (
    Attack("tcp_loopback", "TCP to a server on the host's loopback", "network", inet_server(LOOPBACK),
           with_network),
    Attack("tcp_host_address", "TCP to the host's address towards other machines", "network", inet_server(""),
           with_network, needs=(needs.other_address,)),
    Attack("tcp_ipv6", "TCP by IPv6", "network", inet_server("::1"), with_network, needs=(needs.ipv6,)),
    Attack("tcp_mapped_ipv6", "TCP to an IPv4 server through an IPv6 socket", "network",
           inet_server(LOOPBACK), with_network, needs=(needs.ipv6,)),
    Attack("udp_loopback", "UDP to the host's loopback", "network",
           inet_server(LOOPBACK, socket.SOCK_DGRAM), with_network),
    Attack("dns_query", "Data in the name of a DNS question", "network",
           inet_server(LOOPBACK, socket.SOCK_DGRAM), with_network),
    Attack("raw_icmp", "Data in an ICMP packet, by a raw socket", "network", icmp, in_local,
           "open to root", needs=(needs.root,)),
    Attack("ping_socket", "Data in an ICMP packet, by a ping socket", "network", icmp, in_local,
           "open", needs=(needs.root, ping_allowed)),
    Attack("packet_sniffer", "Listening to the host's loopback by a packet socket", "network",
           loopback_traffic, in_local, "open to root", proof_need=(needs.root,)),
    Attack("abstract_socket", "An abstract Unix socket of the host", "network", abstract, with_network),
    Attack("unix_socket_tmp", "A Unix socket of the host by its path", "other_files", in_tmp, in_local),
    Attack("unix_socket_run", "A Unix socket of a service below /run", "other_files", in_run, in_local,
           needs=(needs.root,)),
    Attack("docker_socket", "The docker daemon's socket", "other_files", docker_daemon, in_local),
    Attack("netlink_interfaces", "The host's network devices, by netlink", "network", interfaces, in_local,
           needs=(some_interface,)),
    Attack("listening_ports", "The ports the host listens on, from /proc", "network", listening,
           with_network),
    Attack("vsock", "A socket to the hypervisor", "system_calls", nothing, in_local, by_word=True,
           needs=(needs.family(40, "vsock"),)),
)  # fmt: skip
