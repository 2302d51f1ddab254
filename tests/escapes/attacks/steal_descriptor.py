"""Take an open file from another process by pidfd_getfd."""

import ctypes
import os

PIDFD_GETFD = 438
library = ctypes.CDLL(None, use_errno=True)
try:
    process = os.pidfd_open(int(os.environ["VICTIM"]))
    stolen = library.syscall(PIDFD_GETFD, process, int(os.environ["NUMBER"]), 0)
    if stolen < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    print("escaped:", os.pread(stolen, 100, 0).decode())
except OSError as error:
    print(f"held: {error}")
