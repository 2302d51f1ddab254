"""Attach a debugger to the program that started it, which reports how it ended."""

import ctypes
import os
import time
from pathlib import Path

SEIZE = 0x4206
library = ctypes.CDLL(None, use_errno=True)
if library.ptrace(SEIZE, os.getppid(), None, None) == 0:
    print("ready: attached", flush=True)
    until = time.monotonic() + 10
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    print(f"escaped: {os.getppid()} was attached")
else:
    print(f"held: {os.strerror(ctypes.get_errno())}")
