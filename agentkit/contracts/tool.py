"""Tool: a typed function that a model may call.

    @tool
    async def count_lines(context: ToolContext, path: str) -> ToolResult:
        '''Count the lines of a file.

        path: relative to the workspace.
        '''

The first docstring line is what a model and `agentkit list` are told; a line
`name: …` after it describes that parameter. The type checker meets a wrong return type here,
in the author's own file.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from agentkit.contracts.jobs import Jobs
from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.messages import Image, ToolOffer
from agentkit.contracts.record import Record
from agentkit.contracts.sandbox import Environment, Sandbox
from agentkit.contracts.workspace import Workspace
from agentkit.errors import BrokenPlugin


class Truncated(Record):
    """How much of a tool's output a model does not see, and where all of it is."""

    from_chars: int
    kept: int
    full_log: str


class ToolResult(Record):
    """The one envelope. `text` is for the model; `summary` is one line for people."""

    ok: bool
    summary: str
    text: str = ""
    data: Mapping[str, Any] = Field(default_factory=dict)
    truncated: Truncated | None = None
    seconds: float = 0.0
    gpu: Mapping[str, Any] | None = None
    next_hint: str = ""
    """What the model might do now, where the result alone does not say it."""
    images: tuple[Image, ...] = ()
    submitted: bool = False
    """The attempt is complete; the coder stops here."""


class Note(Record):
    """What an attempt wanted later ones to know. A tool keeps one by returning it as `data["note"]`."""

    attempt: str
    text: str


@dataclass(frozen=True)
class ToolContext:
    """What a tool may touch: the attempt's workspace, through the attempt's sandbox."""

    workspace: Workspace
    sandbox: Sandbox
    environment: Environment
    logs: Path
    """A folder for full outputs; what is written here outlives the attempt."""
    editable: tuple[str, ...] = ("**",)
    """Globs of workspace paths that may be changed."""
    locked_regions: Mapping[str, LockedRegions] = field(default_factory=dict)
    """By workspace path: parts that may not."""
    state: dict[str, Any] = field(default_factory=dict)
    """A tool's own memory within one attempt (an undo stack, a window position); empty after a resume."""
    jobs: Jobs | None = None
    """For what runs beside the model, or on a GPU. None: not here."""
    budget: Callable[[], Sequence[str]] = tuple
    """What is left at this moment, a line for each cap."""
    notes: Callable[[], Sequence[Note]] = tuple
    """Kept by this attempt and by others of the run so far, oldest first."""
    at_end: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    """Called once when nobody uses this context any more, the last first: to end a process that was kept."""


Parameters = ParamSpec("Parameters")
ToolFunction = Callable[Concatenate[ToolContext, Parameters], Awaitable[ToolResult]]


@dataclass(frozen=True)
class Tool:
    """A function with a name, a purpose and a schema."""

    name: str
    purpose: str
    function: Callable[..., Awaitable[ToolResult]]
    arguments: type[BaseModel]
    changes_workspace: bool = True
    """False for one that only looks: then no snapshot is taken after it."""

    @property
    def offer(self) -> ToolOffer:
        schema = self.arguments.model_json_schema()
        schema["properties"] = {name: shortened(part) for name, part in schema.get("properties", {}).items()}
        # What is not in it is refused in words when the tool is called.
        for key in ("title", "additionalProperties"):
            schema.pop(key, None)
        return ToolOffer(name=self.name, description=self.purpose, parameters=schema)

    async def call(self, context: ToolContext, arguments: Mapping[str, Any]) -> ToolResult:
        """Check the arguments, then call. Wrong arguments are a result the model can read, not an error."""
        try:
            checked = self.arguments(**arguments)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(str(part) for part in fault['loc']) or 'arguments'}: {fault['msg']}"
                for fault in error.errors()
            )
            wanted = ", ".join(self.arguments.model_fields)
            text = f"{self.name} was not called: {faults}. It takes: {wanted}."
            return ToolResult(ok=False, summary=f"bad arguments: {faults}", text=text)
        values = {name: getattr(checked, name) for name in self.arguments.model_fields}
        return await self.function(context, **values)


def shortened(part: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's schema without what tells a model nothing, which is a third of what pydantic writes:
    its name as a title, that what may be left out may also be null, and defaults that mean "nothing"."""
    kept = {key: value for key, value in part.items() if key != "title"}
    choices = [each for each in kept.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        kept = {**choices[0], **{key: value for key, value in kept.items() if key != "anyOf"}}
    default = kept.get("default")
    if default is None or default is False or default in ("", []):
        kept.pop("default", None)
    return kept


def tool(function: ToolFunction[Parameters]) -> Tool:
    """Make a tool from a typed function; its name is the function's."""
    return make_tool(function, changes_workspace=True)


def reading_tool(function: ToolFunction[Parameters]) -> Tool:
    """Like `tool`, for one that never changes the workspace."""
    return make_tool(function, changes_workspace=False)


def make_tool(function: Callable[..., Awaitable[ToolResult]], *, changes_workspace: bool) -> Tool:
    name = getattr(function, "__name__", "tool")
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    for each in parameters:
        refuse_parameter(name, each)
    purpose, notes = split_docstring(inspect.getdoc(function) or "", {each.name for each in parameters})
    fields: dict[str, Any] = {
        each.name: (
            each.annotation,
            Field(
                default=... if each.default is inspect.Parameter.empty else each.default,
                description=notes.get(each.name),
            ),
        )
        for each in parameters
    }
    model = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    return Tool(name, purpose, function, model, changes_workspace)


def refuse_parameter(tool: str, parameter: inspect.Parameter) -> None:
    """Raise BrokenPlugin for one that no schema can be made of."""
    plain = parameter.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    if not plain or parameter.annotation is inspect.Parameter.empty:
        fault = "needs a type" if plain else "may not be * or **"
    elif parameter.name.startswith("_") or hasattr(BaseModel, parameter.name):
        fault = "has a name that is taken; choose another"
    else:
        return
    raise BrokenPlugin(
        f"The tool '{tool}' cannot be offered: its parameter '{parameter}' {fault}.",
        "Expected: parameters such as `path: str` or `lines: list[int] | None = None`",
    )


def split_docstring(text: str, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """The text before the first `name: …` line of one of `names`, and those lines by name."""
    opening: list[str] = []
    notes: dict[str, str] = {}
    current = ""
    for line in text.splitlines():
        head, colon, rest = line.partition(": ")
        if colon and head in names:
            current = head
            notes[current] = rest.strip()
        elif current and line.strip():
            notes[current] += f" {line.strip()}"
        elif not current:
            opening.append(line)
    return "\n".join(opening).strip(), notes
