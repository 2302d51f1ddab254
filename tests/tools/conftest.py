"""A workspace, a sandbox and the tools as any kit's are found: by the catalog, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentkit import Environment, ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog
from agentkit.journal.blobs import Blobs
from agentkit.sandboxes.local import LocalSandbox
from agentkit.sandboxes.workspace import SnapshotWorkspace


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return ToolContext(
        workspace=SnapshotWorkspace(folder, Blobs(tmp_path / "blobs")),
        sandbox=LocalSandbox(),
        environment=Environment(variables={"TASK_DATA": "here"}),
        logs=tmp_path / "logs",
    )


@pytest.fixture
def folder(context: ToolContext) -> Path:
    return context.workspace.folder


@pytest.fixture
def use(context: ToolContext) -> Callable[..., ToolResult]:
    """Call a tool as a coder does: by name, with arguments that are checked first."""
    catalog = open_catalog()

    def call(name: str, /, **arguments: object) -> ToolResult:
        return asyncio.run(catalog.load("tool", name).call(context, arguments))

    return call


@pytest.fixture
def keep_using(context: ToolContext) -> Iterator[Callable[..., ToolResult]]:
    """Like `use`, in one event loop, as what a tool keeps from call to call belongs to one."""
    catalog = open_catalog()
    with asyncio.Runner() as runner:
        yield lambda name, /, **arguments: runner.run(catalog.load("tool", name).call(context, arguments))
        while context.at_end:
            runner.run(asyncio.wait_for(context.at_end.pop()(), 60))
