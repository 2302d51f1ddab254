"""Make a user namespace, in which it has every power."""

import ctypes
import os
import time
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
before = os.readlink("/proc/self/ns/user")  # noqa: PTH115 - no path
if library.unshare(0x10000000) < 0:
    print(f"held: {os.strerror(ctypes.get_errno())}")
else:
    print("ready: look now", flush=True)
    until = time.monotonic() + 10
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    print("escaped:", before, "left")
