"""Watching a sweep: a screen on a terminal, a line for each run that ends elsewhere."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from agentkit.cli.figures import printable, say_clock, say_count, say_seconds, say_share, shorten
from agentkit.cli.live import whole_screen
from agentkit.cli.sentences import say_event
from agentkit.cli.sweep_plan import SweepPlan
from agentkit.contracts.events import Event
from agentkit.contracts.sweep import CellRow, RunSpec
from agentkit.runs.sweeps.check import say_labels
from agentkit.runs.sweeps.drive import Moment
from agentkit.runs.sweeps.standing import newest_run

STYLES = {"finished": "green", "failed": "red", "refused": "yellow", "running": "cyan", "waiting": "dim"}
ENDED_SHOWN = 8
TAIL = 65_536
"""Bytes at the end of a journal in which its last record is sought."""
LONGEST = 300


class SweepView(Protocol):
    """Told of a sweep while it is driven; writes to stderr only."""

    def look(self, moment: Moment) -> None: ...

    def ended(self, row: CellRow) -> None: ...

    def __enter__(self) -> SweepView: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class QuietSweep:
    """Says nothing."""

    def look(self, moment: Moment) -> None:
        return None

    def ended(self, row: CellRow) -> None:
        return None

    def __enter__(self) -> QuietSweep:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class SweepLines(QuietSweep):
    """One stamped line for each end, and one when nothing is begun for a while."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream = stream
        self._total = total
        self._over: set[str] = set()
        self._waits = False

    def look(self, moment: Moment) -> None:
        if moment.waiting_until is not None and not self._waits:
            self._write(say_wait(moment))
        self._waits = moment.waiting_until is not None

    def ended(self, row: CellRow) -> None:
        if row.state in ("finished", "failed", "refused"):
            self._over.add(row.spec.digest)
        self._write(f"{len(self._over)}/{self._total}  {say_row(row)}")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a sweep outlives the pipe it is told to
            self._stream.write(f"{time.strftime('%H:%M:%S')}  {shorten(printable(text), LONGEST)}\n")
            self._stream.flush()


class SweepScreen:
    """The whole screen, given back at the end; the last lines stay."""

    def __init__(self, console: Console, plan: SweepPlan, workers: dict[str, Path]) -> None:
        self._console = console
        self._title = plan.sweep.source.file.title or plan.sweep.source.path.name
        self._cells = workers
        self._moment = Moment(len(plan.todo), Counter(), (), None)
        self._ended: list[CellRow] = []
        self._began = time.monotonic()
        self._live = whole_screen(console, self)

    def look(self, moment: Moment) -> None:
        self._moment = moment

    def ended(self, row: CellRow) -> None:
        self._ended = [*self._ended[-ENDED_SHOWN + 1 :], row]

    def __enter__(self) -> SweepScreen:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        for row in self._ended:
            self._console.print(
                Text(shorten(printable(say_row(row)), LONGEST)), no_wrap=True, overflow="ellipsis"
            )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = options.height or options.size.height
        yield Text("\n").join(self.frame(options.max_width, height))

    def frame(self, width: int, height: int) -> list[Text]:
        moment = self._moment
        elapsed = time.monotonic() - self._began
        over = sum(moment.states[state] for state in ("finished", "failed", "refused"))
        clock = say_clock(elapsed)
        title = shorten(self._title, width - len(clock) - 2)
        lines: list[Text] = [
            Text.assemble((title, "bold"), " " * max(1, width - len(title) - len(clock)), clock),
            bar(over, moment.total, width),
            say_states(moment),
            Text(),
        ]
        bottom: list[Text] = [Text()]
        bottom += [
            Text(shorten(printable(say_row(row)), width), STYLES.get(row.state, "")) for row in self._ended
        ]
        bottom.append(Text("Ctrl-C stops all runs cleanly; the same command goes on with them.", "dim"))
        if moment.waiting_until is not None:
            lines.append(Text(say_wait(moment), "yellow"))
        room = max(1, height - len(lines) - len(bottom))
        lines += [self._running(spec, since) for spec, since in moment.working[:room]]
        whole = [*lines, *bottom][:height]
        for line in whole:
            line.truncate(width, overflow="ellipsis")
        return whole

    def _running(self, spec: RunSpec, since: float) -> Text:
        clock = say_clock(time.monotonic() - since)
        doing = last_event(self._cells.get(spec.digest))
        label = printable(say_labels(spec))
        return Text.assemble((clock, "dim"), "  ", (label, "cyan"), "  ", printable(doing))


def bar(done: int, total: int, width: int) -> Text:
    filled = width * done // max(1, total)
    return Text.assemble(("━" * filled, "green"), ("━" * (width - filled), "dim"))


def say_states(moment: Moment) -> Text:
    line = Text(f"{moment.total:,} runs")
    for state in ("finished", "failed", "refused", "running", "waiting"):
        if moment.states[state]:
            line.append(f"   {moment.states[state]:,} {state}", STYLES[state])
    return line


def say_wait(moment: Moment) -> str:
    seconds = max(0.0, (moment.waiting_until or 0.0) - time.monotonic())
    return f"What was cut short is begun again in {say_seconds(seconds)}."


def say_row(row: CellRow) -> str:
    """`toy/number, seed 1: finished, 81 %`."""
    state = "cut short, to be begun again" if row.state == "waiting" else row.state
    parts = [f"{say_labels(row.spec)}: {state}"]
    if row.state == "finished":
        parts.append(say_result(row.run))
    elif row.reason:
        parts.append(row.reason)
    if row.tries > 1:
        parts.append(f"{say_count(row.tries, 'try', 'tries')}")
    return ", ".join(filter(None, parts))


def say_result(run: Path | None) -> str:
    summary = read_summary(run)
    best = summary.get("best")
    if not isinstance(best, dict):
        return "no answer" if summary else ""
    return say_share(best["fsr"]) if best.get("fsr") is not None else "an answer"


def read_summary(run: Path | None) -> dict[str, Any]:
    try:
        found = json.loads((run / "summary.json").read_text(encoding="utf-8")) if run else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def last_event(cell: Path | None) -> str:
    """What the run of a cell did last, in words; from the end of its journal alone."""
    run = newest_run(cell) if cell else None
    if run is None:
        return "about to begin"
    try:
        with (run / "journal.jsonl").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            lines = file.read().splitlines()
    except OSError:
        return "preparing"
    for line in reversed(lines):
        try:
            told = json.loads(line)
            event = Event(
                number=told["n"],
                time=told["t"],
                kind=told["kind"],
                attempt=told["attempt"],
                data=told["data"],
            )
        except (ValueError, KeyError, TypeError):
            continue
        if text := say_event(event):
            return text
    return ""


def choose_sweep_view(plan: SweepPlan, *, json: bool, quiet: bool) -> SweepView:
    """A screen where stderr is a terminal that can draw one."""
    if quiet:
        return QuietSweep()
    can_draw = os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    if json or not sys.stderr.isatty() or not can_draw:
        return SweepLines(sys.stderr, len(plan.todo))
    cells = {row.spec.digest: plan.sweep.path / "cells" / row.spec.digest for row in plan.todo}
    return SweepScreen(Console(stderr=True), plan, cells)
