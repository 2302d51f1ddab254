"""Leave a process that stands still, for somebody to wake it later."""

import os
import signal
import time

pid = os.fork()
if pid == 0:
    os.setsid()
    os.closerange(0, 3)
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(20)
    os._exit(0)
time.sleep(0.2)
print("tried: it stands still", flush=True)
os._exit(0)
