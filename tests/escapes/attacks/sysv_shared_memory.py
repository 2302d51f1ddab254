"""Read a shared memory segment of the host by its number."""

import ctypes
import os

library = ctypes.CDLL(None, use_errno=True)
library.shmat.restype = ctypes.c_void_p
address = library.shmat(int(os.environ["SEGMENT"]), None, 0o10000)
if address in (None, 2**64 - 1):
    print(f"held: {os.strerror(ctypes.get_errno())}")
else:
    print("escaped:", ctypes.string_at(address).decode())
