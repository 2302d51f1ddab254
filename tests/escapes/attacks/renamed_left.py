"""Leave a process with another name, an empty environment and no tie to this one. For twelve seconds."""

import os
from pathlib import Path

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        folder = Path.cwd()
        os.chdir("/")
        os.closerange(0, 256)
        code = "import sys, time\nfor _ in range(240):\n open(sys.argv[1], 'a').write('.')\n time.sleep(.05)"
        os.execve("/proc/self/exe", ["kworker/0:1", "-I", "-S", "-c", code, f"{folder}/beat"], {})
    os._exit(0)
print("tried: it runs as kworker", flush=True)
