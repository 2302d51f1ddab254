"""Close every descriptor, so that the output seems to end, and run on. For at most fifteen seconds."""

import os
import time

print("tried: all are closed now", flush=True)
os.closerange(0, 256)
time.sleep(15)
