"""Hold 400 MB of memory."""

import time
from pathlib import Path

kept = []
try:
    for _ in range(25):
        kept.append(bytearray(b"x") * (16 << 20))
except MemoryError:
    print(f"held: at {16 * len(kept)} MB", flush=True)
    raise SystemExit from None
time.sleep(0.5)
print("ready: weigh it", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print(f"escaped: {16 * len(kept)} MB")
