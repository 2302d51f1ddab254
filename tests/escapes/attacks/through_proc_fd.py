"""Read a file that has no name any more, through the descriptor of the process that holds it."""

import os
from pathlib import Path

for link in Path("/proc").glob("[0-9]*/fd/*"):
    try:
        # Nothing else is opened: reading another's pipe would take from it.
        if os.environ["NAME"] in os.fspath(link.readlink()):
            print(f"escaped: {link}: {link.read_text()}")
            break
    except OSError:
        continue
else:
    print("held: no process here holds it")
