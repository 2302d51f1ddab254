"""Load a kernel module, of eight bytes that are none."""

import ctypes
import errno
import os

library = ctypes.CDLL(None, use_errno=True)
got = library.syscall(175, ctypes.create_string_buffer(8), 8, b"")
number = ctypes.get_errno() if got < 0 else 0
if number in (errno.EPERM, errno.EACCES, errno.ENOSYS):
    print(f"held: {os.strerror(number)}")
else:
    print(f"escaped: the kernel listened: {os.strerror(number) if number else got}")
