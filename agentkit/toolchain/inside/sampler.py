"""Runs a Python script and looks, a hundred times a second, at where it is: where py-spy is not allowed to.

A thread of the same process takes the samples, so it sees Python only: the time in a C function counts for
the line that called it, and one that holds the interpreter's lock is seen when it lets go. Asked with a JSON
object: `script`, `arguments`, `rate`, `seconds`. Answers with `stacks` (frames joined by `;`, the outermost
first: count), `seconds` and `failure`. After so many seconds the script is ended.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

DEEPEST = 60


class Sampler(threading.Thread):
    def __init__(self, rate: float, seconds: float, done: Any) -> None:
        super().__init__(daemon=True)
        self.pause, self.seconds, self.done = 1 / rate, seconds, done
        self.watched = threading.get_ident()
        self.stacks: Counter[str] = Counter()
        self.began = time.monotonic()

    def run(self) -> None:
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            time.sleep(self.pause)
            frame = sys._current_frames().get(self.watched)
            if frame is not None and (folded := fold(frame)):
                self.stacks[folded] += 1
        self.done(self, "")


def fold(frame: FrameType | None) -> str:
    """Without the frames of this program and of runpy, which are below all others."""
    names: list[str] = []
    while frame is not None and len(names) < DEEPEST:
        code = frame.f_code
        if code.co_filename == __name__ or "runpy" in code.co_filename:
            break
        names.append(f"{code.co_qualname if sys.version_info >= (3, 11) else code.co_name} "
                     f"({Path(code.co_filename).name}:{frame.f_lineno})")  # fmt: skip
        frame = frame.f_back
    return ";".join(reversed(names))


def tell(sampler: Sampler, failure: str) -> None:
    """Answer and end at once, from whichever thread gets here first."""
    sys.stdout.flush()
    answer = {
        "stacks": dict(sampler.stacks),
        "seconds": time.monotonic() - sampler.began,
        "failure": failure[-3000:],
    }
    print(WORD + json.dumps(answer), flush=True)
    os._exit(0)


def run(question: dict[str, Any]) -> None:
    sampler = Sampler(question["rate"], question["seconds"], tell)
    sys.argv = [question["script"], *question["arguments"]]
    sys.path.insert(0, str(Path(question["script"]).resolve().parent))
    sampler.start()
    failure = ""
    try:
        runpy.run_path(question["script"], run_name="__main__")
    except SystemExit as end:
        failure = "" if end.code in (None, 0) else f"it ended with exit code {end.code}"
    except BaseException:  # noqa: BLE001 - the script may raise anything
        failure = traceback.format_exc()
    tell(sampler, failure)


WORD = ""
if __name__ == "__main__":
    WORD = sys.argv[2]
    run(json.loads(sys.argv[1]))
