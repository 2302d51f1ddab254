"""Docker: a command in a container, which is kept for the next one of the same shape.

A container has one command at a time and is emptied between two: every process killed, /tmp and shared
memory cleared; where that fails it is thrown away. Its first process is a small program of ours, which
starts commands when told to over a socket that they cannot reach. That takes a few milliseconds where
`docker exec` takes fifty.

The system inside is the image's; this machine's Python with its packages is bound read-only.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import uuid
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from agentkit.contracts.sandbox import Command, CommandResult, OnOutput, Wall
from agentkit.errors import AgentkitError
from agentkit.sandboxes.allow_list import inside as allow_list
from agentkit.sandboxes.allow_list.proxy import AllowListProxy
from agentkit.sandboxes.disk import DiskWatch
from agentkit.sandboxes.docker.container import Container
from agentkit.sandboxes.docker.daemon import (
    BASE_IMAGE,
    Image,
    describe,
    find_image,
    in_words,
    open_client,
    walls_of,
)
from agentkit.sandboxes.docker.job import DockerJob, Order
from agentkit.sandboxes.docker.owner import reap
from agentkit.sandboxes.docker.ownership import hand_over, refuse_unreadable, user_for
from agentkit.sandboxes.docker.shape import Shape, Shapes, refuse_missing, sources_of
from agentkit.sandboxes.gpu_nodes import gpu_variables
from agentkit.sandboxes.gpus.devices import is_fake
from agentkit.sandboxes.host_python import search_path
from agentkit.sandboxes.walls import refuse_lacking

KEPT = 4
"""Idle containers at most; each holds about 10 MB."""


class DockerSandbox:
    """`contracts.sandbox.Sandbox` by the docker daemon of this machine."""

    def __init__(self, image: str = BASE_IMAGE) -> None:
        """MissingRequirement if the daemon does not answer or has no such image; nothing is pulled."""
        self._client = open_client()
        try:
            self.image: Image = find_image(self._client, image)
            with in_words("describe itself"):
                information = self._client.info()
            self._walls = walls_of(information)
            self.description = describe(information, self.image, self._walls)
            reap(self._client)
        except BaseException:
            self._client.close()
            raise
        self._shapes = Shapes(self.image.id)
        self._run = uuid.uuid4().hex
        self._idle: list[Container] = []
        self._busy: set[Container] = set()
        self._lock = threading.Lock()
        self._finalizer = weakref.finalize(self, drop, self._client, self._idle)

    @property
    def name(self) -> str:
        """With the image's id: results of another image are not the same."""
        return f"docker:{self.image.id.removeprefix('sha256:')[:12]}"

    @property
    def walls(self) -> Mapping[Wall, str]:
        return self._walls

    async def start(self, command: Command, on_output: OnOutput | None = None) -> DockerJob:
        """MissingRequirement for a command that needs a wall which is not here."""
        refuse_lacking(command.environment.needs, self.name, self.walls)
        if fakes := [each for each in command.environment.gpus if is_fake(each)]:
            command = without_gpus(command, fakes)
        prepare_files(command)
        shape = self._shapes.of(command)
        while container := self._take(shape):
            # One that died while nobody looked is no reason to fail.
            with contextlib.suppress(EOFError):
                return await self._begin(container, command, on_output)
        container = await self._open(shape)
        try:
            return await self._begin(container, command, on_output)
        except EOFError as error:
            raise AgentkitError(f"The command could not be started: {error}") from error

    async def run(self, command: Command, on_output: OnOutput | None = None) -> CommandResult:
        job = await self.start(command, on_output)
        try:
            return await job.wait()
        except asyncio.CancelledError:
            await job.stop()
            raise

    async def close(self) -> None:
        """Remove the containers, and wait until they are gone."""
        with self._lock:
            found = [*self._idle, *self._busy]
            self._idle.clear()
        await asyncio.gather(*(asyncio.to_thread(each.remove) for each in found))
        self._client.close()

    async def _begin(self, container: Container, command: Command, on_output: OnOutput | None) -> DockerJob:
        with contextlib.ExitStack() as undo:
            undo.callback(self._give_back, container, True)
            proxy = AllowListProxy(command.environment.hosts) if container.shared else None
            if proxy and container.shared:
                undo.callback(proxy.close)
                await proxy.open(container.shared / allow_list.SOCKET.name)
            disk = await watch_disk(command)

            def after(usable: bool) -> None:
                if proxy:
                    proxy.close()
                self._give_back(container, usable)

            job = DockerJob(container, command, self._order(command, container), on_output, after, disk)
            undo.pop_all()
        await job.begin()
        if proxy:
            proxy.tell(job.say)
        return job

    def _order(self, command: Command, container: Container) -> Order:
        proxied = container.shared is not None
        argv = command.argv
        if proxied:
            argv = allow_list.forwarded(argv, {allow_list.PORT: allow_list.SOCKET}, sys.executable)
        image = dict(self.image.variables)
        path = [*search_path().split(":"), *image.pop("PATH", "").split(":")]
        variables = {
            **image,
            "PATH": ":".join(dict.fromkeys(each for each in path if each)),
            "HOME": "/tmp",
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            **(allow_list.proxy_variables() if proxied else {}),
            **(gpu_variables(command.environment.gpus) if command.environment.gpus else {}),
            **command.environment.variables,
        }
        return Order(tuple(argv), variables)

    # ---- containers ----

    def _take(self, shape: Shape) -> Container | None:
        with self._lock:
            for container in self._idle:
                if container.shape == shape:
                    self._idle.remove(container)
                    self._busy.add(container)
                    return container
        return None

    async def _open(self, shape: Shape) -> Container:
        opening = asyncio.ensure_future(asyncio.to_thread(Container.open, self._client, shape, self._run))
        try:
            container = await asyncio.shield(opening)
        except asyncio.CancelledError:
            # What the thread makes has to be met by somebody.
            with contextlib.suppress(AgentkitError):
                await asyncio.to_thread((await opening).remove)
            raise
        with self._lock:
            self._busy.add(container)
        return container

    def _give_back(self, container: Container, usable: bool) -> None:
        with self._lock:
            self._busy.discard(container)
            if usable:
                self._idle.append(container)
            over = self._idle[:-KEPT]
            del self._idle[:-KEPT]
        for each in over if usable else [*over, container]:
            each.close()


async def watch_disk(command: Command) -> DiskWatch | None:
    limit = command.environment.limits.disk_bytes
    writable = [mount.source for mount in command.environment.mounts if mount.writable]
    folders = [*([command.folder] if command.folder_writable else []), *writable]
    return await asyncio.to_thread(DiskWatch, folders, limit) if limit is not None and folders else None


def without_gpus(command: Command, fakes: Sequence[str]) -> Command:
    """A stand-in is a variable to the command, and nothing to docker."""
    environment = command.environment
    variables = {**gpu_variables(fakes), **environment.variables}
    kept = tuple(each for each in environment.gpus if each not in fakes)
    environment = environment.model_copy(update={"gpus": kept, "variables": variables})
    return command.model_copy(update={"environment": environment})


def prepare_files(command: Command) -> None:
    refuse_missing(sources_of(command))
    user, group = user_for(command.folder)
    hand_over(command.folder, user, group)
    for mount in command.environment.mounts:
        if mount.writable:
            hand_over(mount.source, user, group)
        else:
            refuse_unreadable(mount.source, user, group)


def drop(client: Any, idle: list[Container]) -> None:
    """When nobody closed it: the containers end with their sockets."""
    for each in idle:
        each.close()
    client.close()
