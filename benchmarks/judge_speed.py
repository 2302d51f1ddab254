"""What judging costs beyond the judges: 361 leaves, a scripted judge that answers at once, everything real.

The work has 60 Python files of some 10 kB; each leaf names a function, and half of them are there. So half
of the verdicts cite a line that is looked up, and half a search that is run. Every call is on disk before
its answer is used. Beside it, in the same process, the floor: the same prompts put together as plain text,
and the same bytes as JSON lines with one fsync for each pair. CPU seconds are of the process and of the
searches that it starts.

    python -m benchmarks.judge_speed [--leaves 361] [--room 160000] [--repeats 3]

Exits with 1 if a judging takes more than 10 s or the process more than 300 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import resource
import statistics
import tempfile
import time
from pathlib import Path

from agentkit.contracts.messages import Message, ModelRequest, Reply, Usage
from agentkit.contracts.model import ModelCard, Price
from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.judge.ledger import Ledger
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.panel import Panel
from agentkit.judge.panel.settings import PanelSettings
from agentkit.judge.score import Evidence, judge

MOST_SECONDS = 10.0
MOST_MEGABYTES = 300.0
FILES = 60
FUNCTIONS = 12
"""Of each file."""


class AtOnce:
    """Looks for the function in what it is shown, and says what it found without thinking."""

    name = "scripted/at-once"
    offers_tools = False
    card = ModelCard(price=Price(input=0.0, output=0.0, source="scripted"), output_tokens=4096)

    def __init__(self) -> None:
        self.calls = 0

    async def reply(self, request: ModelRequest) -> Reply:
        self.calls += 1
        asked = request.messages[3].text
        leaf, nonce = re.findall(r"^(?:Leaf|Nonce): (.*)$", asked, re.MULTILINE)
        named = re.search(r"`(\w+)`", asked)
        name = named[1] if named else "nothing_of_this_name"
        shown = request.messages[1].text
        match = re.search(rf"^ *(\d+)\| (def {name}\(.*)$", shown, re.MULTILINE)
        cited, absent = [], []
        if match:
            line = int(match[1])
            path = re.findall(r'^<<<\w+ file "([^"\n]+)"', shown[: match.start()], re.MULTILINE)[-1]
            cited = [{"path": path, "first_line": line, "last_line": line, "quote": match[2]}]
        else:
            absent = [{"globs": ["**/*.py"], "pattern": rf"def {name}\b"}]
        said = {
            "leaf": leaf,
            "nonce": nonce,
            "expectations": f"A definition of {name}.",
            "reality": "It is there." if match else "It is not there.",
            "citations": cited,
            "absences": absent,
            "score": 1 if match else 0,
            "confidence": "high",
        }
        usage = Usage(input_tokens=len(shown) // 4, output_tokens=100, dollars=0.0)
        return Reply(message=Message(role="assistant", text=json.dumps(said)), usage=usage)


def write_work(folder: Path, seed: int) -> list[str]:
    """The names that its files define."""
    drawn = random.Random(seed)
    words = [
        f"{a}{b}" for a in ("load", "fit", "draw", "mask", "step", "fold") for b in ("er", "ed", "s", "ing")
    ]
    names = []
    for number in range(FILES):
        lines = ['"""Part of the work."""', "", "import numpy as np", ""]
        for place in range(FUNCTIONS):
            name = f"{drawn.choice(words)}_{drawn.choice(words)}_{number}_{place}"
            names.append(name)
            lines += ["", f"def {name}(values, scale={place}):"]
            lines += [f"    values = values * {drawn.random():.6f} + np.sin(scale)" for _ in range(14)]
            lines += ["    return values", ""]
        path = folder / f"part_{number % 6}" / f"module_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines))
    return names


def rubric_of(names: list[str], leaves: int, seed: int) -> Rubric:
    drawn = random.Random(seed)
    chosen = drawn.sample(names, leaves // 2) + [
        f"missing_part_{number}" for number in range(leaves - leaves // 2)
    ]
    drawn.shuffle(chosen)
    criteria = [
        Criterion(
            id=f"{number}",
            text=f"The code defines `{name}` and uses it.",
            kind="code",
            weight=drawn.randint(1, 20),
        )
        for number, name in enumerate(chosen)
    ]
    groups = [
        Criterion(id=f"g{start}", text="A part of the method.", children=tuple(criteria[start : start + 10]))
        for start in range(0, leaves, 10)
    ]
    return Rubric(title="speed", criteria=tuple(groups))


def used() -> float:
    """CPU seconds of this process and of those that it has started and that have ended."""
    return sum(
        each.ru_utime + each.ru_stime
        for each in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def judging(folder: Path, evidence: Evidence, rubric: Rubric, room: int) -> tuple[float, int, float]:
    """Wall seconds, calls and coverage."""
    model = AtOnce()
    began = time.perf_counter()
    ledger = Ledger(folder)
    panel = Panel(
        [Judge("one", model)], PanelSettings(room=room, heavy_share=1.0), ledger, "Write the method."
    )
    report = asyncio.run(judge(rubric, evidence, panel))
    ledger.close()
    return time.perf_counter() - began, model.calls, report.coverage


def floor(folder: Path, evidence: Evidence, calls: Path, room: int) -> float:
    """Wall seconds to put as many prompts together and to write as many bytes."""
    began = time.perf_counter()
    text = "\n".join(path.read_text() for path in sorted(evidence.folder.rglob("*.py")))[:room]
    lines = calls.read_bytes().splitlines(keepends=True)
    with (folder / "floor.jsonl").open("wb") as file:
        for start in range(1, len(lines), 2):
            prompt = f"{text}\n{start}"
            assert prompt
            file.write(b"".join(lines[start : start + 2]))
            file.flush()
            os.fsync(file.fileno())
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--leaves", type=int, default=361)
    parser.add_argument("--room", type=int, default=160_000, help="characters of files shown for a leaf")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    seconds, busy, floors, calls, coverage = [], [], [], 0, 0.0
    with tempfile.TemporaryDirectory() as name:
        work = Path(name, "work")
        rubric = rubric_of(write_work(work, 1), given.leaves, 2)
        evidence = Evidence(folder=work)
        for number in range(given.repeats):
            folder = Path(name, f"judging{number}")
            before = used()
            taken, calls, coverage = judging(folder, evidence, rubric, given.room)
            busy.append(used() - before)
            seconds.append(taken)
            floors.append(floor(folder, evidence, folder / "calls.jsonl", given.room))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.leaves} leaves, {calls} calls, coverage {coverage:.3f}")
    print(
        f"judging: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s of {given.repeats}"
    )
    print(f"         CPU seconds: median {statistics.median(busy):.2f}")
    print(f"floor:   median {statistics.median(floors):.2f} s")
    print(f"peak memory of the process: {megabytes:.0f} MB")
    return int(max(seconds) > MOST_SECONDS or megabytes > MOST_MEGABYTES)


if __name__ == "__main__":
    raise SystemExit(main())
