"""What of /proc a command must not write or read, where only a file's mode protects it.

For a harness that is root: inside, its number is root's, and every file of /proc that root may open by
its mode can be opened. Bubblewrap leaves /proc/sys writable then. Nobody else can open these anyway.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

READ_ONLY = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "dynamic_debug", "mtrr")
OTHERS_READ = 0o004


def proc_arguments(closed: Path) -> list[str]:
    """For bubblewrap, after `--proc /proc`. `closed`: a file that nobody may open, in place of root's."""
    if os.geteuid() != 0:
        return []
    words: list[str] = []
    for name in READ_ONLY:
        if Path("/proc", name).exists():
            words += ["--ro-bind", f"/proc/{name}", f"/proc/{name}"]
    for place in private_files():
        words += ["--ro-bind", str(closed), str(place)]
    return words


@lru_cache
def private_files() -> tuple[Path, ...]:
    """Files of /proc that other users may not read."""
    return tuple(
        place
        for place in sorted(Path("/proc").iterdir())
        if not place.name.isdigit()
        and place.name not in READ_ONLY
        and place.is_file()
        and not place.is_symlink()
        and not place.stat().st_mode & OTHERS_READ
    )
