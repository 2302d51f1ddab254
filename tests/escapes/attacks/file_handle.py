"""Open a host file by its handle, which goes around every mount."""

import ctypes
import os

library = ctypes.CDLL(None, use_errno=True)
kind, data = os.environ["HANDLE"].split(":")
body = bytes.fromhex(data)
handle = len(body).to_bytes(4, "little") + int(kind).to_bytes(4, "little") + body
folder = os.open(".", os.O_RDONLY)
found = library.open_by_handle_at(folder, ctypes.create_string_buffer(handle), os.O_RDONLY)
if found >= 0:
    print("escaped:", os.read(found, 1000).decode())
else:
    print(f"held: {os.strerror(ctypes.get_errno())}")
