"""Container: made for a shape, started, and connected with the supervisor inside."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentkit.errors import AgentkitError
from agentkit.sandboxes.allow_list import inside as allow_list
from agentkit.sandboxes.docker import inside
from agentkit.sandboxes.docker.connection import Connection
from agentkit.sandboxes.docker.daemon import in_words, load_sdk, reason_of
from agentkit.sandboxes.docker.owner import OWNER, RUN, owner_label
from agentkit.sandboxes.docker.shape import OWN_BYTES, Shape, mounts_below
from agentkit.sandboxes.seccomp import filter_program

READY_SECONDS = 60.0
PRIVATE = "/.agentkit"
"""Where the supervisor is seen inside. The folder behind it is emptied before the first command starts."""
PROGRAM = f"""
import sys
sys.path.insert(0, "{PRIVATE}")
from {inside.__name__}.supervisor import main
main()
"""
CAPABILITIES = ("SETUID", "SETGID", "KILL", "SETPCAP")
"""For the supervisor alone: to become the command's user, to end it, and to give the rest away for good."""


class Container:
    """One container, used by one command at a time."""

    def __init__(
        self, client: Any, identity: str, shape: Shape, connection: Connection, shared: Path | None
    ) -> None:
        self.id = identity
        self.shape = shape
        self.connection = connection
        self.process = connection.peer
        """The supervisor's number here; 0 where it cannot be seen."""
        self.shared = shared
        """The folder behind `allow_list.inside.FOLDER`, for a proxy's socket."""
        self._client = client
        self._kept = contextlib.ExitStack()
        for path in shape.sources:
            # While it is open, no other file or folder gets its number, by which a shape knows it.
            self._kept.callback(os.close, os.open(path, os.O_PATH))

    @classmethod
    def open(cls, client: Any, shape: Shape, run: str) -> Container:
        """Blocks for some tenths of a second. AgentkitError with the daemon's or the program's own words."""
        # Only the inner folder is seen inside; the outer one keeps other users of this machine out.
        outer = Path(tempfile.mkdtemp(prefix="agentkit-"))
        shared = shared_folder() if shape.proxied else None
        try:
            private = outer / "inside"
            copy_program(private)
            (private / "empty").touch()
            for each in (private, *private.rglob("*")):
                each.chmod(0o755 if each.is_dir() else 0o444)  # whatever the umask is
            with listening(private) as listener:
                identity, connection = start(client, shape, run, private, shared, listener)
        except BaseException:
            if shared:
                shutil.rmtree(shared.parent, ignore_errors=True)
            raise
        finally:
            shutil.rmtree(outer, ignore_errors=True)
        return cls(client, identity, shape, connection, shared)

    def close(self) -> None:
        """The supervisor ends with its socket, and the container with the supervisor."""
        self.connection.close()
        self._kept.close()
        if self.shared:
            shutil.rmtree(self.shared.parent, ignore_errors=True)

    def remove(self) -> None:
        """Until it is gone."""
        self.close()
        remove(self._client, self.id)


class NoSupervisor(Exception):
    """The container ended before it had connected."""


def start(
    client: Any, shape: Shape, run: str, private: Path, shared: Path | None, listener: socket.socket
) -> tuple[str, Connection]:
    """The container's id and the line into it; after a failure nothing is left."""
    words = create_words(shape, private, shared) | {"labels": {OWNER: owner_label(), RUN: run}}
    with in_words("make the container"):
        made = client.containers.create(**words, auto_remove=True)
    try:
        with in_words("start the container"):
            made.start()
        connection = Connection(accept(listener, made))
        try:
            connection.wait_for("ready", READY_SECONDS)
        except BaseException:
            connection.close()
            raise
    except BaseException as error:
        remove(client, made.id)
        if isinstance(error, NoSupervisor):
            raise AgentkitError(
                f"The image cannot run this machine's Python ({sys.executable}), which the sandbox needs.",
                *said_when_run(client, words).splitlines()[-10:],
                "Next: python -m agentkit.sandboxes.docker.base_image, or an image with a newer libc",
            ) from None
        if isinstance(error, EOFError | TimeoutError):
            raise AgentkitError(f"The sandbox could not be set up: {error}") from error
        raise
    return made.id, connection


def shared_folder() -> Path:
    """Others of this machine cannot enter the folder above it."""
    folder = Path(tempfile.mkdtemp(prefix="agentkit-"), "shared")
    folder.mkdir()
    folder.chmod(0o755)
    script = folder / allow_list.SCRIPT.name
    script.write_bytes(allow_list.forwarder_source())
    script.chmod(0o444)
    return folder


@contextlib.contextmanager
def listening(folder: Path) -> Iterator[socket.socket]:
    """A socket in a folder, which is there for one connection only."""
    place = folder / "control"
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            # By a short name: a socket's path is at most 108 bytes long.
            listener.bind(f"/proc/self/fd/{descriptor}/control")
        finally:
            os.close(descriptor)
        # Root inside has no right to pass over permissions, and may be another than this user.
        place.chmod(0o666)
        listener.listen(1)
        listener.settimeout(0.2)
        yield listener


