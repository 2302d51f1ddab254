"""Worker: carries out cells, one after the other. `python -m agentkit.runs.sweeps.worker CELL …`

A cell is the folder that a sweep laid out: what the run is told is read there, and the run is made there, or
gone on with if one was cut off. Nothing else comes in but the environment, and nothing goes out but what is
in the folder; the exit code is for those who read logs. With `--lifeline` the worker ends as soon as its
standard input does, so that none outlives the sweep that began it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from agentkit.contracts.sweep import RunSpec
from agentkit.errors import AgentkitError, RunFailed, Terminated, UsageError
from agentkit.journal.redaction import Redactor, secrets_in
from agentkit.runs.folder import RunFolder, create_run
from agentkit.runs.manifest import manifest
from agentkit.runs.plan import Plan
from agentkit.runs.solve import carry_out, plan_again, run_to_end
from agentkit.runs.sweeps.ends import end_of_error, end_of_reason, end_of_run
from agentkit.runs.sweeps.place import Manifest, SweepFolder, open_sweep
from agentkit.runs.sweeps.planning import beneath, changes, plan_cell
from agentkit.runs.sweeps.standing import LOCK, TRIES, newest_run
from agentkit.runs.sweeps.tries import Ending, Entry, write_entry
from agentkit.sandboxes.gpus.tickets import lock_file

LIFELINE = "--lifeline"
BUSY = 75
"""Exit code: somebody else works on the cell."""
RAISE = "; raise it there"
"""What `SharedBudget.spent` goes on with; the caps of a sweep are raised in its own file."""
CODES: dict[Ending, int] = {"finished": 0, "stopped": Terminated.exit_code}


def main(words: Sequence[str]) -> int:
    """The exit code of the last cell that did not end well, else 0."""
    signal.signal(signal.SIGTERM, end_now)
    cells = [Path(word).absolute() for word in words if word != LIFELINE]  # a run changes where we stand
    if LIFELINE in words:
        threading.Thread(target=watch_lifeline, daemon=True).start()
    worst = 0
    for cell in cells:
        code = work_on(cell)
        signal.signal(signal.SIGTERM, end_now)  # a run that ended has put back Python's own
        worst = code or worst
        if code == Terminated.exit_code:
            break
    return worst


def end_now(number: int, frame: FrameType | None) -> None:
    raise Terminated("The worker was stopped by SIGTERM.")


def watch_lifeline() -> None:
    """Whoever began this worker holds the other end and writes nothing: it closes when they die."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def work_on(cell: Path) -> int:
    """Begin the cell's run or go on with it, to its end; what came of it is in its folder.

    `cell` is an absolute path. The sweep is above it as it is named: `cells` may be a link to another disk.
    """
    sweep, cell = cell.parents[1], cell.resolve()
    lock = lock_file(cell / LOCK, fcntl.LOCK_EX)
    if lock is None:
        print(f"{cell.name}: another worker is at it", file=sys.stderr)
        return BUSY
    try:
        return Work(cell, sweep).do()
    finally:
        os.close(lock)


class Work:
    """One go at a cell, by the one who holds its lock."""

    def __init__(self, cell: Path, sweep: Path) -> None:
        self.cell, self.sweep = cell, sweep
        self.run: Path | None = None
        """The folder of the run, once there is one."""

    def do(self) -> int:
        lines: tuple[str, ...] = ()
        try:
            self.write(Entry(kind="began"))
            ending, reason = self.carry()
        except AgentkitError as error:
            ending, reason, lines = (
                end_of_error(error, begun=self.run is not None),
                error.message,
                error.lines,
            )
        except BaseException as error:  # noqa: BLE001 - a worker's last door: whose fault it was is written down
            ending = end_of_error(error, begun=self.run is not None)
            reason, lines = f"{type(error).__name__}: {error}", (told_where(error),)
            print(self.redact("".join(traceback.format_exception(error))), file=sys.stderr)
        if ending == "budget":
            reason = reason.partition(RAISE)[0]
        self.write(Entry(kind="ended", how=ending, reason=reason, lines=lines))
        print(f"{self.cell.name}: {ending}{f', {self.redact(reason)}' if reason else ''}", file=sys.stderr)
        return CODES.get(ending, RunFailed.exit_code)

    def carry(self) -> tuple[Ending, str]:
        sweep = open_sweep(self.sweep)
        spec = RunSpec.model_validate_json((self.cell / "spec.json").read_bytes())
        os.environ["AGENTKIT_PROJECT"] = str(sweep.manifest.project)
        os.chdir(sweep.manifest.folder)
        kept = readable(newest_run(self.cell))
        if kept is not None:
            self.run = kept.path
            ended = end_of_run(kept)
            if ended is not None and ended[0] == "finished":  # it was killed before it could say so
                return ended
        plan, folder = self.begin(sweep, spec) if kept is None else self.resume(sweep, kept)
        self.run = folder.path
        summary = run_to_end(carry_out(plan, folder, [])).summary
        return end_of_reason(summary.reason), summary.reason

    def begin(self, sweep: SweepFolder, spec: RunSpec) -> tuple[Plan, RunFolder]:
        refuse_changed(sweep.manifest)
        plan = plan_cell(spec, sweep.manifest.source, self.around(sweep))
        return plan, create_run(self.cell / TRIES, plan.task.reference, manifest(plan))

    def resume(self, sweep: SweepFolder, kept: RunFolder) -> tuple[Plan, RunFolder]:
        return plan_again(kept, self.around(sweep, kept)), kept

    def around(self, sweep: SweepFolder, kept: RunFolder | None = None) -> dict[str, Any]:
        """What the sweep decides for all its runs."""
        told: dict[str, Any] = {"runs_folder": self.cell / TRIES}
        before = kept.manifest["settings"].get("shared_budget") if kept else None
        if sweep.budget is not None:
            told["shared_budget"] = sweep.budget
        elif before is not None and not Path(before).is_file():
            told["shared_budget"] = "none"  # the sweep had a [budget] when the run began
        return told

    def write(self, entry: Entry) -> None:
        """Without the keys that an error may quote."""
        told = {"reason": self.redact(entry.reason), "lines": tuple(map(self.redact, entry.lines))}
        run = self.run.name if self.run else ""
        write_entry(self.cell, entry.model_copy(update={**told, "run": run}))

    def redact(self, text: str) -> str:
        """Also without what no file can hold: bytes that were no UTF-8, as names of files may have."""
        return Redactor(secrets_in(os.environ)).plain(text.encode(errors="replace").decode())


def refuse_changed(manifest: Manifest) -> None:
    """Raises UsageError where the settings beneath the sweep's own are not those that it was begun with."""
    changed = changes(manifest.beneath, beneath(os.environ, manifest.project))
    if changed:
        raise UsageError(
            f"The settings beneath those of the sweep have changed since it began: {', '.join(changed)}.",
            "Looked in: agentkit.toml and the environment (AGENTKIT_…) of the worker",
            "Next: put them back, then the sweep's command with --again",
        )


def readable(run: Path | None) -> RunFolder | None:
    """None where there is none, or none that can be gone on with: it stays as it is, and another is begun."""
    if run is None:
        return None
    folder = RunFolder(run)
    try:
        assert folder.manifest is not None
        folder.state()
    except AgentkitError as error:
        print(f"{run.name} cannot be gone on with: {error}", file=sys.stderr)
        return None
    return folder


def told_where(error: BaseException) -> str:
    """The last place of a traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"At: {frames[-1].filename}:{frames[-1].lineno}" if frames else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
