"""Leave folders in each other, deeper than a path can say."""

import os
from pathlib import Path

depth = 0
try:
    for _ in range(1000):
        Path("deep").mkdir()
        os.chdir("deep")
        depth += 1
except OSError as error:
    print(f"no: {error}")
print(f"tried: {depth} folders deep")
