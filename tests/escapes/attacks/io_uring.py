"""Make a ring of system calls, which no filter sees."""

import ctypes
import os
import time
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
got = library.syscall(425, 4, ctypes.create_string_buffer(120))
if got < 0:
    print(f"held: {os.strerror(ctypes.get_errno())}")
else:
    print("ready: look now", flush=True)
    until = time.monotonic() + 10
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    print("escaped: the kernel did it")
