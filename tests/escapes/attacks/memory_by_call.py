"""Read the memory of another process by process_vm_readv."""

import ctypes
import os


class Part(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("size", ctypes.c_size_t)]


library = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(40)
here = Part(ctypes.addressof(buffer), 40)
there = Part(int(os.environ["ADDRESS"]), 40)
pid = int(os.environ["VICTIM"])
got = library.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
print(f"escaped: {buffer.value.decode()}" if got > 0 else f"held: {os.strerror(ctypes.get_errno())}")
