"""The console that a command's own output goes to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 160
"""Columns where there is no terminal; rich would cut tables at 80."""


def open_console() -> Console:
    """On stdout, as it is now."""
    from rich.console import Console

    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console
