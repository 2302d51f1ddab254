"""Hold 400 MB of memory in a file that is only in memory and never mapped, which no process seems to use."""

import os
import time
from pathlib import Path

try:
    file = os.memfd_create("hoard")
    for _ in range(25):
        os.write(file, b"x" * (16 << 20))
except OSError as error:
    print(f"held: {error}", flush=True)
    raise SystemExit from None
time.sleep(0.5)
print("ready: weigh it", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print(f"escaped: {os.fstat(file).st_blocks * 512 >> 20} MB", flush=True)
