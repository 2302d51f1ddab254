"""Kill what watches over it, and run on. For at most fifteen seconds."""

import os
import signal
import time

supervisor = os.getppid()
print("tried: the supervisor is to die", flush=True)
if os.fork() == 0:
    os.setsid()
    try:
        os.kill(supervisor, signal.SIGKILL)
    except OSError as error:
        print(f"no: {error}", flush=True)
    time.sleep(15)
time.sleep(0.5)
os._exit(0)
