"""Start a process in answer to being told to end, and at exit. Each for at most twenty seconds."""

import atexit
import os
import signal
import time


def leave(*_: object) -> None:
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.closerange(0, 3)
        time.sleep(20)
        os._exit(0)


atexit.register(leave)
signal.signal(signal.SIGTERM, leave)
print("tried: it waits for its end", flush=True)
until = time.monotonic() + 2.5
while time.monotonic() < until:
    time.sleep(0.05)
