"""Mount a file system over a folder of its own."""

import ctypes
import os
import sys
import time
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
Path("mounted").mkdir()
place = str(Path("mounted").resolve()).encode()
ways = [
    (sys.argv[1].encode(), place, b"tmpfs", 0, b"size=1m"),
    (b"proc", place, b"proc", 0, None),
    (b"/", place, None, 4096, None),
]
for way in ways:
    if library.mount(*way) == 0:
        print("ready: look now", flush=True)
        until = time.monotonic() + 10
        while not Path("go").exists() and time.monotonic() < until:
            time.sleep(0.02)
        print("escaped: it was mounted")
        break
    print(f"held: {os.strerror(ctypes.get_errno())}")
