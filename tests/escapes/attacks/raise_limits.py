"""Lift its own limits and write a file as large as it likes, 64 MB."""

import resource
from pathlib import Path

for name in (resource.RLIMIT_FSIZE, resource.RLIMIT_DATA, resource.RLIMIT_CORE):
    try:
        resource.setrlimit(name, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError) as error:
        print(f"no: {error}")
try:
    Path("large").write_bytes(b"x" * (64 << 20))
    print("escaped: 64 MB in one file")
except OSError as error:
    print(f"held: {error}")
