"""Read a masked file by another name that it has had all along."""

import os
from pathlib import Path

try:
    found = Path(os.environ["TWIN"]).read_text()
    print(f"escaped: {found}" if found else "held: it is empty")
except OSError as error:
    print(f"held: {error}")