def copy_program(private: Path) -> None:
    """Under its own name, but without the packages above it, which need more than the standard library."""
    folder = private.joinpath(*inside.__name__.split("."))
    folder.mkdir(parents=True)
    for file in Path(inside.__path__[0]).glob("*.py"):
        shutil.copyfile(file, folder / file.name)


def accept(listener: socket.socket, container: Any) -> socket.socket:
    """The supervisor's connection, once it has said that it is ready."""
    docker = load_sdk()
    until = time.monotonic() + READY_SECONDS
    while True:
        try:
            line, _ = listener.accept()
            break
        except TimeoutError:
            try:
                with in_words("look at the container"):
                    container.reload()
            except AgentkitError as error:
                if isinstance(error.__cause__, docker.errors.NotFound):
                    raise NoSupervisor from None
                raise
            if container.status not in ("created", "running"):
                raise NoSupervisor from None
            if time.monotonic() > until:
                raise AgentkitError(f"The sandbox was not set up within {READY_SECONDS:.0f} s.") from None
    return line


def create_words(shape: Shape, private: Path, shared: Path | None) -> dict[str, Any]:
    """For `containers.create` of the docker SDK."""
    docker = load_sdk()
    types = docker.types
    memory = None if shape.memory_bytes is None else shape.memory_bytes + OWN_BYTES
    words: dict[str, Any] = {
        "image": shape.image,
        "entrypoint": [sys.executable, "-I", "-S", "-c", PROGRAM],
        "command": [f"{PRIVATE}/control", str(shape.user), str(shape.group), filter_words()],
        "user": "0:0",
        "working_dir": "/",
        "hostname": "sandbox",
        "cap_drop": ["ALL"],
        "cap_add": list(CAPABILITIES),
        "security_opt": ["no-new-privileges:true"],
        "read_only": True,
        "network_mode": "bridge" if shape.network else "none",
        "ipc_mode": "private",
        "mounts": mounts_of(shape, private, shared),
        "tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,mode=1777,size={shape.scratch_bytes}"},
        "shm_size": shape.scratch_bytes,
        "log_config": types.LogConfig(type="none"),
        # Or it would run as root beside the command.
        "healthcheck": {"test": ["NONE"]},
        # Or the proxies of your docker client, with their passwords, would be set inside.
        "use_config_proxy": False,
    }
    if memory is not None:
        words |= {"mem_limit": memory, "memswap_limit": memory}
    if shape.cpu_cores is not None:
        words["nano_cpus"] = round(shape.cpu_cores * 1e9)
    if shape.processes is not None:
        words["pids_limit"] = shape.processes + 1
    if shape.gpus:
        words["device_requests"] = [types.DeviceRequest(device_ids=list(shape.gpus), capabilities=[["gpu"]])]
    return words


def filter_words() -> str:
    """The filter of system calls that a command has beside docker's own; empty where we know none."""
    return base64.b64encode(filter_program() or b"").decode()


def mounts_of(shape: Shape, private: Path, shared: Path | None) -> list[Any]:
    mount = load_sdk().types.Mount
    table = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    found = [mount(PRIVATE, str(private), type="bind", read_only=True)]
    if shared:
        found.append(mount(str(allow_list.FOLDER), str(shared), type="bind", read_only=True))
    hidden = {*shape.hidden_folders, *shape.hidden_files}
    shown = [bind for bind in shape.binds if bind.target not in hidden]
    taken = {bind.target for bind in shown}
    for bind in shown:
        found.append(mount(str(bind.target), str(bind.source), type="bind", read_only=not bind.writable))
        below = [] if bind.writable else mounts_below([bind.source], table)
        for point in below:
            target = bind.target / point.relative_to(bind.source)
            if target not in taken:
                found.append(mount(str(target), str(point), type="bind", read_only=True))
    for folder in shape.empty_folders:
        found.append(mount(str(folder), None, type="tmpfs", tmpfs_mode=0o755, tmpfs_size=64 * 1024))
    for file in shape.hidden_files:
        found.append(mount(str(file), str(private / "empty"), type="bind", read_only=True))
    return found


def remove(client: Any, identity: str) -> None:
    """If it is still there. A daemon that is gone is no fault of a run that has ended."""
    docker = load_sdk()
    with contextlib.suppress(docker.errors.APIError, OSError):
        client.api.remove_container(identity, force=True, v=True)


def said_when_run(client: Any, words: dict[str, Any]) -> str:
    """What the program in such a container says; only asked once it has failed."""
    docker = load_sdk()
    mounts = [each for each in words["mounts"] if each["Target"] != PRIVATE and each["Type"] == "bind"]
    plain = {key: words[key] for key in ("image", "network_mode", "user", "cap_drop", "tmpfs", "labels")}
    program = [words["entrypoint"][0], "-I", "-S", "-c", "print('python runs')"]
    identity = ""
    try:
        made = client.containers.create(**plain, entrypoint=program, command=[], mounts=mounts)
        identity = made.id
        made.start()
        made.wait(timeout=READY_SECONDS)
        return str(made.logs(tail=20).decode(errors="replace"))
    except (docker.errors.APIError, OSError) as error:
        return reason_of(error)
    finally:
        if identity:
            remove(client, identity)
