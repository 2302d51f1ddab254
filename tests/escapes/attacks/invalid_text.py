"""Print bytes that are no text: bad UTF-8, lone surrogates, half a character at the end."""

import os

os.write(1, b"\xff\xfe\xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80 \x80\x81\n")
os.write(1, bytes(range(128, 256)) + b"\n")
print("tried: it was printed", flush=True)
os.write(1, b"\xe2\x82")
