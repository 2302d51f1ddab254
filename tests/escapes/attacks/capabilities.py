"""Have power that an ordinary user has not, or take it back."""

import ctypes
import time
from pathlib import Path

library = ctypes.CDLL(None, use_errno=True)
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
wanted = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF, 0xFFFFFFFF, 0, 0x1FF, 0x1FF, 0])
print("no: capset", library.capset(header, wanted), ctypes.get_errno())
for number in range(41):
    library.prctl(47, 2, number, 0, 0)
print("ready: look now", flush=True)
until = time.monotonic() + 10
while not Path("go").exists() and time.monotonic() < until:
    time.sleep(0.02)
lines = Path("/proc/self/status").read_text().splitlines()
mine = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Cap")}
print(f"escaped: {mine}" if int(mine["CapEff"], 16) else "held: it has none")
