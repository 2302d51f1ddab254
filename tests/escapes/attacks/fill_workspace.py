"""Fill the workspace with 200 MB."""

import time
from pathlib import Path

written = 0
try:
    for number in range(10):
        with Path(".", f"fill{number}").open("wb", buffering=0) as file:
            for _ in range(5):
                written += file.write(b"x" * (4 << 20))
                # A watch that is half a second late finds 40 MB more.
                time.sleep(0.05)
except OSError as error:
    print(f"held: at {written >> 20} MB: {error}", flush=True)
    raise SystemExit from None
time.sleep(0.5)
print("ready: weigh it", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print(f"escaped: {written >> 20} MB")
