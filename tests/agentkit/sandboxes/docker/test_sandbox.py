"""What is kept between commands, and what is not."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.sandbox import Command, CommandResult
from agentkit.errors import AgentkitError, MissingRequirement
from agentkit.sandboxes.docker.daemon import open_client
from agentkit.sandboxes.docker.sandbox import KEPT, DockerSandbox

pytestmark = pytest.mark.real

Make = Callable[..., Command]
Inside = Callable[..., CommandResult]
Alive = Callable[[str], list[int]]
Eventually = Callable[[Callable[[], bool], float], bool]

OWNER_PROGRAM = """
import asyncio, sys
from pathlib import Path
from agentkit.contracts.sandbox import Command
from agentkit.sandboxes.docker.sandbox import DockerSandbox

async def main():
    sandbox = DockerSandbox()
    argv = ("sh", "-c", f": {sys.argv[2]}; sleep 300; :")
    job = await sandbox.start(Command(argv=argv, folder=Path(sys.argv[1])))
    print(next(iter(sandbox._busy)).id, flush=True)
    await job.wait()

asyncio.run(main())
"""


@pytest.fixture
def inside(docker_sandbox: DockerSandbox, command: Make) -> Inside:
    def run_one(*argv: str, **words: object) -> CommandResult:
        return asyncio.run(docker_sandbox.run(command(*argv, **words)))

    return run_one


def only(sandbox: DockerSandbox) -> str:
    (container,) = sandbox._idle
    return container.id


def is_there(identity: str) -> bool:
    client = open_client()
    try:
        return any(each["Id"] == identity for each in client.api.containers(all=True))
    finally:
        client.close()


def without_python(listing: str) -> list[str]:
    """What a listing of /tmp holds beside the way to this Python, where that lies there."""
    own = {
        Path(each).parts[2] for each in (sys.prefix, sys.base_prefix) if Path("/tmp") in Path(each).parents
    }
    return [each for each in listing.split() if each not in own]


def test_a_container_is_kept_and_emptied(docker_sandbox: DockerSandbox, inside: Inside, alive: Alive) -> None:
    marked = uuid.uuid4().hex
    leave = (
        f"(setsid sh -c ': {marked}; sleep 300; :' &); mkdir -p /tmp/a/b /dev/shm/c; echo x > /tmp/a/b/f; "
        "ln -s / /tmp/l; mkfifo /tmp/p; chmod 000 /tmp/a/b; chmod 500 /tmp/a"
    )
    assert inside("sh", "-c", leave).status == "ok"
    first = only(docker_sandbox)
    assert alive(marked) == []
    look = inside("sh", "-c", "ls -A /tmp /dev/shm; ps -e | grep -c [s]leep")
    assert without_python(look.output) == ["/dev/shm:", "/tmp:", "0"]
    assert only(docker_sandbox) == first


def test_a_container_that_cannot_be_emptied_is_thrown_away(
    docker_sandbox: DockerSandbox, inside: Inside
) -> None:
    assert inside("true").status == "ok"
    first = only(docker_sandbox)
    code = (
        "import ctypes\n"
        "assert ctypes.CDLL(None).shmget(7777, 4096, 0o1600) >= 0  # System V: it outlives its maker\n"
    )
    assert inside("python", "-c", code).status == "ok"
    assert docker_sandbox._idle == []
    assert inside("sh", "-c", "wc -l < /proc/sysvipc/shm").output == "1\n"
    assert only(docker_sandbox) != first


def test_other_limits_are_another_container(docker_sandbox: DockerSandbox, inside: Inside) -> None:
    inside("true", memory_bytes=10**8)
    first = only(docker_sandbox)
    inside("true", memory_bytes=2 * 10**8)
    assert len(docker_sandbox._idle) == 2
    inside("true", memory_bytes=10**8, seconds=5.0)  # a clock of ours needs no other container
    assert docker_sandbox._idle[-1].id == first


def test_a_folder_that_was_made_anew_is_bound_anew(inside: Inside, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "one").touch()
    assert inside("ls").output == "one\n"
    # Twice, because a new folder is soon given the number of one that is gone.
    for name in ("two", "three"):
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / name).touch()
        assert inside("ls").output == f"{name}\n"


def test_a_masked_file_that_comes_to_be_is_hidden(inside: Inside, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    masks = (folder / "answer",)
    assert inside("ls", masks=masks).output == ""
    (folder / "answer").write_text("42")
    assert inside("sh", "-c", "cat answer | wc -c", masks=masks).output == "0\n"
    (folder / "answer").unlink()
    (folder / "answer").write_text("43")
    assert inside("sh", "-c", "cat answer | wc -c", masks=masks).output == "0\n"


def test_commands_at_once_do_not_meet(docker_sandbox: DockerSandbox, command: Make) -> None:
    async def both() -> list[CommandResult]:
        words = "touch /tmp/$0; sleep 1; ls /tmp; ps -e | grep -c sleep"
        return await asyncio.gather(*(docker_sandbox.run(command("sh", "-c", words, n)) for n in "ab"))

    assert [without_python(result.output) for result in asyncio.run(both())] == [["a", "0"], ["b", "0"]]


def test_few_idle_containers_are_kept(docker_sandbox: DockerSandbox, command: Make) -> None:
    async def many() -> None:
        await asyncio.gather(*(docker_sandbox.run(command("true")) for _ in range(KEPT + 2)))

    asyncio.run(many())
    assert len(docker_sandbox._idle) == KEPT


def test_a_dead_idle_container_is_replaced(docker_sandbox: DockerSandbox, inside: Inside) -> None:
    assert inside("true").status == "ok"
    os.kill(docker_sandbox._idle[0].process, signal.SIGKILL)
    assert inside("echo", "again").output == "again\n"


def test_close_removes_all_and_it_can_be_used_again(docker_sandbox: DockerSandbox, inside: Inside) -> None:
    inside("true")
    identity = only(docker_sandbox)
    assert is_there(identity)
    asyncio.run(docker_sandbox.close())
    assert not is_there(identity)
    assert inside("echo", "again").output == "again\n"


@pytest.mark.usefixtures("docker_sandbox")
def test_nothing_outlives_a_killed_owner(tmp_path: Path, alive: Alive, eventually: Eventually) -> None:
    marked = uuid.uuid4().hex
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER_PROGRAM, str(tmp_path), marked], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout
    with owner.stdout:
        identity = owner.stdout.readline().strip()
    assert is_there(identity)
    assert len(alive(marked)) > 0
    owner.kill()
    owner.wait()
    # Without anybody's help: its first process ends with the socket.
    assert eventually(lambda: alive(marked) == [], 20.0)
    assert eventually(lambda: not is_there(identity), 20.0)


@pytest.mark.usefixtures("docker_sandbox")
def test_a_missing_image_names_the_command_that_gets_it() -> None:
    with pytest.raises(
        MissingRequirement, match="(?s)no docker image 'none/such:1'.*docker pull none/such:1"
    ):
        DockerSandbox("none/such:1")


def test_gpus_are_asked_of_docker_by_their_ids(docker_sandbox: DockerSandbox, command: Make) -> None:
    if "gpu" in docker_sandbox.walls:
        pytest.skip("this daemon hands out GPUs")
    with pytest.raises(AgentkitError, match="(?s)docker could not start the container.*gpu"):
        asyncio.run(docker_sandbox.run(command("true", gpus=("GPU-1234",))))
    # A stand-in is a variable, and nothing to docker.
    result = asyncio.run(
        docker_sandbox.run(command("sh", "-c", "echo $CUDA_VISIBLE_DEVICES", gpus=("fake-1",)))
    )
    assert result.output == "fake-1\n"


def test_many_fast_commands_leave_nothing(docker_sandbox: DockerSandbox, inside: Inside) -> None:
    for number in range(30):
        assert inside("sh", "-c", f"sleep 300 & echo {number}").output == f"{number}\n"
    identity = only(docker_sandbox)
    time.sleep(0.1)
    client = open_client()
    try:
        assert (
            len(client.api.top(identity)["Processes"]) <= 2
        )  # the supervisor, and the next command's process
    finally:
        client.close()
