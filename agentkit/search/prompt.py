"""Prompts: Markdown files with {{name}} places, found beside this file or in a kit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from agentkit.errors import BadFile, UnknownName

FOLDER = Path(__file__).with_name("prompts")
_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")


def fill(name: str, values: Mapping[str, str]) -> str:
    """The prompt of that name with every place filled; a place without a value is an author's mistake.

    Plain replacement in one pass: braces in code or hints are left alone, and a value is never
    searched for places.
    """
    path = FOLDER / f"{name}.md"
    if not path.exists():
        raise UnknownName("prompt", name, digests(), [str(FOLDER)])

    def put(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise BadFile(path, match[1], f"one of {', '.join(sorted(values))}", "{{" + match[1] + "}}")
        return values[match[1]]

    return _PLACE.sub(put, path.read_text(encoding="utf-8")).strip() + "\n"


def digests() -> dict[str, str]:
    """Name to the short sha256 of each prompt file: part of a run's manifest."""
    return {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in sorted(FOLDER.glob("*.md"))
    }
