"""A sweep that is killed with -9 on the way, beside the same one undisturbed: do states and figures agree?

Both use one cache, so that scores are relative to the same measured ends. Figures of the tasks must not
depend on the machine's load: counted tasks and a simulated model are what this is for. Nothing may have been
done twice: neither a run to its end, nor an attempt, nor a measurement of an answer.

    python -m benchmarks.killed_sweep examples/hint_ablation.toml --only seed=0 [--kills 3] [--workers 2] \
        [--out FOLDER] [--undisturbed SWEEP_FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agentkit.contracts.sweep import RunSpec
from agentkit.journal.log import read_events
from agentkit.runs.sweeps.standing import row_of

POLL_SECONDS = 0.2
LONGEST = 7200
"""Seconds of one sweep, after which something is wrong."""


def command(given: argparse.Namespace, out: Path) -> list[str]:
    words = [sys.executable, "-m", "agentkit", "sweep", str(given.file), "--out", str(out), "--yes"]
    words += ["--workers", str(given.workers)]
    return words + [word for each in given.only for word in ("--only", each)]


def ended(out: Path) -> int:
    """Runs that came to an end; a line of a journal is on disk before its run is."""
    return len(list(out.glob("cells/*/tries/*/summary.json")))


def run_to_end(words: Sequence[str]) -> float:
    """Wall seconds. Raises CalledProcessError."""
    began = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, timeout=LONGEST)
    return time.monotonic() - began


def run_and_kill(words: Sequence[str], out: Path, runs: int, kills: int) -> list[int]:
    """Kill it `kills` times, evenly over its `runs`, and let it end. How many had ended at each kill."""
    at = []
    for number in range(1, kills + 1):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + LONGEST
        while ended(out) < number * runs // (kills + 1):
            assert process.poll() is None, f"the sweep ended by itself with {process.returncode}"
            assert time.monotonic() < deadline, "the sweep hangs"
            time.sleep(POLL_SECONDS)
        time.sleep(number * 1.5)  # into the runs that have begun since
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        at.append(ended(out))
        print(f"killed with -9, {at[-1]} of {runs} runs had ended", flush=True)
    run_to_end(words)
    return at


def cells(out: Path) -> Iterator[tuple[str, Any]]:
    for path in sorted(out.glob("cells/*/spec.json")):
        spec = RunSpec.model_validate_json(path.read_text(encoding="utf-8"))
        row = row_of(path.parent, spec, tries=3)
        if row.run is not None:
            yield spec.digest, row


def figures(run: Path) -> dict[str, Any]:
    """All that a summary says, but for what depends on the clock, the place and the name."""
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    for attempt in summary["attempts"]:
        del attempt["seconds"]
        attempt["cost"] = {name: attempt["cost"][name] for name in ("input_tokens", "output_tokens")}
    del summary["budget"]["minutes"]
    left_out = ("run", "folder", "settings")
    return {name: value for name, value in summary.items() if name not in left_out}


def done_twice(out: Path) -> list[str]:
    """Runs of one cell that both came to an end, and outcomes and measurements that a journal has twice."""
    found = []
    for cell in sorted(out.glob("cells/*")):
        whole = 0
        for journal in cell.glob("tries/*/journal.jsonl"):
            events = list(read_events(journal))
            whole += any(each.kind == "run_ended" and each.data["state"] == "ended" for each in events)
            seen = Counter(
                (each.kind, each.attempt, each.data.get("repair"), each.data.get("seed"))
                for each in events
                if each.kind in ("outcome", "measured", "attempt")
            )
            found += [f"{cell.name}: {key} {count} times" for key, count in seen.items() if count > 1]
        if whole > 1:
            found.append(f"{cell.name}: {whole} runs came to an end")
    return found


def compare(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """What differs, cell by cell; `other` may hold more cells."""
    found = [f"{digest}: not in the undisturbed sweep" for digest in one if digest not in other]
    for digest in (each for each in one if each in other):
        mine, theirs = one[digest], other[digest]
        if (mine.state, theirs.state) != ("finished", "finished"):
            found.append(
                f"{digest}: {mine.state} ({mine.reason}), undisturbed {theirs.state} ({theirs.reason})"
            )
            continue
        first, second = figures(mine.run), figures(theirs.run)
        names = [name for name in first if first[name] != second.get(name)]
        if names:
            found.append(f"{digest} ({mine.spec.task}): {', '.join(names)} differ")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="AXIS=VALUE")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="Default: a folder that is gone afterwards.")
    parser.add_argument("--undisturbed", type=Path, help="One that was made before, with the same cache.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = given.out or Path(name)
        calm, killed = given.undisturbed or place / "undisturbed", place / "killed"
        if given.undisturbed is None:
            print(f"undisturbed: {run_to_end(command(given, calm)):.0f} s", flush=True)
        dry = subprocess.run(
            [*command(given, killed), "--dry-run", "--json"], check=True, capture_output=True, text=True
        )
        runs = len(json.loads(dry.stdout)["todo"])
        run_and_kill(command(given, killed), killed, runs, given.kills)
        mine, theirs = dict(cells(killed)), dict(cells(calm))
        wrong = [*compare(mine, theirs), *done_twice(killed)]
        tries = sum(row.tries for row in mine.values())
        print(f"{len(mine)} of {runs} cells, {tries} tries, {len(wrong)} differences or repetitions")
        for line in wrong:
            print(f"  {line}")
    return 1 if wrong or len(mine) != runs else 0


if __name__ == "__main__":
    raise SystemExit(main())
