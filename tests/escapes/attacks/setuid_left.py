"""Leave a program that runs as its owner whoever starts it, for the host's other users."""

import os
import shutil
from pathlib import Path

shutil.copyfile("/bin/true", "tool")
for mode in (0o4755, 0o2755):
    try:
        Path("tool").chmod(mode)
        print(f"no: mode {mode:o} was accepted")
    except OSError as error:
        print(f"no: {error}")
try:
    os.close(os.open("made", os.O_CREAT | os.O_WRONLY, 0o4755))
except OSError as error:
    print(f"no: {error}")
left = [name for name in ("tool", "made") if Path(name).exists() and Path(name).stat().st_mode & 0o6000]
print(f"escaped: {left}" if left else "held: the bit was not set")
