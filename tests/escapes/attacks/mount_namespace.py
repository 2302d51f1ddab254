"""Make a mount namespace of its own."""

import ctypes
import os
import time
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
before = os.readlink("/proc/self/ns/mnt")  # noqa: PTH115 - no path
if library.unshare(0x00020000) < 0:
    print(f"held: {os.strerror(ctypes.get_errno())}")
else:
    print("ready: look now", flush=True)
    until = time.monotonic() + 10
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    print("escaped:", before, "left")
