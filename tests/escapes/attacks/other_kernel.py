"""Prepare another kernel to start, of no parts, with flags that none has."""

import ctypes
import errno
import os

library = ctypes.CDLL(None, use_errno=True)
got = library.syscall(246, 0, 0, None, 0xF0)
number = ctypes.get_errno() if got < 0 else 0
if number in (errno.EPERM, errno.EACCES, errno.ENOSYS):
    print(f"held: {os.strerror(number)}")
else:
    print(f"escaped: the kernel listened: {os.strerror(number) if number else got}")
