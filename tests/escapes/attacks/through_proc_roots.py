"""Read a host file through the root and working directory that /proc shows of each process."""

import os
from pathlib import Path

place = Path(os.environ["SECRET"])
for process in Path("/proc").glob("[0-9]*"):
    for way in (process / "root" / place.relative_to("/"), process / "cwd" / place.name):
        try:
            text = way.read_text()
            if "token-" in text:
                print(f"escaped: {way}: {text}")
                raise SystemExit
        except OSError:
            continue
print("held: none of them leads there")
