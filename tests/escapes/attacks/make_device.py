"""Make a device node of its own: the host's /dev/null, which hurts nobody."""

import os
import stat

for name, kind, number in (
    ("device", stat.S_IFCHR, os.makedev(1, 3)),
    ("disk", stat.S_IFBLK, os.makedev(7, 0)),
):
    try:
        os.mknod(name, kind | 0o666, number)
        print(f"escaped: {name} was made")
    except OSError as error:
        print(f"held: {error}")
