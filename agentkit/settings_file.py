"""The file agentkit.toml of a project: what it says of a solve, of models, of MCP servers; NAME=VALUE."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agentkit.errors import BadFile, UsageError

FILE = "agentkit.toml"
TABLES = ("models", "mcp")
"""Settings that are tables of their own in it."""


def read_file(path: Path) -> dict[str, Any]:
    """`[solve]`, with `[models]` and `[mcp]` in it; a path is relative to the file. Raises BadFile."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadFile(path, "", "a file that can be read", error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(path, "", "TOML", str(error)) from error
    for key in content:
        if key not in ("solve", *TABLES):
            raise BadFile(path, key, "the table [solve], [models.NAME] or [mcp.NAME]", f"'{key}'")
    table = content.get("solve", {})
    if not isinstance(table, dict):
        raise BadFile(path, "solve", "a table", repr(table))
    for name in ("runs_folder", "cache_folder", "shared_budget", "hint_folder"):
        if isinstance(table.get(name), str):
            table[name] = path.parent / Path(table[name]).expanduser()
    notes = table.get("notes", [])
    if notes and isinstance(notes, str | list):
        several = [notes] if isinstance(notes, str) else notes
        table["notes"] = [
            path.parent / Path(each).expanduser() if isinstance(each, str) else each for each in several
        ]
    return {**table, **{name: content[name] for name in TABLES if name in content}}


def read_pairs(pairs: Iterable[str], origin: str) -> dict[str, Any]:
    """`["width=3", "name=x"]` to {"width": 3, "name": "x"}: a value is JSON where it can be read so."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = str(pair).partition("=")
        if not equals or not name.strip().isidentifier():
            raise UsageError(f"{origin}: expected NAME=VALUE, found '{pair}'.")
        try:
            found[name.strip()] = json.loads(text)
        except ValueError:
            found[name.strip()] = text
    return found
