"""Open every device there is, apart from those that every program has."""

import os
import stat
from pathlib import Path

USUAL = {"null", "zero", "full", "random", "urandom", "tty", "ptmx"}
opened = []
for place in Path("/dev").rglob("*"):
    try:
        mode = place.stat().st_mode
        if place.name in USUAL or "pts" in place.parts or place.is_symlink():
            continue
        # What may act when it is merely opened is left alone.
        if (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)) and not place.name.startswith(
            ("watchdog", "tty", "vcs")
        ):
            os.close(os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
            opened.append(f"{place}={os.major(place.stat().st_rdev)}:{os.minor(place.stat().st_rdev)}")
    except OSError:
        continue
print(f"escaped: {' '.join(opened)}" if opened else "held: none can be opened")
