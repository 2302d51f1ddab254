"""Read the memory of the host's kernel."""

import os

for name in ("/proc/kcore", "/dev/mem", "/dev/port"):
    try:
        print(f"escaped: {name} {os.read(os.open(name, os.O_RDONLY), 4).hex()}")
        break
    except OSError as error:
        print(f"held: {error}")
