"""Leave a process below a child that adopts orphans, so that the harness does not. For twenty seconds."""

import ctypes
import os
import time

SET_CHILD_SUBREAPER = 36
if os.fork() == 0:
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.setsid()
    os.closerange(0, 3)
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(20)
        os._exit(0)
    time.sleep(20)
    os._exit(0)
print("tried: it has another parent", flush=True)
