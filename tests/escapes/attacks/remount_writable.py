"""Make a read-only mount writable, and change what is in it."""

import ctypes
import os
from pathlib import Path

REMOUNT, BIND = 32, 4096
library = ctypes.CDLL(None, use_errno=True)
folder = os.environ["FOLDER"].encode()
for flags in (REMOUNT | BIND, REMOUNT):
    if library.mount(b"none", folder, None, flags, None) < 0:
        print(f"no: {os.strerror(ctypes.get_errno())}")
try:
    Path(os.environ["FOLDER"], "train.txt").write_text("changed")
    print("escaped: it was changed")
except OSError as error:
    print(f"held: {error}")
