"""Say nothing more and use nothing, so that it looks like work. For at most nine seconds."""

import time

print("tried: now it is silent", flush=True)
time.sleep(9)
