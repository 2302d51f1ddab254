"""Leave its memory as a core dump."""

import os
import resource
import signal

try:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, resource.RLIM_INFINITY))
except (OSError, ValueError) as error:
    print(f"no: {error}")
pid = os.fork()
if pid == 0:
    os.kill(os.getpid(), signal.SIGQUIT)
    os._exit(0)
_, status = os.waitpid(pid, 0)
print("escaped: a core was dumped" if os.WCOREDUMP(status) else "held: none was dumped")
