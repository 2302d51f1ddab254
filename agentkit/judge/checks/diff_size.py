"""How many lines a unified diff changes."""

from __future__ import annotations

import re

HUNK = re.compile(r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
BINARY = re.compile(r"^Binary file")


def changed_lines(diff: str) -> int:
    """Added and removed lines; a binary file that differs counts as one.

    Follows the hunks' own counts, so that a removed line `-- x` is not taken for a file's header.
    """
    count = old_left = new_left = 0
    for line in diff.split("\n"):
        if old_left > 0 or new_left > 0:
            sign = line[:1]
            if sign == "\\":
                continue
            count += sign in ("+", "-")
            old_left -= sign != "+"
            new_left -= sign != "-"
        elif hunk := HUNK.match(line):
            old_left, new_left = (int(size) if size is not None else 1 for size in hunk.groups())
        elif BINARY.match(line):
            count += 1
    return count
