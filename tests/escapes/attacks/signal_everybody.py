"""Signal every process there is. With SIGURG, which nobody dies of; the victim notes it down."""

import os
import signal
import time

signal.signal(signal.SIGURG, signal.SIG_IGN)
try:
    os.kill(-1, signal.SIGURG)
    time.sleep(0.2)
    print("tried: all that are in sight were signalled")
except OSError as error:
    print(f"held: {error}")
