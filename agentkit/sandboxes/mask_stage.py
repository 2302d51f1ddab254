"""Mask stage: hides many files before bubblewrap starts. Run as a script, with `-I -S`:
`mask_stage.py LIST EMPTY program argv…`, where LIST is a descriptor of NUL-separated paths.

In a mount namespace of its own it binds the empty file over each of them and becomes the program, whose
binds carry that along. Bubblewrap can do the same, but reads the whole mount table after each mount:
600 files took it 1.0 s, and take 0.07 s this way.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

NEW_MOUNTS, NEW_USER = 0x00020000, 0x10000000
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000


def main() -> None:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)

    def check(result: int, what: str) -> None:
        if result != 0:
            print(f"{what}: {os.strerror(ctypes.get_errno())}", file=sys.stderr, flush=True)
            os._exit(1)

    with os.fdopen(int(sys.argv[1]), "rb") as listed:
        paths = [path for path in listed.read().split(b"\0") if path]
    user, group = os.geteuid(), os.getegid()
    check(library.unshare(NEW_MOUNTS | (NEW_USER if user else 0)), "a mount namespace was refused")
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    check(library.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None), "the mounts cannot be made private")
    empty = os.fsencode(sys.argv[2])
    for path in paths:
        check(library.mount(empty, path, None, BIND, None), f"{os.fsdecode(path)} cannot be hidden")
    os.execv(sys.argv[3], sys.argv[3:])


if __name__ == "__main__":
    main()
