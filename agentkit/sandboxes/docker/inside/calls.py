"""Calls: the system calls that a command gives up before it begins, beyond those that docker refuses it.

Docker's own filter differs from release to release; ours is the one that commands in bubblewrap have.
"""

from __future__ import annotations

import os
import struct

SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
INSTRUCTION_BYTES = struct.calcsize("=HBBI")


def check_library() -> None:
    """ImportError, in words, where the image misses what `give_up` needs."""
    try:
        import ctypes  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"the image lacks a library of Python's ctypes, most likely libffi ({error})"
        ) from None


def give_up(program: bytes) -> None:
    """`program`: an array of `struct sock_filter`. OSError if the kernel takes it not."""
    import ctypes

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))

    kept = ctypes.create_string_buffer(program, len(program))
    whole = Program(len(program) // INSTRUCTION_BYTES, ctypes.addressof(kept))
    control = ctypes.CDLL(None, use_errno=True).prctl
    for words in ((SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SET_SECCOMP, FILTER, ctypes.byref(whole), 0, 0)):
        if control(*words) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"the filter of system calls was not taken: {os.strerror(number)}")
