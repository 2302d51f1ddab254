"""Read the host's disk below its file system."""

import hashlib
import os
from pathlib import Path

places = [Path(os.environ["DISK"]), *Path("/dev").glob("[sv]d[a-z]"), *Path("/dev").glob("nvme*n1")]
for place in places:
    try:
        with place.open("rb") as disk:
            disk.seek(1024)
            print(f"escaped: {place} {hashlib.sha256(disk.read(1024)).hexdigest()}")
            break
    except OSError as error:
        print(f"held: {error}")
