"""The file agentkit.toml of a project: what it says of a solve and of models."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from agentkit.errors import BadFile

FILE = "agentkit.toml"


def read_file(path: Path) -> dict[str, Any]:
    """`[solve]`, and `[models]` as one of its values; a path is relative to the file. Raises BadFile."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadFile(path, "", "a file that can be read", error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(path, "", "TOML", str(error)) from error
    for key in content:
        if key not in ("solve", "models"):
            raise BadFile(path, key, "the table [solve] or [models.NAME]", f"'{key}'")
    table = content.get("solve", {})
    if not isinstance(table, dict):
        raise BadFile(path, "solve", "a table", repr(table))
    for name in ("runs_folder", "cache_folder"):
        if isinstance(table.get(name), str):
            table[name] = path.parent / Path(table[name]).expanduser()
    if "models" in content:
        table["models"] = content["models"]
    return table
