"""Give a masked file another name, and read it by that."""

import os
from pathlib import Path

place = Path(os.environ["SECRET"])
found = ""
for name in (Path("other"), place.parent / "other", Path("/tmp/other")):
    try:
        os.link(place, name)
        found += name.read_text()
    except OSError as error:
        print(f"no: {error}")
print(f"escaped: {found}" if found else "held: no other name shows it")
