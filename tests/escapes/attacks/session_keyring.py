"""Read a key from the kernel's keyring of the session, which children inherit."""

import ctypes
import os

KEYCTL, SEARCH, READ, SESSION = 250, 10, 11, -3
library = ctypes.CDLL(None, use_errno=True)
key = library.syscall(KEYCTL, SEARCH, SESSION, b"user", os.environ["KEY"].encode(), 0)
buffer = ctypes.create_string_buffer(100)
got = library.syscall(KEYCTL, READ, key, buffer, 100, 0) if key > 0 else -1
print(f"escaped: {buffer.value.decode()}" if got > 0 else f"held: {os.strerror(ctypes.get_errno())}")
