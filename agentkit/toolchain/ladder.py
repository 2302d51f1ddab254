"""Ladder: the ways to profile a program, the most telling first. Each is Refused where it cannot be."""

from __future__ import annotations

import secrets
import shlex
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from agentkit.contracts.jobs import GpuRequest
from agentkit.contracts.tool import ToolContext
from agentkit.source.excerpt import excerpt, printable
from agentkit.source.paths import Refused
from agentkit.toolbox.command import Ran, how_it_ended, log_name, run_logged
from agentkit.toolchain import ncu_report, nsys_report
from agentkit.toolchain.compile_events import VARIABLES, compile_lines
from agentkit.toolchain.folded_stacks import read_folded, sampled_table
from agentkit.toolchain.inside_program import ask_inside
from agentkit.toolchain.programs import find_programs
from agentkit.toolchain.timeline import summary_of, table

RATE = 100.0
"""Samples a second."""
WARMUP, STEPS = 3, 10
"""Steps of an optimizer: left out, recorded."""
LEAST_SECONDS = 2.0

PY_SPY = """
spy=$1 word=$2 rate=$3 seconds=$4; shift 4
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
"$spy" record --rate "$rate" --duration "$seconds" --format raw --subprocesses -o "$folder/stacks" -- "$@"
code=$?
printf '\\n%s\\n' "$word"; cat "$folder/stacks" 2>/dev/null
exit $code
"""


@dataclass(frozen=True)
class Program:
    """A command, and the Python script that it runs, if it is one."""

    command: str
    words: tuple[str, ...]
    script: str = ""
    arguments: tuple[str, ...] = ()

    def need_script(self, what: str) -> None:
        if not self.script:
            raise Refused(f"{what} is for a Python script: 'python train.py …'")


@dataclass
class Profile:
    """What one rung found."""

    rung: str
    lines: list[str]
    data: dict[str, Any] = field(default_factory=dict)
    ran: Ran | None = None


