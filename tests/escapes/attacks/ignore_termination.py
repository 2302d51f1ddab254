"""Ignore every signal that can be ignored, and run on after the time is up. For at most fifteen seconds."""

import os
import signal
import time

for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        continue
os.fork()
print("tried: it ignores them", flush=True)
until = time.monotonic() + 15
while time.monotonic() < until:
    time.sleep(0.1)
