from __future__ import annotations

import contextlib
import socketserver
import threading
from pathlib import Path

import pytest

from agentkit.errors import AgentkitError, MissingRequirement
from agentkit.sandboxes.docker.container import remove
from agentkit.sandboxes.docker.daemon import (
    Image,
    describe,
    find_image,
    in_words,
    open_client,
    steps_for,
    walls_of,
)
from agentkit.sandboxes.docker.sandbox import DockerSandbox

FULL = {
    "SecurityOptions": ["name=seccomp,profile=default"],
    "MemoryLimit": True,
    "CpuCfsQuota": True,
    "PidsLimit": True,
    "CgroupVersion": "2",
    "ServerVersion": "28.0",
}


def test_walls_are_what_the_daemon_has() -> None:
    walls = walls_of(FULL)
    assert walls["memory"] == "cgroup v2, rlimit"
    assert walls["system_calls"] == "seccomp"
    assert "gpu" not in walls
    assert "gpu" in walls_of({**FULL, "Runtimes": {"nvidia": {}}})


@pytest.mark.parametrize("name", ["MemoryLimit", "CpuCfsQuota", "PidsLimit"])
def test_a_limit_that_the_kernel_lacks_is_no_wall(name: str) -> None:
    assert len(walls_of({**FULL, name: False})) == len(walls_of(FULL)) - 1


def test_an_open_seccomp_profile_is_no_wall() -> None:
    assert "system_calls" not in walls_of({**FULL, "SecurityOptions": ["name=seccomp,profile=unconfined"]})


@pytest.mark.parametrize("option", ["name=rootless", "name=userns"])
def test_a_daemon_that_maps_users_is_refused(option: str) -> None:
    with pytest.raises(MissingRequirement, match="maps users"):
        walls_of({**FULL, "SecurityOptions": [option]})


def test_a_daemon_that_hands_out_no_gpu_says_what_it_lacks() -> None:
    said = 'could not select device driver "" with capabilities: [[gpu]]'
    with (
        pytest.raises(AgentkitError, match="could not start the container") as raised,
        in_words("start the container"),
    ):
        raise OSError(said)
    assert any("NVIDIA Container Toolkit" in line for line in raised.value.lines)
    assert raised.value.lines[-1] == "Or: --sandbox bubblewrap"
    assert steps_for("no such image") == ()


def test_what_it_lacks_is_said() -> None:
    without = {**FULL, "MemoryLimit": False}
    said = describe(without, Image("base", "sha256:0123456789abcdef", {}), walls_of(without))
    assert said == "works: docker 28.0 with cgroup v2, image base (0123456789ab); it does not enforce: memory"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"])
def test_a_daemon_that_fails_when_asked_is_no_sandbox(
    answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that knows its version only: another program's socket, or a daemon that is going down."""
    pytest.importorskip("docker")

    class Half(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                while self.rfile.readline().strip():
                    pass
                if b"/version" not in line:
                    self.wfile.write(answer)
                    return
                self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"ApiVersion":"1.41"}')

    place = str(tmp_path / "d.sock")
    with socketserver.ThreadingUnixStreamServer(place, Half) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{place}")
        try:
            with contextlib.closing(open_client()) as client:
                with pytest.raises(MissingRequirement, match="cannot use the image"):
                    find_image(client, "any")
                remove(client, "any")  # what is gone with its daemon is no error
        finally:
            server.shutdown()


@pytest.mark.real
def test_an_image_that_is_gone_is_not_to_be_pulled_by_its_id(docker_sandbox: DockerSandbox) -> None:
    with contextlib.closing(open_client()) as client:
        with pytest.raises(MissingRequirement) as found:
            find_image(client, "0123456789ab")
        assert "docker load" in str(found.value)
        assert "docker pull" not in str(found.value)
        with pytest.raises(MissingRequirement, match="docker pull no-such-image"):
            find_image(client, "no-such-image")
