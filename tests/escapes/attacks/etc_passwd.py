"""Read who the users of the host are. Only a digest is printed."""

import hashlib
from pathlib import Path

for name in ("/etc/passwd", "/proc/self/root/etc/passwd", "/proc/1/root/etc/passwd"):
    try:
        print(f"digest {hashlib.sha256(Path(name).read_bytes()).hexdigest()}")
    except OSError as error:
        print(f"no: {error}")
print("tried: those are all its names")