def read_program(command: str) -> Program:
    """Refused for an empty command, and one that cannot be taken apart."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise Refused(f"The command cannot be taken apart: {error}.") from error
    if not words:
        raise Refused("profile needs a command, such as 'python train.py --steps 20'.")
    is_python = PurePosixPath(words[0]).name.startswith("python")
    if is_python and len(words) > 1 and words[1].endswith(".py"):
        return Program(command, words, words[1], words[2:])
    if is_python and len(words) > 2 and words[1] == "-m":
        return Program(command, words, f"-m{words[2]}", words[3:])
    return Program(command, words)


def failure(ran: Ran, printed: str) -> str:
    return f"{how_it_ended(ran)}\n{excerpt(printable(printed.strip()), 1200)}"


def text_of(ran: Ran) -> str:
    return ran.log.read_text(encoding="utf-8", errors="replace") if ran.log.exists() else ""


async def by_counters(
    context: ToolContext, program: Program, seconds: float, gpus: GpuRequest, kernel: str
) -> Profile:
    if not gpus.count:
        raise Refused("hardware counters need a GPU (gpus=1)")
    ncu = (await find_programs(context))["ncu"]
    chosen = ("--kernel-name", f"regex:{kernel}") if kernel else ()
    argv = (
        ncu,
        *ncu_report.OPTIONS,
        "--launch-count",
        ncu_report.LAUNCHES,
        *chosen,
        "bash",
        "-c",
        program.command,
    )
    ran = await run_logged(context, "profile", argv, seconds, gpus=gpus)
    printed = text_of(ran)
    if ncu_report.REFUSED in printed:
        raise Refused("the driver lets only administrators read hardware counters (ERR_NVGPUCTRPERM)")
    found = ncu_report.counters(printed)
    if not found:
        raise Refused(f"ncu gave no counters. {failure(ran, printed)}")
    return Profile("hardware counters (ncu)", ncu_report.counter_table(found), {"counters": found}, ran)


async def by_torch(context: ToolContext, program: Program, seconds: float, gpus: GpuRequest) -> Profile:
    program.need_script("torch's profiler")
    question = {"script": program.script, "arguments": program.arguments, "warmup": WARMUP, "steps": STEPS}
    asked = await ask_inside(
        context, "profile", "torch_profile", question, seconds, gpus=gpus, variables=VARIABLES
    )
    if asked.answer is None:
        raise Refused(f"torch's profiler gave nothing. {failure(asked.ran, asked.printed)}")
    answer = asked.answer
    lines = table(answer["summary"], answer["steps"])
    memory = f"peak memory: {answer['peak_host_bytes'] / 2**20:,.0f} MiB on the host"
    if answer["peak_device_bytes"]:
        memory += f", {answer['peak_device_bytes'] / 2**20:,.0f} MiB by torch on the device"
    lines += [memory, *compile_lines(asked.printed)]
    if answer["failure"]:
        lines.append(f"the script failed meanwhile: {answer['failure'].strip().splitlines()[-1]}")
    rung = "kernel timeline" if answer["summary"]["kernels"] else "operations on the CPU"
    return Profile(f"{rung} (torch profiler)", lines, answer, asked.ran)


async def by_nsys(context: ToolContext, program: Program, seconds: float, gpus: GpuRequest) -> Profile:
    if not gpus.count:
        raise Refused("a kernel timeline needs a GPU (gpus=1)")
    nsys = (await find_programs(context))["nsys"]
    word = secrets.token_hex(8)
    argv = ("bash", "-c", nsys_report.SCRIPT, "nsys", nsys, word, *program.words)
    ran = await run_logged(context, "profile", argv, seconds, gpus=gpus)
    printed, _, trace = text_of(ran).partition(word)
    events = nsys_report.trace_events(trace)
    if not events:
        raise Refused(f"nsys saw no kernel. {failure(ran, printed)}")
    summary = summary_of(events)
    return Profile("kernel timeline (nsys)", table(summary), {"summary": summary}, ran)


async def by_py_spy(context: ToolContext, program: Program, seconds: float, gpus: GpuRequest) -> Profile:
    """It starts the program as its own child, which systems allow that forbid to look at other processes."""
    spy = (await find_programs(context))["py-spy"]
    word = secrets.token_hex(8)
    lasting = str(max(1, int(seconds - LEAST_SECONDS)))
    argv = ("bash", "-c", PY_SPY, "py-spy", spy, word, str(int(RATE)), lasting, *program.words)
    ran = await run_logged(context, "profile", argv, seconds, gpus=gpus)
    printed, _, folded = text_of(ran).partition(word)
    stacks = read_folded(folded)
    if not stacks:
        raise Refused(f"py-spy took no sample (a sandbox may forbid ptrace). {failure(ran, printed)}")
    ran.log.write_text(printed, encoding="utf-8")
    return Profile(
        "sampling (py-spy)", sampled_table(stacks, sum(stacks.values()) / RATE), {"stacks": most(stacks)}, ran
    )


async def by_sampler(context: ToolContext, program: Program, seconds: float, gpus: GpuRequest) -> Profile:
    program.need_script("the sampler inside the process")
    lasting = max(1.0, seconds - LEAST_SECONDS)
    question = {"script": program.script, "arguments": program.arguments, "rate": RATE, "seconds": lasting}
    asked = await ask_inside(context, "profile", "sampler", question, seconds, gpus=gpus)
    if asked.answer is None or not asked.answer["stacks"]:
        raise Refused(f"no sample was taken. {failure(asked.ran, asked.printed)}")
    stacks = asked.answer["stacks"]
    lines = [
        *sampled_table(stacks, asked.answer["seconds"]),
        "[its main thread only; C code counts for the line that calls it]",
    ]
    if asked.answer["failure"]:
        lines.append(f"the script failed meanwhile: {asked.answer['failure'].strip().splitlines()[-1]}")
    return Profile("sampling (a thread of the same process)", lines, {"stacks": most(stacks)}, asked.ran)


def most(stacks: dict[str, int]) -> dict[str, int]:
    return dict(sorted(stacks.items(), key=lambda item: -item[1])[:50])


def where(ran: Ran | None) -> str:
    return f"[What was printed is in {log_name(ran.log)}.]" if ran else ""
