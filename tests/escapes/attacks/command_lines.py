"""Read a secret from the command line of another process."""

from pathlib import Path

for place in Path("/proc").glob("[0-9]*/cmdline"):
    try:
        for word in place.read_bytes().split(b"\0"):
            if word.startswith(b"token-"):
                print(f"escaped: {place}: {word.decode()}")
                raise SystemExit
    except OSError:
        continue
print("held: no process here has one")
