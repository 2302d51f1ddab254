"""Take away the mount that hides a file."""

import ctypes
import os
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
place = os.environ["SECRET"]
if library.umount2(place.encode(), 2) < 0:
    print(f"no: {os.strerror(ctypes.get_errno())}")
try:
    text = Path(place).read_text()
    print(f"escaped: {text}" if text else "held: it is still hidden")
except OSError as error:
    print(f"held: {error}")
