"""Walk out by a folder whose descriptor came along."""

import os
import stat
from pathlib import Path

for number in sorted(int(link.name) for link in Path("/proc/self/fd").iterdir()):
    try:
        if number > 2 and stat.S_ISDIR(os.fstat(number).st_mode):
            secret = os.open("secret.txt", os.O_RDONLY, dir_fd=number)
            print("escaped:", os.read(secret, 1000).decode())
            break
    except OSError as error:
        print(f"no: {number}: {error}")
else:
    print("held: none came along")
