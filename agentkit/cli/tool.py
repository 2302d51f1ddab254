"""`agentkit tool`: call any tool from the command line, on the current folder."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentkit.catalog import open_catalog
from agentkit.errors import UsageError
from agentkit.project import start_folder
from agentkit.settings import default_cache
from agentkit.settings_sources import resolve

if TYPE_CHECKING:
    from agentkit.contracts.tool import Tool, ToolContext, ToolResult

NOT_OK = 1
STDIN = "-"
OWN: Mapping[str, Any] = {"sandbox": "local", "folder": ".", "json": False}
"""Flags that every tool's command has besides the tool's own arguments, which win where names meet."""


@dataclass(frozen=True)
class Call:
    """One call as it was typed."""

    arguments: Mapping[str, Any]
    own: Mapping[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="the tool, or SERVER/TOOL of MCP; without it, which there are"
    )
    parser.add_argument(
        "rest",
        nargs=argparse.REMAINDER,
        metavar="…",
        help="its arguments; `agentkit tool NAME --help` says which",
    )
    parser.epilog = (
        "examples:\n  agentkit tool search outline train.py\n  agentkit tool shell 'make test' --json\n"
        "  agentkit tool time/convert_time --help"
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.name is None:
        from agentkit.cli.tools_page import show_tools

        show_tools(as_json=False, full=False)
        return 0
    tool = find_tool(arguments.name, arguments.rest)
    typed = parse(tool, arguments.rest, arguments.name)
    if typed is None:
        return 0
    result = asyncio.run(call(tool, typed))
    print(result.model_dump_json(indent=2) if typed.own["json"] else page(result))
    return 0 if result.ok else NOT_OK


def find_tool(name: str, words: Sequence[str]) -> Tool:
    """A kit's by its name. SERVER/TOOL is asked of that server, in the sandbox that `words` name."""
    if "/" not in name:
        found: Tool = open_catalog().load("tool", name)
        return found
    from agentkit.runs.tools import load_tools
    from agentkit.sandboxes.choose import choose_sandbox

    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--sandbox", default=OWN["sandbox"])
    try:
        sandbox = early.parse_known_args(list(words))[0].sandbox
    except argparse.ArgumentError:  # it is said in full when all words are read
        sandbox = OWN["sandbox"]
    settings = resolve({"tools": name}, os.environ, start_folder()).settings
    served = load_tools(open_catalog(), settings, choose_sandbox(sandbox, trusted=True))
    if len(served) > 1:
        known = [f"{name.partition('/')[0]}/{getattr(each, 'called', '')}" for each in served.values()]
        raise UsageError(f"'{name}' means {len(served)} tools.", f"Next: name one of {', '.join(known)}")
    return next(iter(served.values()))


def parse(tool: Tool, words: Sequence[str], name: str) -> Call | None:
    """None if help was asked for, and printed. UsageError for what does not fit.

    What must be given is given in order, the rest as flags. `name`: as the user called the tool.
    """
    from agentkit.cli.main import Parser  # it imports the commands' modules by name

    offer = tool.offer
    parser = Parser(
        prog=f"agentkit tool {name}",
        description=offer.description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"A value of `{STDIN}` is read from standard input. Exit code 1: the result is not ok.",
        conflict_handler="resolve",
    )
    group = parser.add_argument_group("of every tool")
    for flag, keywords in (
        ("sandbox", {"metavar": "NAME", "help": "local (the default), bubblewrap or docker"}),
        ("folder", {"metavar": "DIR", "help": "the workspace; the current folder if not given"}),
        ("json", {"action": "store_true", "help": "print the whole envelope"}),
    ):
        group.add_argument(f"--{flag}", dest=f"own {flag}", default=OWN[flag], **keywords)  # type: ignore[arg-type]
    required = set(offer.parameters.get("required", ()))
    properties = offer.parameters["properties"]
    for each, part in properties.items():
        add_argument(parser, each, part, required=each in required)
    try:
        typed = vars(parser.parse_args(list(words)))
    except SystemExit:  # argparse has printed the help
        return None
    own = {each: typed.get(f"own {each}", usual) for each, usual in OWN.items()}
    given = {each: as_given(typed[each], part, each) for each, part in properties.items() if each in typed}
    check(tool, given, name)
    return Call(given, own)


