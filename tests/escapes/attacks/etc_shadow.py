"""Read the passwords of the host's users. Only a digest is printed."""

import hashlib
from pathlib import Path

for name in ("/etc/shadow", "/proc/self/root/etc/shadow", "/proc/1/root/etc/shadow"):
    try:
        print(f"digest {hashlib.sha256(Path(name).read_bytes()).hexdigest()}")
    except OSError as error:
        print(f"no: {error}")
print("tried: those are all its names")
