"""Tool servers: the `[mcp.NAME]` tables of agentkit.toml, servers whose tools a model may call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from agentkit.contracts.record import WrittenRecord
from agentkit.errors import nearest

Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class ToolServer(WrittenRecord):
    """An MCP server: a program that is started in the attempt's sandbox, or an address.

    [mcp.time]
    command = ["/opt/mcp/bin/python", "-m", "mcp_server_time"]
    folders = ["/opt/mcp"]
    tools = ["get_*"]
    """

    command: tuple[str, ...] = ()
    """The program and its arguments; it is asked through its standard input and output."""
    url: str | None = Field(default=None, pattern=r"^https?://")
    """Of a server that speaks streamable HTTP, instead of a command."""
    tools: tuple[str, ...] = ("*",)
    """Which of its tools may be used at all: names or patterns."""
    timeout_seconds: float = Field(default=60.0, gt=0)
    """For its start and for each call."""
    variables: tuple[Annotated[str, Field(pattern=VARIABLE)], ...] = ()
    """Names of environment variables that the program is given; it has no other of this machine's."""
    folders: tuple[Folder, ...] = ()
    """Of this machine, which the program may read where a sandbox hides them."""
    key_variable: str | None = Field(default=None, pattern=VARIABLE)
    """The environment variable with the bearer token for the address."""

    @model_validator(mode="after")
    def one_way(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError('either command = [...] or url = "http://..."')
        return self


def server_fault(error: ValidationError) -> tuple[str, str, str, str] | None:
    """(place, expected, found, hint) of a mistake in such a table; None if it is in another setting."""
    faults = [each for each in error.errors() if each["loc"][:1] == ("mcp",)]
    if not faults:
        return None
    fault = faults[0]
    place = fault["loc"]
    named = ".".join(map(str, place))
    if fault["type"] == "extra_forbidden":
        near = nearest(str(place[-1]), ToolServer.model_fields, 1)
        known = f"one of the keys {', '.join(ToolServer.model_fields)}"
        return named, known, f"'{place[-1]}'", f"Did you mean: {near[0]}?" if near else ""
    if "key_variable" in place or "variables" in place:  # somebody may have written the secret itself
        return named, "the name of an environment variable, never its value", "something else", ""
    if len(place) < 3 and not isinstance(fault["input"], Mapping):
        return named, "tables [mcp.NAME]", repr(fault["input"]), ""
    expected = fault["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return named, expected, repr(fault["input"]), ""
