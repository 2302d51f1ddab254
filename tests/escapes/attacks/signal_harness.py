"""Signal the harness: its pid, its group, and by a pidfd. With SIGURG, which hurts nobody."""

import os
import signal
from collections.abc import Callable

sent = []
pid, group = int(os.environ["HARNESS"]), int(os.environ["GROUP"])
ways: list[Callable[[], object]] = [
    lambda: os.kill(pid, signal.SIGURG),
    lambda: os.killpg(group, signal.SIGURG),
    lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGURG),
]
for way in ways:
    try:
        way()
        sent.append("sent")
    except OSError as error:
        print(f"no: {error}")
print(f"escaped: {len(sent)} signals were sent" if sent else "held: there is no such process here")
