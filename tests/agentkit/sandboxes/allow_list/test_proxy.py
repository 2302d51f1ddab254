"""The allow-list as a command meets it: a real server on the loopback, the network namespace closed."""

from __future__ import annotations

import asyncio
import gc
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, CommandResult
from agentkit.errors import UsageError
from agentkit.sandboxes.allow_list.proxy import AllowListProxy, read_request
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox

Inside = Callable[..., CommandResult]


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.path} {self.headers['Host']} {self.headers.get('Proxy-Connection')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(sum(self.rfile.read(size))).encode())

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def inside(bubblewrap: BubblewrapSandbox, command: Callable[..., Command]) -> Inside:
    def run_one(code: str, **words: object) -> CommandResult:
        return asyncio.run(bubblewrap.run(command("python", "-c", code, **words)))

    return run_one


GET = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:{}/a?b=1').read().decode())"
TUNNEL = (
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 3128); c.set_tunnel('127.0.0.1', {});"
    "c.request('POST', '/', bytes(range(256)) * 4000); print(c.getresponse().read().decode())"
)


def test_a_listed_host_is_reached_and_nothing_else(inside: Inside, port: int) -> None:
    hosts = (f"127.0.0.1:{port}",)
    assert inside(GET.format(port), hosts=hosts).output == f"/a?b=1 127.0.0.1:{port} None\n"
    assert inside(TUNNEL.format(port), hosts=hosts).output == f"{sum(range(256)) * 4000}\n"
    direct = "import socket; socket.create_connection(('127.0.0.1', {}), 3)"
    assert "Connection refused" in inside(direct.format(port), hosts=hosts).output
    assert "Connection refused" in inside(GET.format(port)).output, "without a list there is no proxy"


def test_what_is_not_listed_is_refused_and_said(inside: Inside, port: int) -> None:
    hosts = ("pypi.example:443", f"localhost:{port}")
    refused = inside(GET.format(port), hosts=hosts)
    assert "403" in refused.output
    assert f"[agentkit: refused: 127.0.0.1:{port} is not on the list" in refused.output
    tunnel = inside(TUNNEL.format(port), hosts=hosts)
    assert "403" in tunnel.output
    by_name = inside(GET.replace("127.0.0.1", "localhost").format(port), hosts=hosts)
    assert "is not public" in by_name.output


def test_it_ends_as_the_command_does_and_leaves_nothing(inside: Inside, port: int) -> None:
    hosts = (f"127.0.0.1:{port}",)
    assert inside("raise SystemExit(7)", hosts=hosts).exit_code == 7
    assert inside("import os; os.kill(os.getpid(), 11)", hosts=hosts).exit_code == -11
    held = "import socket, time; s = socket.create_connection(('127.0.0.1', 3128)); time.sleep(60)"
    assert inside(held, hosts=hosts, seconds=2.0).status == "timeout"


def test_a_host_that_cannot_be_read_is_a_mistake(inside: Inside) -> None:
    with pytest.raises(UsageError, match="no host that can be allowed"):
        inside("print()", hosts=("pypi.example",))


def test_a_request_is_passed_on_without_what_is_the_proxys() -> None:
    head = b"GET http://u:p@A.example/x HTTP/1.1\r\nHost: other\r\nProxy-Connection: x\r\nX-Y: 1\r\n\r\n"
    host, opening = read_request(head)
    assert str(host) == "a.example:80"
    assert opening == b"GET /x HTTP/1.1\r\nHost: a.example:80\r\nConnection: close\r\nX-Y: 1\r\n\r\n"
    assert read_request(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n")[1] is None
    for wrong in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET ftp://a/ HTTP/1.1\r\n\r\n"):
        with pytest.raises(UsageError):
            read_request(wrong)


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://[::1 HTTP/1.1\r\n\r\n",
        b"CONNECT host:" + b"9" * 5000 + b" HTTP/1.1\r\n\r\n",
        "GET http://\u00b5/ HTTP/1.1\r\n\r\n".encode("latin-1"),
    ],
)
def test_what_no_parser_takes_is_answered_too(head: bytes, tmp_path: Path) -> None:
    async def ask() -> bytes:
        faults: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
        proxy = AllowListProxy(["host.example:80"])
        await proxy.open(tmp_path / "p.sock")
        try:
            reader, writer = await asyncio.open_unix_connection(tmp_path / "p.sock")
            writer.write(head)
            said = await reader.read()
            writer.close()
        finally:
            proxy.close()
        gc.collect()
        assert not faults
        return said

    assert asyncio.run(ask()).startswith(b"HTTP/1.1 400 ")
