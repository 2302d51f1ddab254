"""Open a POSIX message queue of the host, and take a message from it."""

import ctypes
import os

library = ctypes.CDLL(None, use_errno=True)
queue = library.syscall(240, os.environ["QUEUE"].encode(), os.O_RDONLY | os.O_NONBLOCK, 0, None)
buffer = ctypes.create_string_buffer(64)
got = library.syscall(243, queue, buffer, 64, None, None) if queue >= 0 else -1
print(f"escaped: {buffer.value.decode()}" if got > 0 else f"held: {os.strerror(ctypes.get_errno())}")
