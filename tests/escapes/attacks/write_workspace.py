"""Change a workspace that is only to be read."""

from pathlib import Path

try:
    Path("changed.txt").write_text("was here")
    print("escaped: it was written")
except OSError as error:
    print(f"held: {error}")
