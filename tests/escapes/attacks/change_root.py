"""Change its root, from where an open folder leads out."""

import os
import time
from pathlib import Path

Path("jail").mkdir()
try:
    os.chroot("jail")
except OSError as error:
    print(f"held: {error}")
    raise SystemExit from None
print("ready: look now", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print("escaped: the root is another")
