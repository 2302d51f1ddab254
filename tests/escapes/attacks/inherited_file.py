"""Read every descriptor that came along."""

import os
from pathlib import Path

found = b""
for number in sorted(int(link.name) for link in Path("/proc/self/fd").iterdir()):
    try:
        if number > 2:
            found += os.pread(number, 1000, 0)
    except OSError as error:
        print(f"no: {number}: {error}")
print(f"escaped: {found.decode(errors='replace')}" if found else "held: none came along")
