"""Write one file of 64 MB."""

import signal
from pathlib import Path

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with Path("large").open("wb", buffering=0) as file:
        for _ in range(16):
            if file.write(b"x" * (4 << 20)) < 4 << 20:
                raise OSError("a short write")
except OSError as error:
    print(f"no: {error}")
size = Path("large").stat().st_size
print(f"escaped: {size} bytes" if size == 64 << 20 else f"held: at {size} bytes")
