"""Read the memory of another process by /proc/PID/mem."""

import os

try:
    memory = os.open(f"/proc/{os.environ['VICTIM']}/mem", os.O_RDONLY)
    print("escaped:", os.pread(memory, 40, int(os.environ["ADDRESS"])).split(b"\0")[0].decode())
except OSError as error:
    print(f"held: {error}")
