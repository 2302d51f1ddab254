"""A run of a small task, made once for all tests: a1 is good, a2 crashes, a3 is good again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import agentkit
from tests.conftest import Once

TASK = """\
title = "A mix"
purpose = "Make it large."
editable = ["work.py"]
[files]
"work.py" = "start.py"
[metric]
name = "score"
lower_is_better = false
[evaluate]
command = ["python", "evaluate.py"]
seconds = 60
[transcripts]
demo = "demo.toml"
"""
EVALUATE = """\
import json, os, pathlib, sys, time
sys.path.insert(0, ".")
import work
log = pathlib.Path(LOG)
if log.parent.is_dir():
    time.sleep(0.4)
    with log.open("a") as file:
        file.write("x")
seed = int(os.environ["AGENTKIT_SEED"])
answer = {"metrics": {"score": work.score() + seed % 7 / 10}, "valid": True, "reason": ""}
pathlib.Path(os.environ["AGENTKIT_RESULT"]).write_text(json.dumps(answer))
"""
START = "WIDTH = 1\nDEPTH = 1\n\n\ndef score():\n    # Plain.\n    return WIDTH * DEPTH\n"
WHOLE = START.replace("WIDTH = 1", "WIDTH = 3").replace("DEPTH = 1", "DEPTH = 4").replace("Plain", "Mixed")
HEAD = """
title = "Mix"
scaffold = "aide"
attempts = 3
[settings]
drafts = 1
debug_probability = 1.0
"""
ATTEMPT = """
[[attempt]]
operator = "{operator}"
  [[attempt.reply]]
  stage = "{opening}"
  text = "All at once."
  [[attempt.reply]]
  stage = "code"
    [[attempt.reply.call]]
    tool = "editor"
    arguments = {{ command = "create", path = "work.py", overwrite = true, text = '''
{text}''' }}
    [[attempt.reply.call]]
    tool = "submit"
    arguments = {{ summary = "done" }}
  [[attempt.reply]]
  stage = "review"
  text = "Done."
"""
ATTEMPTS = (
    ("draft", "plan", WHOLE),
    ("improve", "plan", WHOLE.replace("WIDTH = 3", "WIDTH = oops")),
    ("debug", "debug", WHOLE.replace("WIDTH = 3", "WIDTH = 2")),
)


def write_mix(folder: Path) -> None:
    """The task; its evaluator is slow, and counts itself, where there is a folder `slow`."""
    task = folder / "tasks" / "toy" / "mix"
    task.mkdir(parents=True)
    attempts = (ATTEMPT.format(operator=operator, opening=opening, text=text)
                for operator, opening, text in ATTEMPTS)  # fmt: skip
    texts = {
        "task.toml": TASK,
        "evaluate.py": EVALUATE.replace("LOG", repr(str(folder / "slow" / "log"))),
        "start.py": START,
        "demo.toml": HEAD + "".join(attempts),
        "instructions.md": "Make it large.\n",
    }
    for name, text in texts.items():
        (task / name).write_text(text)


def solve_mix(folder: Path) -> None:
    write_mix(folder)
    variables = {
        "PYTHONPATH": str(Path(agentkit.__file__).parents[1]),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    words = ["solve", "toy/mix", "--sandbox", "local", "--measurements", "0"]
    command = [sys.executable, "-m", "agentkit", *words]
    subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, check=True, stdout=subprocess.DEVNULL
    )


def copied(once: Once, project: Path) -> Path:
    """The run in `project`, with its task, as if it had been made there."""
    (run,) = (once("mix", solve_mix) / "runs").iterdir()
    write_mix(project)
    copy = project / "runs" / run.name
    shutil.copytree(run, copy)
    manifest = json.loads((copy / "run.json").read_text())
    manifest["project"] = str(project)
    manifest["settings"]["cache_folder"] = str(project / "cache")
    (copy / "run.json").write_text(json.dumps(manifest))
    return copy
