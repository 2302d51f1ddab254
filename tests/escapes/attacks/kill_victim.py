"""Kill a process of the host."""

import os
import signal

try:
    os.kill(int(os.environ["VICTIM"]), signal.SIGKILL)
    print("escaped: the signal was sent")
except OSError as error:
    print(f"held: {error}")
