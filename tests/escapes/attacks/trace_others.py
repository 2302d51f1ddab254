"""Attach a debugger to another process."""

import ctypes
import os
import time
from pathlib import Path

SEIZE = 0x4206
library = ctypes.CDLL(None, use_errno=True)
victims = [int(os.environ["VICTIM"])]
if library.ptrace(SEIZE, victims[0], None, None) == 0:
    print("ready: attached", flush=True)
    until = time.monotonic() + 10
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    print("escaped: it was attached")
else:
    print(f"held: {os.strerror(ctypes.get_errno())}")
