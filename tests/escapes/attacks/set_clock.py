"""Set the host's clock, to what it says already."""

import time

try:
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    print("escaped: it was set")
except OSError as error:
    print(f"held: {error}")
