"""Read which ports the host listens on, from /proc."""

import os
from pathlib import Path

wanted = f":{int(os.environ['PORT']):04X} "
for table in (*Path("/proc").glob("[0-9]*/net/tcp"), Path("/proc/net/tcp")):
    try:
        if wanted in table.read_text():
            print(f"escaped: {table} names port {int(wanted[1:5], 16)}: {wanted}")
            break
    except OSError:
        continue
else:
    print("held: no table names it")
