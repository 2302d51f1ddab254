"""Read what lies in a folder that is masked."""

import os
from pathlib import Path

place = Path(os.environ["SECRET"])
found = b""
for name in (place, f"/proc/self/root{place}", f"/proc/1/root{place}", f"/proc/self/cwd/../{place}"):
    try:
        found += Path(name).read_bytes()
    except OSError as error:
        print(f"no: {error}")
try:
    folder = os.open(place.parent, os.O_PATH)
    found += Path(f"/proc/self/fd/{folder}/{place.name}").read_bytes()
    found += os.read(os.open(place.name, os.O_RDONLY, dir_fd=folder), 1000)
except OSError as error:
    print(f"no: {error}")
print(f"escaped: {found.decode()}" if found else "held: it is empty by each name")
