"""Give a file of its own to another user of the host, with the set-user-id bit on it."""

import os
from pathlib import Path

Path("gift").write_text("x")
try:
    os.chown("gift", 12345, 12345)
    print("escaped: it is theirs")
except OSError as error:
    print(f"held: {error}")
