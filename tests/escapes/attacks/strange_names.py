"""Leave files whose names are no text, hold line ends and control codes, or look like options."""

import os

for name in (b"\xff\xfe", b"two\nlines", b"\x1b[2J", b"-rf", b"..data", b" ", b"\xe2\x80\xae", b"a" * 255):
    with os.fdopen(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
        file.write(b"x")
print("tried: strange names lie here")
