"""Load something into the kernel's virtual machine: an empty map."""

import ctypes
import os
import time
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
attribute = b"".join(each.to_bytes(4, "little") for each in (2, 4, 4, 1)) + bytes(100)
got = library.syscall(321, 0, ctypes.create_string_buffer(attribute), len(attribute))
if got < 0:
    print(f"held: {os.strerror(ctypes.get_errno())}")
else:
    print("ready: look now", flush=True)
    until = time.monotonic() + 10
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
    print("escaped: the kernel did it")
