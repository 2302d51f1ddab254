"""Commands that do not want to end, for the tests of every sandbox.

Each is an argv for the `python3` or `sh` of a sandbox, carries a marker in the command line of every
process that it starts, and is bounded: at most a handful of processes, which end by themselves after
LIFE_SECONDS even where nothing ends them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

LIFE_SECONDS = 60
HEAD = f"""
import os, signal, sys, time
marker, born = sys.argv[1], time.monotonic()
def live():
    while time.monotonic() - born < {LIFE_SECONDS}:
        time.sleep(0.2)
    os._exit(0)
"""
DEAF = """
for number in range(1, 32):
    if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
"""
DETACH = """
if os.fork(): os._exit(0) if away else live()
os.setsid()
if os.fork(): os._exit(0)
"""
CLOSE = """
for descriptor in range(0, 256):
    try: os.close(descriptor)
    except OSError: pass
"""
STOP = """
os.kill(os.getpid(), signal.SIGSTOP)
"""
FORK_ON = f"""
while time.monotonic() - born < {LIFE_SECONDS}:
    if os.fork():
        os._exit(0)
    time.sleep(0.002)
os._exit(0)
"""
BROOD = """
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        live()
live()
"""
REFORK = f"""
while time.monotonic() - born < {LIFE_SECONDS}:
    pid = os.fork()
    if pid == 0:
        time.sleep(0.05)
        os._exit(0)
    os.waitpid(pid, 0)
os._exit(0)
"""
LIVE = """
live()
"""


def python(*parts: str, away: bool = False) -> str:
    return HEAD + f"away = {away}\n" + "".join(parts)


KINDS: dict[str, str] = {
    "ignores every signal": python(DEAF, LIVE),
    "double fork, the first one waits": python(DETACH, LIVE),
    "double fork, deaf": python(DEAF, DETACH, LIVE),
    "detached, holds the pipe": python("pid = os.fork()\nif pid: live()\nos.setsid()\n", DEAF, LIVE),
    "closes every descriptor": python(DEAF, CLOSE, LIVE),
    "stops itself": python(STOP, LIVE),
    "a stopped child without descriptors": python("if os.fork(): live()\nos.setsid()\n", CLOSE, STOP, LIVE),
    "a family of sessions": python(DEAF, BROOD),
    "forks and waits again and again": python(DEAF, REFORK),
    "passes life on": python("if os.fork(): live()\nos.setsid()\n", DEAF, CLOSE, FORK_ON),
}


def stubborn_commands(count: int, marker: Callable[[int], str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(kind, argv), the kinds in turn. `marker`: a word of its own for each number."""
    kinds = list(KINDS.items())
    for number in range(count):
        name, code = kinds[number % len(kinds)]
        yield name, ("python", "-I", "-S", "-c", code, marker(number))


def marked(word: str) -> list[int]:
    """Processes of this machine with a word in their command line, this one left out."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and word.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found
