"""Kept interpreter: a shell or a Python that lives from call to call, in the sandbox.

Three things go wrong with one that is driven through its own input and output: nobody knows where a
command's output ends, a command that hangs takes the session with it, and one that breaks the session
breaks every later call. Here results have a channel of their own, whatever a command started ends with it,
and an interpreter that has ended is started again, which the model is told.
"""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agentkit.contracts.sandbox import Command, Job
from agentkit.contracts.tool import ToolContext, ToolResult, Truncated
from agentkit.sandboxes.output import OutputCut
from agentkit.source.excerpt import LIMIT, cut_line, excerpt, printable
from agentkit.source.paths import Refused
from agentkit.toolbox import kept_program
from agentkit.toolbox.command import environment_for, log_name, next_log, require_seconds, signal_name

Kind = Literal["bash", "python"]
WHAT: dict[Kind, str] = {"bash": "shell", "python": "interpreter"}
STATE: dict[Kind, str] = {
    "bash": "its folder, variables and functions are gone",
    "python": "its variables and imports are gone",
}
LATE_SECONDS = 20.0
"""After the time limit, for the interpreter to be interrupted or started again; then the sandbox is ended."""
CODE_BYTES = 1_000_000


@dataclass
class KeptInterpreter:
    """Of one attempt. `run` starts it where it does not live."""

    context: ToolContext
    name: str
    kind: Kind
    log: Path
    job: Job | None = None
    arrived: int = 0
    """Bytes of output so far, over one life."""
    news: str = ""
    """What the model has to be told with the next result."""
    _cut: OutputCut = field(default_factory=OutputCut)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    @staticmethod
    def of(context: ToolContext, name: str, kind: Kind) -> KeptInterpreter:
        """The attempt's own. One that an earlier process had is gone, and said to be."""
        kept: KeptInterpreter | None = context.state.get(name)
        if kept is None:
            log = next_log(context.logs, name)
            kept = context.state[name] = KeptInterpreter(context, name, kind, log)
            if not log.name.endswith("-0001.log"):
                kept.news = (
                    f"A new {WHAT[kind]}: the one before ended with the process that had it; {STATE[kind]}."
                )
            context.at_end.append(kept.end)
        return kept

    async def run(self, code: str, seconds: float) -> ToolResult:
        """Refused for code that is none, and where no interpreter can be started."""
        require_seconds(seconds)
        if not code.strip() or "\0" in code or len(code) > CODE_BYTES:
            raise Refused("Nothing was run: it is empty, holds a NUL or is longer than a megabyte.")
        allowed = self.context.environment.limits.seconds
        seconds = seconds if allowed is None else min(seconds, allowed)
        if self.job is None:
            await self._start()
        self._cut = OutputCut()
        answer = await self._ask(code, seconds)
        return self._told(code, answer)

    async def end(self) -> None:
        """With all that it has started."""
        if self.job is not None:
            job, self.job = self.job, None
            await job.stop()

    async def _start(self) -> None:
        environment = environment_for(self.context.environment, 1.0, {})
        # Each call has its own clock; between two calls it may be silent.
        limits = environment.limits.model_copy(update={"seconds": None, "silent_seconds": None})
        if self.log.exists():
            self.log = next_log(self.context.logs, self.name)
        self.arrived = 0
        command = Command(
            argv=("python", "-P", "-c", Path(kept_program.__file__).read_text(encoding="utf-8"), self.kind),
            folder=self.context.workspace.folder,
            environment=environment.model_copy(update={"limits": limits}),
            channel=True,
            log=self.log,
        )
        self.job = await self.context.sandbox.start(command, self._hear)

    def _hear(self, data: bytes) -> None:
        self.arrived += len(data)
        self._cut.feed(data)
        self._more.set()

    async def _ask(self, code: str, seconds: float) -> dict[str, object]:
        """What the program inside answers; where it does not, it has ended or is ended now."""
        assert self.job is not None
        request = json.dumps({"code": code, "seconds": seconds}).encode()
        try:
            async with asyncio.timeout(seconds + LATE_SECONDS):
                channel = self.job.channel
                await channel.write(struct.pack(">I", len(request)) + request)
                (length,) = struct.unpack(">I", await channel.read(4))
                answer: dict[str, object] = json.loads(await channel.read(length))
                while self.arrived < int(str(answer["bytes"])):
                    self._more.clear()
                    await self._more.wait()
                return answer
        except (TimeoutError, EOFError, OSError, ValueError) as error:
            job, self.job = self.job, None
            result = await job.stop()
            late = isinstance(error, TimeoutError)
            return {
                "code": result.exit_code, "timeout": late, "lost": True, "swept": 0,
                "seconds": seconds if late else 0.0,
            }  # fmt: skip
        except asyncio.CancelledError:
            # Half of an answer may be on its way: this one cannot be asked again.
            await self.end()
            raise

    def _told(self, code: str, answer: dict[str, object]) -> ToolResult:
        whole = self._cut.total
        output = printable(self._cut.finish()).rstrip("\n")
        shown = excerpt(output, LIMIT - 500)
        ending, hint = self._ending(answer)
        truncated = None
        if whole > len(shown.encode("utf-8", "replace")) + 2:
            name = log_name(self.log)
            truncated = Truncated(from_chars=whole, kept=len(shown), full_log=name)
            ending += f" The output was {whole:,} bytes; all of it is in {name}."
        said, self.news = self.news, ""
        parts = [f"[{said}]" if said else "", shown, f"[{ending}]"]
        code_of = answer["code"]
        return ToolResult(
            ok=code_of == 0 and not answer["lost"] and not answer["timeout"],
            summary=f"{ending.split('. ')[0].rstrip('.')}: {cut_line(' '.join(code.split()), 80)}",
            text="\n".join(part for part in parts if part),
            data={
                "exit_code": code_of,
                "timeout": bool(answer["timeout"]),
                "state_lost": bool(answer["lost"]),
                "log": log_name(self.log),
            },
            truncated=truncated,
            seconds=float(str(answer["seconds"])),
            next_hint=hint,
        )

    def _ending(self, answer: dict[str, object]) -> tuple[str, str]:
        """How it ended, and what may be done about it."""
        code, seconds, what = answer["code"], float(str(answer["seconds"])), WHAT[self.kind]
        hint = ""
        if answer["timeout"]:
            text = f"Stopped by the time limit after {seconds:.1f} s; what it had started was ended."
            hint = "For long runs use job, or pass a larger timeout_seconds."
        elif isinstance(code, int) and code < 0:
            text = f"Ended by {signal_name(-code)} after {seconds:.1f} s."
        else:
            text = f"Exit code {code} after {seconds:.1f} s."
        if answer["lost"]:
            text += f" The {what} has ended; {STATE[self.kind]}. The next call has a new one."
        elif answer["timeout"]:
            text += f" The {what} lives and has kept its state."
        if answer["swept"] and not answer["timeout"]:
            count = int(str(answer["swept"]))
            were = (
                "process left in the background was"
                if count == 1
                else "processes left in the background were"
            )
            text += f" {count} {were} ended; `job` keeps one."
        return text, hint
