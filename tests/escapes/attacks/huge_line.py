"""Print 32 MB without a line end, with a word that looks like an error in it."""

import os

piece = b"x" * 65536
for _ in range(512):
    os.write(1, piece)
os.write(1, b" error " + piece)
os.write(1, b"\ntried: it was printed\n")
