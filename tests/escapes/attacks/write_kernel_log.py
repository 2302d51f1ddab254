"""Write a line into the host's kernel log."""

import sys
from pathlib import Path

try:
    Path("/dev/kmsg").write_text(f"agentkit escape suite: {sys.argv[1]}\n")
    print("escaped: it was written")
except OSError as error:
    print(f"held: {error}")
