"""Prompts: Markdown files with {{name}} places, in the folder `prompts` here or in a kit's scaffolds/prompts.

A kit's file of a known name replaces ours; one of a new name is a prompt that the kit's operators may name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentkit import builtin, project
from agentkit.errors import BadFile, UnknownName
from agentkit.kits import installed_kits
from agentkit.search.prompt_edits import edited

FOLDER = Path(__file__).with_name("prompts")
IN_A_KIT = Path("scaffolds", "prompts")
_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")


@dataclass(frozen=True)
class PromptFile:
    path: Path
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Prompts:
    """The prompts of one run, read once: what changes on disk meanwhile does not change it."""

    files: Mapping[str, PromptFile]
    folders: Sequence[Path]
    """Where they were looked for, first wins."""

    def fill(self, name: str, values: Mapping[str, str]) -> str:
        """The prompt of that name with every place filled; a place without a value is an author's mistake.

        Plain replacement in one pass: braces in code or hints are left alone, and a value is never
        searched for places.
        """
        file = self._find(name)

        def put(match: re.Match[str]) -> str:
            if match[1] not in values:
                known = f"one of {', '.join(sorted(values))}"
                raise BadFile(file.path, match[1], known, "{{" + match[1] + "}}")
            return values[match[1]]

        return _PLACE.sub(put, file.text).strip() + "\n"

    def edited(self, name: str, program: str) -> Prompts:
        """These prompts with that one edited (`search.prompt_edits`); the files on disk stay as they are."""
        if not program:
            return self
        file = self._find(name)
        return replace(self, files={**self.files, name: PromptFile(file.path, edited(file.text, program))})

    def has_place(self, name: str, place: str) -> bool:
        return place in _PLACE.findall(self._find(name).text)

    def digests(self) -> dict[str, str]:
        """Name to the short sha256 of each prompt in use."""
        return {name: file.digest for name, file in sorted(self.files.items())}

    def _find(self, name: str) -> PromptFile:
        if name not in self.files:
            raise UnknownName("prompt", name, self.files, [str(folder) for folder in self.folders])
        return self.files[name]


def open_prompts(folders: Sequence[Path] | None = None) -> Prompts:
    """Read those of the kits in use, first wins, and ours. Raises BadFile for one that is no UTF-8."""
    folders = prompt_folders() if folders is None else folders
    files: dict[str, PromptFile] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.md")):
            if path.stem not in files:
                files[path.stem] = PromptFile(path, _read(path))
    return Prompts(files, folders)


def prompt_folders() -> list[Path]:
    """The project's, those of installed kits by name, and ours."""
    roots = [*project.mounted(), *(kit.root for kit in installed_kits() if not kit.broken), builtin.ROOT]
    return [*dict.fromkeys(root / IN_A_KIT for root in roots), FOLDER]


def digests() -> dict[str, str]:
    """Name to the short sha256 of each prompt in use: part of a run's manifest."""
    return open_prompts().digests()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadFile(path, "", "UTF-8 text", f"byte {error.start} is no UTF-8") from error