def add_argument(
    parser: argparse.ArgumentParser, name: str, part: Mapping[str, Any], *, required: bool
) -> None:
    keywords: dict[str, Any] = {"help": (part.get("description") or "").replace("%", "%%") or None}
    if part.get("type") == "boolean":
        keywords["action"] = argparse.BooleanOptionalAction
    elif part.get("type") == "array":
        keywords["nargs"] = "+"
    if "enum" in part:
        keywords["choices"] = part["enum"]
    elif keywords.get("action") is None:
        keywords["metavar"] = name.upper()
    if required and part.get("type") != "boolean":
        parser.add_argument(name, **keywords)
    else:
        default = argparse.SUPPRESS
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, dest=name, default=default, required=required, **keywords)


def as_given(value: Any, part: Mapping[str, Any], name: str) -> Any:
    """Words become numbers where the schema wants one; objects are written as JSON."""
    if isinstance(value, list):
        return [as_given(each, part.get("items", {}), name) for each in value]
    if value == STDIN:
        return sys.stdin.read()
    if isinstance(value, str) and part.get("type") in ("integer", "number"):
        with contextlib.suppress(ValueError):  # what is none the tool refuses, in its own words
            return json.loads(value)
    elif isinstance(value, str) and part.get("type") not in ("string", None):
        try:
            return json.loads(value)
        except ValueError as error:
            raise UsageError(f"{name} is written as JSON: {error}.", f"Found: {value[:200]}") from error
    return value


def check(tool: Tool, given: Mapping[str, Any], name: str) -> None:
    """UsageError for arguments that the tool would refuse."""
    from pydantic import ValidationError

    try:
        tool.arguments(**given)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc'])) or tool.name}: {each['msg']}" for each in error.errors()]
        raise UsageError(
            f"{tool.name} cannot take these arguments.", *faults, f"Next: agentkit tool {name} --help"
        ) from error


async def call(tool: Tool, typed: Call) -> ToolResult:
    context = open_context(Path(typed.own["folder"]), typed.own["sandbox"])
    try:
        return await tool.call(context, typed.arguments)
    finally:
        for close in reversed(context.at_end):
            await close()
        await context.sandbox.close()


def open_context(folder: Path, sandbox: str) -> ToolContext:
    """A folder as a workspace. Logs, jobs and undo live in the cache, so that the next command finds them."""
    from agentkit.contracts.sandbox import Environment
    from agentkit.contracts.tool import ToolContext
    from agentkit.journal.blobs import Blobs
    from agentkit.sandboxes.choose import choose_sandbox
    from agentkit.sandboxes.jobs.client import FolderJobs
    from agentkit.sandboxes.workspace import SnapshotWorkspace

    folder = folder.resolve()
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", "Next: give one with --folder")
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    place = default_cache() / "tools" / f"{folder.name}-{digest}"
    (place / "logs").mkdir(parents=True, exist_ok=True)
    chosen = choose_sandbox(sandbox, trusted=True)
    return ToolContext(
        workspace=SnapshotWorkspace(folder, Blobs(place / "blobs")),
        sandbox=chosen,
        environment=Environment(),
        logs=place / "logs",
        jobs=FolderJobs(place / "jobs", chosen),
    )


def page(result: ToolResult) -> str:
    """What a model is told, and which pictures it would see."""
    pictures = [f"[{each.media_type}, {len(each.data) * 3 // 4:,} bytes]" for each in result.images]
    return "\n".join(filter(None, (result.text or result.summary, result.next_hint, *pictures)))
