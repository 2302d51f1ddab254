"""Hand in a host file itself as the result, by a hard link."""

import os
from pathlib import Path

try:
    os.link(os.environ["SECRET"], "result.json")
    print("escaped: result.json is the host's file")
except OSError as error:
    Path("result.json").write_text("{}")
    print(f"held: {error}")
