"""Enter the namespaces of another process."""

import ctypes
import os
import time
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
entered = []
for pid in (os.environ["VICTIM"], "1", str(os.getppid())):
    for name in ("net", "mnt", "pid", "user"):
        try:
            number = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
            if library.setns(number, 0) == 0:
                entered.append(f"{pid}:{name}")
                break
        except OSError as error:
            print(f"no: {error}")
    if entered:
        break
print("ready: look now", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
print(f"escaped: {entered}" if entered else "held: none can be entered")
