"""Walls, each tried from inside; where it is not plain that the try has teeth, it is made in `local` too."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.sandbox import Command, CommandResult, Mount
from agentkit.errors import AgentkitError
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox, spool
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.mount_plan import FEW_MASKS

Make = Callable[..., Command]
Inside = Callable[..., CommandResult]
SITE = Path(os.__file__).parent


@pytest.fixture
def inside(bubblewrap: BubblewrapSandbox, command: Make) -> Inside:
    def run_one(*argv: str, **words: object) -> CommandResult:
        return asyncio.run(bubblewrap.run(command(*argv, **words)))

    return run_one


def test_it_says_what_it_is() -> None:
    assert BubblewrapSandbox().name == "bubblewrap"
    assert "hidden_files" in BubblewrapSandbox().walls


@pytest.mark.real
def test_torch_of_this_environment(inside: Inside) -> None:
    result = inside("python", "-c", "import sys, torch; print(sys.prefix, float(torch.ones(3).sum()))")
    assert (result.status, result.output) == ("ok", f"{sys.prefix} 3.0\n")


def test_no_network_and_nothing_of_the_hosts_loopback(inside: Inside, command: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 3); print('reached')"
        refused = inside("python", "-c", code)
        assert "reached" not in refused.output
        assert "Connection refused" in refused.output
        # The same try does reach it without the wall.
        assert asyncio.run(LocalSandbox().run(command("python", "-c", code))).output == "reached\n"
    outward = inside("python", "-c", "import socket; socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 9))")
    assert "Network is unreachable" in outward.output
    assert inside("sh", "-c", "grep -c : /proc/net/dev").output == "1\n"


def test_network_when_asked_for(inside: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 3); print('reached')"
        assert inside("python", "-c", code, network=True).output == "reached\n"


def test_no_variable_of_the_host(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    result = inside("sh", "-c", "cat /proc/*/environ | tr '\\0' '\\n'", variables={"TASK": "here"})
    assert "sk-secret" not in result.output
    names = {line.partition("=")[0] for line in result.output.splitlines()}
    assert names - {"PWD", "_", "SHLVL"} == {"PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE", "TASK"}


def test_no_file_of_the_host(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    assert inside("cat", str(tmp_path / "secret")).status == "failed"
    assert inside("ls", "/home").status == "failed"
    # The environment may itself lie below /tmp; then the folders on the way to it are there, and no more.
    on_the_way = {Path(each).parts[2] for each in (sys.prefix, sys.base_prefix) if each.startswith("/tmp/")}
    assert set(inside("ls", "-A", "/tmp").output.split()) == on_the_way
    assert inside("cat", "/etc/shadow").status == "failed"


def test_nothing_outside_of_the_workspace_can_be_written(inside: Inside) -> None:
    for path in ("/x", "/usr/x", "/etc/x", f"{sys.prefix}/x", f"{sys.base_prefix}/x", "/etc/passwd"):
        assert inside("sh", "-c", f"echo x >> {path}").status == "failed", path
    assert (
        inside("sh", "-c", "echo x > /tmp/x && echo x > /dev/shm/x && echo x > /workspace/x").status == "ok"
    )


def test_a_folder_that_is_not_to_be_written(inside: Inside, tmp_path: Path) -> None:
    assert inside("touch", "here", folder_writable=False).status == "failed"
    assert not (tmp_path / "work/here").exists()


def test_no_power_and_no_way_to_more(inside: Inside) -> None:
    status = inside("cat", "/proc/self/status").output
    values = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {values[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert values["NoNewPrivs"] == "1"
    assert inside("id", "-u").output == "1000\n"
    assert inside("unshare", "-U", "true").status == "failed"
    assert inside("sh", "-c", "mount -t tmpfs none /tmp").status == "failed"


def test_only_its_own_processes(inside: Inside) -> None:
    result = inside("sh", "-c", "ls /proc | grep -c '^[0-9]'")
    assert int(result.output) <= 5
    assert inside("kill", "-0", str(os.getpid())).status == "failed"


def test_no_descriptor_comes_along(inside: Inside) -> None:
    assert inside("ls", "/proc/self/fd").output.split() == ["0", "1", "2", "3"]


def test_a_mount_is_seen_where_it_was_asked_for(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/train.txt").write_text("words")
    mounts = (Mount(source=tmp_path / "corpus", target=Path("/data/corpus")),)
    assert inside("cat", "/data/corpus/train.txt", mounts=mounts).output == "words"
    assert inside("touch", "/data/corpus/x", mounts=mounts).status == "failed"
    writable = (mounts[0].model_copy(update={"writable": True}),)
    assert inside("touch", "/data/corpus/x", mounts=writable).status == "ok"
    assert (tmp_path / "corpus/x").exists()


@pytest.fixture
def library_file() -> Path:
    """A file below /usr/lib of a host where /lib is a link to it."""
    if not Path("/lib").is_symlink():
        pytest.skip("/lib is no link here")
    return next(path for path in Path("/usr/lib").rglob("*") if path.is_file() and path.stat().st_size > 0)


def test_a_masked_file_is_empty_by_every_name(inside: Inside, library_file: Path, tmp_path: Path) -> None:
    other = Path("/lib") / library_file.relative_to("/usr/lib")
    assert inside("sh", "-c", f"cat {library_file} | wc -c").output != "0\n"
    for given in (library_file, other):
        for read in (library_file, other, f"/proc/self/root{library_file}"):
            assert inside("sh", "-c", f"cat {read} | wc -c", masks=(given,)).output == "0\n"
    mounts = (Mount(source=library_file.parent, target=Path("/data")),)
    words = f"cat /data/{library_file.name} {other} | wc -c"
    assert inside("sh", "-c", words, masks=(library_file,), mounts=mounts).output == "0\n"
    assert (
        inside("sh", "-c", f"rm {library_file}; echo x > {library_file}", masks=(library_file,)).status
        == "failed"
    )


def test_a_masked_package_of_this_environment_cannot_be_imported(inside: Inside) -> None:
    import pydantic

    place = Path(pydantic.__file__).parent
    assert inside("python", "-c", "import pydantic; pydantic.BaseModel").status == "ok"
    hidden = inside("python", "-c", "import pydantic; pydantic.BaseModel", masks=(place,))
    assert hidden.status == "failed"
    assert inside("sh", "-c", f"ls -A {place}; touch {place}/x", masks=(place,)).output.count("\n") == 1


@pytest.mark.parametrize("count", [FEW_MASKS, 300])
def test_hundreds_of_masks(inside: Inside, count: int) -> None:
    files = [path for path in sorted((SITE / "encodings").glob("*.py")) if path.stat().st_size]
    files += [path for path in sorted(SITE.rglob("test*/**/*.py")) if path.stat().st_size]
    masks = tuple(files[10 : 10 + count])
    assert len(masks) == count
    words = 'cat "$@" | wc -c'
    result = inside("sh", "-c", words, "sh", *map(str, masks), str(files[9]), masks=masks)
    assert int(result.output) == files[9].stat().st_size  # the one that is not masked


def test_what_was_made_for_a_command_is_removed(
    inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    mounts = (Mount(source=tmp_path / "missing", target=Path("/data")),)
    assert inside("true").status == "ok"
    with pytest.raises(AgentkitError):
        inside("true", mounts=mounts)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_mask_in_the_workspace(inside: Inside, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "answer.txt").write_text("42")
    assert inside("cat", "answer.txt", masks=(folder / "answer.txt",)).output == ""
    assert inside("sh", "-c", "echo 43 > answer.txt", masks=(folder / "answer.txt",)).status == "failed"
    assert (folder / "answer.txt").read_text() == "42"


def test_a_mount_from_a_masked_folder_was_asked_for(inside: Inside, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "train").mkdir(parents=True)
    (data / "train/x").write_text("x")
    (data / "held").write_text("held")
    mounts = (Mount(source=data, target=Path("/d")), Mount(source=data / "train", target=Path("/d/train")))
    result = inside("sh", "-c", "cat /d/train/x; ls /d", mounts=mounts, masks=(data,))
    assert result.output == "xtrain\n"


def test_masks_that_are_nowhere_inside_are_no_trouble(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "far").touch()
    assert inside("true", masks=(tmp_path / "far", Path("/does/not/exist"))).status == "ok"


def test_a_mount_without_a_source_is_said_in_words(inside: Inside, tmp_path: Path) -> None:
    mounts = (Mount(source=tmp_path / "missing", target=Path("/data")),)
    with pytest.raises(AgentkitError, match="(?s)could not be set up.*missing"):
        inside("true", mounts=mounts)


def test_modules_of_the_workspace_leave_no_bytecode(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/mine.py").write_text("value = 3\n")
    assert inside("python", "-c", "import mine; print(mine.value)").output == "3\n"
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["mine.py"]


def test_a_device_that_is_passed_in(
    bubblewrap_report: object, bubblewrap: BubblewrapSandbox, command: Make
) -> None:
    device = Path("/dev/fuse")
    if not device.exists() or not stat.S_ISCHR(device.stat().st_mode):
        pytest.skip("no /dev/fuse to pass in")
    made = command("test", "-c", "/dev/fuse")
    assert asyncio.run(bubblewrap.run(made)).status == "failed"
    assert asyncio.run(BubblewrapSandbox(devices=[device]).run(made)).status == "ok"


def test_spooled_words_are_read_from_the_start() -> None:
    descriptor = spool(b"one\0two\0")
    assert os.read(descriptor, 100) == b"one\0two\0"
    os.close(descriptor)


@pytest.mark.parametrize(
    "words", [{"argv": ("echo", "a\0b")}, {"argv": ("echo", "\ud83d")}, {"log": Path("/proc/nowhere/log")}]
)
def test_a_command_that_cannot_be_started_leaves_nothing(
    bubblewrap: BubblewrapSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any]
) -> None:
    scratch, folder = tmp_path / "tmp", tmp_path / "work"
    scratch.mkdir()
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    bubblewrap.walls  # noqa: B018 - what is found out once in a process may stay open
    open_before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    command = Command(argv=("true",), folder=folder).model_copy(update=words)
    with pytest.raises((AgentkitError, OSError)):
        asyncio.run(bubblewrap.run(command))
    assert list(scratch.iterdir()) == []
    assert set(os.listdir("/proc/self/fd")) == open_before  # noqa: PTH208
