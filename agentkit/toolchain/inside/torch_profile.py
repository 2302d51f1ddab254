"""Runs a Python script under torch's profiler and answers with the summary of its timeline.

Asked with a JSON object: `script` (a path, or `-m` and a module), `arguments`, `warmup` and `steps`. A step
ends where an optimizer's `step` does: the first ones are left out, and after the last the script is ended. A
script that makes no steps is profiled from its start to its end. Answers with `summary`, `steps`,
`peak_device_bytes`, `peak_host_bytes` and `failure` (the script's own, if it had one).
"""

from __future__ import annotations

import json
import os
import resource
import runpy
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from agentkit.toolchain.timeline import summary_of


class Finished(BaseException):
    """All steps are recorded. Not an Exception: a script's own handlers are to let it pass."""


class Recorder:
    def __init__(self, warmup: int, steps: int) -> None:
        import torch

        self.torch = torch
        self.warmup, self.wanted, self.seen = warmup, steps, 0
        self.profile: Any = None

    def start(self) -> None:
        kinds = [self.torch.profiler.ProfilerActivity.CPU]
        if self.torch.cuda.is_available():
            kinds.append(self.torch.profiler.ProfilerActivity.CUDA)
        self.profile = self.torch.profiler.profile(activities=kinds)
        self.profile.start()

    def stop(self) -> None:
        if self.torch.cuda.is_available():
            self.torch.cuda.synchronize()
        self.profile.stop()

    def after_step(self, *_: Any) -> None:
        self.seen += 1
        if self.seen == self.warmup:
            self.stop()
            self.start()
        elif self.seen >= self.warmup + self.wanted:
            raise Finished

    @property
    def steps(self) -> int:
        """In what is recorded."""
        return self.seen - self.warmup if self.seen > self.warmup else self.seen

    def summary(self) -> dict[str, Any]:
        self.stop()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "trace.json")
            self.profile.export_chrome_trace(str(path))
            return summary_of(json.loads(path.read_text(encoding="utf-8"))["traceEvents"])

    def peak_device_bytes(self) -> int:
        return self.torch.cuda.max_memory_allocated() if self.torch.cuda.is_available() else 0


def run_script(script: str, arguments: list[str]) -> str:
    """Its failure, or nothing."""
    sys.argv = [script, *arguments]
    try:
        if script.startswith("-m"):
            sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as `python -m` does
            runpy.run_module(script[2:].strip(), run_name="__main__", alter_sys=True)
        else:
            sys.path.insert(0, str(Path(script).resolve().parent))
            runpy.run_path(script, run_name="__main__")
    except Finished:
        return ""
    except SystemExit as end:
        return "" if end.code in (None, 0) else f"it ended with exit code {end.code}"
    except BaseException:  # noqa: BLE001 - the script may raise anything
        return traceback.format_exc()
    return ""


def answer(question: dict[str, Any]) -> dict[str, Any]:
    from torch.optim.optimizer import register_optimizer_step_post_hook

    recorder = Recorder(question["warmup"], question["steps"])
    register_optimizer_step_post_hook(recorder.after_step)
    recorder.start()
    failure = run_script(question["script"], question["arguments"])
    return {
        "summary": recorder.summary(),
        "steps": recorder.steps,
        "peak_device_bytes": recorder.peak_device_bytes(),
        "peak_host_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "failure": failure[-3000:],
    }


if __name__ == "__main__":
    _question, _word = json.loads(sys.argv[1]), sys.argv[2]
    _line = json.dumps(answer(_question))
    sys.stdout.flush()
    print(_word + _line, flush=True)
    os._exit(0)  # a script's threads and workers must not keep it waiting
