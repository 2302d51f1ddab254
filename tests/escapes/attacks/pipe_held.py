"""End, and leave a child that holds the output open: who reads to its end waits. For twenty seconds."""

import os
import time

print("tried: a child holds the pipe", flush=True)
if os.fork() == 0:
    time.sleep(20)
os._exit(0)
