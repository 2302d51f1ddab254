"""Edit blocks: changes of several files as a model writes them in one text.

path/to/file.py
<<<<<<< SEARCH
the old lines
=======
the new lines
>>>>>>> REPLACE

path/to/new.py
<<<<<<< WHOLE
all lines of the file
>>>>>>> WHOLE
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentkit.source.textfile import TextFile

_BLOCK = re.compile(
    r"^[ \t]*`{0,3}[ \t]*(?P<path>[^\s`<>][^\n`<>]*?)[ \t]*`{0,3}[ \t]*\n"
    r"(?:```[^\n]*\n)?"
    r"<{7} (?:SEARCH\n(?P<old>.*?)^={7}\n(?P<new>.*?)^>{7} REPLACE|WHOLE\n(?P<whole>.*?)^>{7} WHOLE)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Edit:
    """One block. `old` None: `new` is the whole file."""

    path: str
    old: str | None
    new: str

    def with_line_ends_of(self, file: TextFile) -> Edit:
        """A model writes newlines, whatever the file has."""
        old = None if self.old is None else file.with_its_line_ends(self.old)
        return Edit(self.path, old, file.with_its_line_ends(self.new))


class EditRefused(Exception):
    """An edit that cannot be applied; the text is for the model."""


def read_edits(text: str) -> list[Edit]:
    """All blocks, in order. A text without any is an empty list, never an error."""
    return [
        Edit(match["path"].strip(), match["old"], match["new"])
        if match["whole"] is None
        else Edit(match["path"].strip(), None, match["whole"])
        for match in _BLOCK.finditer(text)
    ]


def edited(text: str | None, edit: Edit, number: int) -> str:
    """The file's text with block `number` applied; None: there is no such file. Raises EditRefused."""
    if edit.old is None:
        return edit.new
    if text is None:
        raise EditRefused(f"Block {number}: there is no file {edit.path}.")
    count = text.count(edit.old) if edit.old else 0
    if count != 1:
        problem = f"occurs {count} times" if count else "does not occur"
        raise EditRefused(f"Block {number}: the searched text {problem} in {edit.path}:\n{edit.old}")
    return text.replace(edit.old, edit.new, 1)
