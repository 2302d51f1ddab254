"""Walls of the docker sandbox, each tried from inside of a real container."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, CommandResult, Mount
from agentkit.errors import AgentkitError, MissingRequirement
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.sandboxes.docker.shape import HOMES

pytestmark = pytest.mark.real

Make = Callable[..., Command]
Inside = Callable[..., CommandResult]
SITE = Path(os.__file__).parent


@pytest.fixture
def inside(docker_sandbox: DockerSandbox, command: Make) -> Inside:
    def run_one(*argv: str, **words: object) -> CommandResult:
        return asyncio.run(docker_sandbox.run(command(*argv, **words)))

    return run_one


def test_it_says_which_image_it_is(docker_sandbox: DockerSandbox) -> None:
    identity = docker_sandbox.image.id.removeprefix("sha256:")
    assert docker_sandbox.name == f"docker:{identity[:12]}"
    assert {"memory", "cpu", "processes", "hidden_files", "leftovers"} <= docker_sandbox.walls.keys()


def test_a_wall_that_is_not_there_is_a_refusal(docker_sandbox: DockerSandbox, command: Make) -> None:
    if "gpu" in docker_sandbox.walls:
        pytest.skip("this daemon hands out GPUs")
    with pytest.raises(MissingRequirement, match="gpu"):
        asyncio.run(docker_sandbox.run(command("true", needs=frozenset({"gpu"}))))


def test_torch_of_this_environment(inside: Inside) -> None:
    result = inside("python", "-c", "import sys, torch; print(sys.prefix, float(torch.ones(3).sum()))")
    assert (result.status, result.output) == ("ok", f"{sys.prefix} 3.0\n")


def test_no_power_and_no_way_to_more(inside: Inside) -> None:
    status = inside("cat", "/proc/self/status").output
    values = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    names = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    assert {values[name] for name in names} == {"0" * 16}
    assert values["NoNewPrivs"] == "1"
    assert values["Seccomp"] == "2"
    assert values["Uid"].split() == ["1000"] * 4
    assert values["Groups"].split() in ([], ["1000"])
    assert inside("unshare", "-U", "true").status == "failed"
    assert inside("sh", "-c", "mount -t tmpfs none /tmp").status == "failed"


def test_the_supervisor_is_out_of_reach(inside: Inside) -> None:
    for words in ("kill -9 1", "kill -STOP 1", "cat /proc/1/environ", "ls /proc/1/fd", "cat /proc/1/mem"):
        assert inside("sh", "-c", words).status == "failed", words
    assert inside("sh", "-c", "echo x > /proc/1/oom_score_adj").status == "failed"
    # The socket by which it is told what to do is nowhere, and neither is docker's own.
    assert inside("sh", "-c", "ls -A /.agentkit").output == ""
    assert inside("sh", "-c", "find / -type s 2>/dev/null | grep -v ^/proc").output == ""
    assert inside("true").status == "ok"


def test_only_its_own_processes(inside: Inside) -> None:
    assert int(inside("sh", "-c", "ls /proc | grep -c '^[0-9]'").output) <= 5
    assert inside("kill", "-0", str(os.getpid())).status == "failed"


def test_no_descriptor_comes_along(inside: Inside) -> None:
    assert inside("ls", "/proc/self/fd").output.split() == ["0", "1", "2", "3"]


def test_output_can_be_opened_by_name(inside: Inside) -> None:
    assert inside("sh", "-c", "echo one > /dev/stdout; echo two > /dev/stderr").output == "one\ntwo\n"


def test_no_variable_of_the_host(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    result = inside("sh", "-c", "cat /proc/*/environ | tr '\\0' '\\n'", variables={"TASK": "here"})
    assert "sk-secret" not in result.output
    names = {line.partition("=")[0] for line in result.output.splitlines() if "=" in line}
    assert names - {"PWD", "_", "SHLVL"} == {"PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE", "TASK"}


def test_no_file_of_the_host(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    assert inside("cat", str(tmp_path / "secret")).status == "failed"
    assert inside("cat", "/etc/shadow").status == "failed"
    # Of a folder that this Python is in, only the way to it.
    for home in (
        Path("/tmp"),
        *({Path(each).parents[-2] for each in (sys.prefix, sys.base_prefix)} & set(HOMES)),
    ):
        shown = {Path(each).parts[2] for each in (sys.prefix, sys.base_prefix) if home in Path(each).parents}
        assert set(inside("ls", "-A", str(home)).output.split()) == shown


def test_nothing_outside_of_the_workspace_can_be_written(inside: Inside) -> None:
    places = ("/x", "/usr/x", "/etc/x", "/run/x", "/var/tmp/x", f"{sys.prefix}/x", f"{sys.base_prefix}/x")
    for path in (
        *places,
        "/etc/passwd",
        "/home/x",
        "/dev/x",
        "/sys/fs/cgroup/x",
        "/proc/sys/kernel/hostname",
    ):
        assert inside("sh", "-c", f"echo x >> {path}").status == "failed", path
    for path in ("/tmp/x", "/dev/shm/x", "/workspace/x"):
        assert inside("sh", "-c", f"echo x > {path}").status == "ok", path


def test_a_folder_that_is_not_to_be_written(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/there").write_text("x")
    (tmp_path / "work").chmod(0o700)
    assert inside("cat", "there", folder_writable=False).output == "x"
    assert inside("touch", "here", folder_writable=False).status == "failed"
    assert not (tmp_path / "work/here").exists()


def test_no_network_and_nothing_of_the_hosts_loopback(inside: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 3); print('reached')"
        assert "Connection refused" in inside("python", "-c", code).output
        socket.create_connection(("127.0.0.1", port)).close()  # it does listen
    outward = inside("python", "-c", "import socket; socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 9))")
    assert "Network is unreachable" in outward.output
    assert inside("sh", "-c", "grep -c : /proc/net/dev").output == "1\n"


def test_a_network_when_asked_for(inside: Inside) -> None:
    assert int(inside("sh", "-c", "grep -c : /proc/net/dev", network=True).output) > 1


def test_a_listed_host_is_reached_through_the_proxy(inside: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            for _ in range(2):
                line, _ = server.accept()
                line.recv(4096)
                line.sendall(b"HTTP/1.0 200 OK\r\n\r\nfrom outside")
                line.close()

        threading.Thread(target=answer, daemon=True).start()
        code = (
            "import sys, urllib.request\n"
            # Not by the variables: a test's address may be on a list of those that need no proxy.
            "proxy = urllib.request.ProxyHandler({'http': 'http://127.0.0.1:3128'})\n"
            "print(urllib.request.build_opener(proxy).open(sys.argv[1], timeout=20).read().decode())\n"
        )
        listed = (f"127.0.0.1:{port}",)
        for _ in range(2):  # the second time in the kept container
            found = inside("python", "-c", code, f"http://127.0.0.1:{port}/", hosts=listed)
            assert found.output == "from outside\n"
        refused = inside("python", "-c", code, "http://127.0.0.1:1/", hosts=listed)
        assert "403" in refused.output
        assert "not on the list" in refused.output


def test_a_mount_is_seen_where_it_was_asked_for(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/train.txt").write_text("words")
    mounts = (Mount(source=tmp_path / "corpus", target=Path("/data/corpus")),)
    assert inside("cat", "/data/corpus/train.txt", mounts=mounts).output == "words"
    assert inside("touch", "/data/corpus/x", mounts=mounts).status == "failed"
    writable = (mounts[0].model_copy(update={"writable": True}),)
    assert inside("touch", "/data/corpus/x", mounts=writable).status == "ok"
    assert (tmp_path / "corpus/x").exists()


def test_a_mount_without_a_source_is_said_in_words(inside: Inside, tmp_path: Path) -> None:
    mounts = (Mount(source=tmp_path / "missing", target=Path("/data")),)
    with pytest.raises(AgentkitError, match="(?s)could not be set up.*missing"):
        inside("true", mounts=mounts)


def test_masks_are_empty_and_stay(inside: Inside, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (folder / "held").mkdir(parents=True)
    (folder / "held/truth").write_text("42")
    (folder / "answer.txt").write_text("42")
    masks = (folder / "answer.txt", folder / "held")
    assert inside("sh", "-c", "cat answer.txt; ls -A held", masks=masks).output == ""
    for words in ("echo 43 > answer.txt", "rm answer.txt", "mv held x", "touch held/x"):
        assert inside("sh", "-c", words, masks=masks).status == "failed", words
    assert (folder / "answer.txt").read_text() == "42"


def test_a_masked_package_cannot_be_imported(inside: Inside) -> None:
    import pydantic

    place = Path(pydantic.__file__).parent
    assert inside("python", "-c", "import pydantic; pydantic.BaseModel").status == "ok"
    assert inside("python", "-c", "import pydantic; pydantic.BaseModel", masks=(place,)).status == "failed"


def test_a_mount_from_a_masked_folder_was_asked_for(inside: Inside, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "train").mkdir(parents=True)
    (data / "train/x").write_text("x")
    (data / "held").write_text("held")
    mounts = (Mount(source=data, target=Path("/d")), Mount(source=data / "train", target=Path("/d/train")))
    assert inside("sh", "-c", "cat /d/train/x; ls /d", mounts=mounts, masks=(data,)).output == "xtrain\n"


def test_hundreds_of_masks(inside: Inside) -> None:
    # Not of what Python itself needs to start: the supervisor is run by what is bound.
    files = [path for path in sorted(SITE.rglob("test*/**/*.py")) if path.stat().st_size]
    masks = tuple(files[10:310])
    assert len(masks) == 300
    words = 'cat "$@" | wc -c'
    result = inside("sh", "-c", words, "sh", *map(str, masks), str(files[9]), masks=masks)
    assert int(result.output) == files[9].stat().st_size  # the one that is not masked


def test_more_processors_than_allowed_are_not_had(inside: Inside) -> None:
    busy = "import os, time\nos.fork()\nend = time.monotonic() + 2\nwhile time.monotonic() < end: pass"
    result = inside("python", "-c", busy, cpu_cores=0.5)
    assert result.cpu_seconds < 0.75 * result.seconds


def test_tmp_has_a_size(inside: Inside) -> None:
    result = inside(
        "sh", "-c", "for n in 1 2 3; do head -c 900000 /dev/zero > /tmp/$n; done", disk_bytes=2**21
    )
    assert "No space left on device" in result.output
    shared = inside(
        "sh", "-c", "for n in 1 2 3; do head -c 900000 /dev/zero > /dev/shm/$n; done", disk_bytes=2**21
    )
    assert "No space left on device" in shared.output


def test_growth_of_the_workspace_is_watched(inside: Inside) -> None:
    words = "for n in $(seq 30); do head -c 900000 /dev/zero > $n; sleep 0.1; done; sleep 30"
    result = inside("sh", "-c", words, disk_bytes=5_000_000)
    assert result.status == "failed"
    assert "added more than 5,000,000 bytes" in result.output
