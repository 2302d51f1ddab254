"""Count what the processor does, by which others can be watched."""

import ctypes
import os
import time
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
head = (1).to_bytes(4, "little") + (128).to_bytes(4, "little") + bytes(32)
attribute = ctypes.create_string_buffer(head + (1 << 5 | 1 << 6).to_bytes(8, "little"), 128)
got = library.syscall(298, attribute, 0, -1, -1, 0)
if got < 0:
    print(f"held: {os.strerror(ctypes.get_errno())}")
else:
    print("ready: look now", flush=True)
    until = time.monotonic() + 10
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    print("escaped: the kernel did it")
