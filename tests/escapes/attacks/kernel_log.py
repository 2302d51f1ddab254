"""Read the host's kernel log."""

import ctypes
import os

library = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(1 << 20)
got = library.klogctl(3, buffer, 1 << 20)
text = buffer.raw[: max(0, got)].decode(errors="replace")
if got <= 0:
    try:
        log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        while "token-" not in text:
            text = os.read(log, 8192).decode(errors="replace")
    except OSError as error:
        print(f"no: {error}")
at = text.rfind("token-")
print(f"escaped: {text[at : at + 40]}" if at >= 0 else f"held: {os.strerror(ctypes.get_errno())}")
