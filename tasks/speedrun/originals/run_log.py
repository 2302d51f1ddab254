"""A log of modded-nanogpt, taken apart: the source that ran, the machine it ran on, what it printed.

A record's log holds the script as it ran, so it is where the record's source is kept. Between the parts
are lines of 100 times `=`. From 2026 on a log holds more than one file: each further one comes after a
small heading of its name between two lines of 40 times `-`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

RULE = "=" * 100
HEADING = re.compile(rf"\n\n{'-' * 40}\n# (?P<name>\w+\.py)\n{'-' * 40}\n\n")
SCRIPT = "train_gpt.py"
"""What we call the script of every record; upstream said train_gpt2.py until the end of 2024."""


class NoSource(ValueError):
    """A log does not hold the source of its run; the text says why not."""


@dataclass(frozen=True)
class RunLog:
    files: Mapping[str, str]
    """Name to text, `SCRIPT` first."""
    machine: str
    """Versions and what nvidia-smi said."""
    printed: str
    """Lines of the run itself."""


def split_log(text: str) -> RunLog:
    """Raises NoSource where a log has no source in it, such as those of llm.c."""
    began_with_rule = text.startswith(RULE + "\n")
    if began_with_rule:
        text = text[len(RULE) + 1 :]
    source, *rest = re.split(rf"^{RULE}\n", text, flags=re.MULTILINE)
    if not rest:
        raise NoSource(f"it has no line of {len(RULE)} times '=', which ends the source")
    # The older scripts write their source as it is, the newer ones print it: with one newline more.
    if not began_with_rule:
        source = source.removesuffix("\n")
    first, *further = HEADING.split(source)
    if not first.strip():
        raise NoSource("there is nothing before the first line of '='")
    files = {SCRIPT: first, **dict(zip(further[::2], further[1::2], strict=True))}
    machine = rest.pop(0) if len(rest) > 1 else ""
    return RunLog(files, machine, "".join(rest))
