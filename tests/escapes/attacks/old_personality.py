"""Switch off the random layout of memory for what it starts."""

import ctypes
import errno
import os

library = ctypes.CDLL(None, use_errno=True)
got = library.personality(0x0040000)
number = ctypes.get_errno() if got < 0 else 0
if number in (errno.EPERM, errno.EACCES, errno.ENOSYS):
    print(f"held: {os.strerror(number)}")
else:
    print(f"escaped: the kernel listened: {os.strerror(number) if number else got}")
