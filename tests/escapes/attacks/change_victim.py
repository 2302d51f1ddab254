"""Starve a process of the host: priority, processors and limits."""

import os
import resource
from collections.abc import Callable

pid = int(os.environ["VICTIM"])
done = []
ways: dict[str, Callable[[], object]] = {
    "priority": lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
    "processors": lambda: os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))}),
    "limits": lambda: resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0)),
}
for name, way in ways.items():
    try:
        way()
        done.append(name)
    except OSError as error:
        print(f"no: {name}: {error}")
print(f"escaped: {' '.join(done)} changed" if done else "held: there is no such process here")
