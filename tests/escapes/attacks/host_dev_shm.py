"""Read a file in the host's shared memory folder."""

import os
from pathlib import Path

try:
    print("escaped:", Path(os.environ["SECRET"]).read_text())
except OSError as error:
    print(f"held: {error}")
