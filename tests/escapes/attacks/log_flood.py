"""Print 64 MB, as a small stand-in for a flood; the first argument of the environment may ask for more."""

import os

left = int(os.environ.get("FLOOD_BYTES", 64 << 20))
line = b"0123456789abcdef" * 4095 + b"0123456789abcde\n"
while left > 0:
    left -= os.write(1, line[:left] if left < len(line) else line)
os.write(1, b"\ntried: it was printed\n")
