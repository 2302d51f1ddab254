"""Make a control group of its own on the host, or change a setting in /sys."""

import sys
import time
from pathlib import Path

made = []
for group in (Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").glob("*")):
    try:
        (group / sys.argv[1]).mkdir()
        made.append(group / sys.argv[1])
        break
    except OSError as error:
        print(f"no: {error}")
try:
    setting = Path("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs")
    setting.write_text(setting.read_text())
    print("escaped: a setting was written")
except OSError as error:
    print(f"no: {error}")
print("ready: look now", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
for each in made:
    each.rmdir()
print(f"escaped: {made[0]} was made" if made else "held: no control group can be made")
