"""Stand still by SIGSTOP, so that no signal but one is heard, with a child that stands still too."""

import os
import signal

print("tried: it stands still", flush=True)
os.fork()
os.kill(os.getpid(), signal.SIGSTOP)
