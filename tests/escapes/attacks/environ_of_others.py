"""Read the keys that other processes were started with."""

from pathlib import Path

for place in Path("/proc").glob("[0-9]*/environ"):
    try:
        for entry in place.read_bytes().split(b"\0"):
            if b"API_KEY=token-" in entry:
                print(f"escaped: {place}: {entry.decode()}")
                raise SystemExit
    except OSError:
        continue
print("held: no process here has one")
