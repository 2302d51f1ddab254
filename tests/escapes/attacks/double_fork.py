"""Leave a daemon by the book: fork, new session, fork, own descriptors. For at most twenty seconds."""

import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.closerange(0, 3)
        time.sleep(20)
    os._exit(0)
print("tried: a daemon was left", flush=True)
