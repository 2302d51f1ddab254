"""Open a socket to the kernel's ciphers, a door that many have come through."""

import ctypes
import errno
import os

library = ctypes.CDLL(None, use_errno=True)
got = library.socket(38, 5, 0)
number = ctypes.get_errno() if got < 0 else 0
if number in (errno.EPERM, errno.EACCES, errno.ENOSYS):
    print(f"held: {os.strerror(number)}")
else:
    print(f"escaped: the kernel listened: {os.strerror(number) if number else got}")
