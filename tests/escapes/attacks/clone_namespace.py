"""Start a child in a user namespace by clone3, whose flags no filter can read."""

import ctypes
import os
import time
from pathlib import Path

CLONE3, NEW_USER = 435, 0x10000000
library = ctypes.CDLL(None, use_errno=True)
arguments = (ctypes.c_uint64 * 11)(NEW_USER, 0, 0, 0, 17)
child = library.syscall(CLONE3, arguments, ctypes.sizeof(arguments))
if child < 0:
    print(f"held: {os.strerror(ctypes.get_errno())}")
    raise SystemExit
if child == 0:
    time.sleep(12)
    os._exit(0)
print("ready: look now", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
os.kill(child, 9)
print("escaped: a child has its own")
