"""The smoke stage: what fails here never reaches the GPUs that a whole run needs.

Two looks, the cheaper first: files that compile, with imports that are there; then the script as it is, on
one device and made-up tokens, until it has printed a few training steps. Nothing in it is changed for that,
so it compiles its kernels and validates once, as it would. It passes by training at all: what its losses are,
and how long it took, says nothing.

On one device a script may fail only because it is one: it asserts that there are eight, or their share of the
memory is not enough. That decides nothing, so such a script is tried on all of them, on the same tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.jobs import FinishedJob, GpuRequest, MakeCommand
from agentkit.contracts.sandbox import Command, Environment
from agentkit.contracts.task import Candidate
from agentkit.errors import MissingRequirement, RunFailed

from ..training import Findings, Refused, last_line
from . import smoke_check
from .console import trained_steps
from .rules import OriginalRules

LOOK_SECONDS = 1.0
TAIL_LINES = 60
CHECK_SECONDS = 300.0
RANK = re.compile(r"^\[rank\d+\]:")
FAILURE = re.compile(
    r"^(?:\[rank\d+\]:\s*)?((?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit)\b.*)", re.MULTILINE
)
OF_THE_LAUNCHER = "ChildFailedError"
OF_ONE_DEVICE = re.compile(r"AssertionError|OutOfMemory|world_size|WORLD_SIZE|out of memory")
MakeFor = Callable[[int, str], MakeCommand]
"""From a number of ranks and a name to what lays the command out."""


@dataclass(frozen=True)
class Smoked:
    """How it went."""

    fault: str = ""
    """Empty: it passed."""
    log: str = ""
    late: bool = False


async def check_files(
    candidate: Candidate, program: Path, environment: Environment, findings: Findings
) -> None:
    """Raises Refused for files that do not compile, or that import what is not there; MissingRequirement for
    a sandbox that no such script could run in."""
    names = sorted(path.relative_to(program).as_posix() for path in program.rglob("*.py"))
    limits = environment.limits.model_copy(update={"seconds": CHECK_SECONDS})
    command = Command(
        argv=("python", "-P", "-c", Path(smoke_check.__file__).read_text(encoding="utf-8"), *names),
        folder=program,
        environment=environment.model_copy(update={"limits": limits, "mounts": ()}),
        folder_writable=False,
    )
    result = await candidate.sandbox.run(command)
    if result.exit_code == smoke_check.NO_COMPILER:
        raise no_compiler(candidate.sandbox.name)
    if result.status != "ok":
        findings.log = result.output
        lines = [line for line in result.output.splitlines() if line.strip()]
        raise Refused("crash", f"smoke stage, files: {lines[0] if lines else last_line(result)}"[:500])


def no_compiler(sandbox: str) -> MissingRequirement:
    """The Python inside is this machine's, so torch is there; the programs are the sandbox's own."""
    steps = ["Next: apt-get install gcc"]
    if sandbox.startswith("docker"):
        steps = [
            'Next: docker pull gcc:13, and docker_image = "gcc:13" in [solve] of agentkit.toml; or another',
            "image with gcc. Of the image only the programs count: Python and torch are this machine's",
            "Or: --sandbox bubblewrap, which shows this machine's programs",
        ]
    return MissingRequirement(
        f"There is no C compiler in the sandbox {sandbox}; scripts of the speedrun compile their kernels.",
        "Looked for: what CC names, gcc, clang",
        *steps,
    )


async def smoke(candidate: Candidate, rules: OriginalRules, make: MakeFor, findings: Findings) -> None:
    """On one device; on all ranks where one decides nothing. Raises Refused if it fails."""
    smoked = await _train_a_little(candidate, rules, make, rules.smoke.ranks)
    alone = rules.smoke.ranks < rules.ranks
    if alone and OF_ONE_DEVICE.search(smoked.fault):
        smoked = await _train_a_little(candidate, rules, make, rules.ranks)
    if smoked.fault:
        findings.log = smoked.log
        raise Refused("timeout" if smoked.late else "crash", f"smoke stage, {smoked.fault}")


async def _train_a_little(candidate: Candidate, rules: OriginalRules, make: MakeFor, ranks: int) -> Smoked:
    name = f"smoke-{ranks}"
    gpus = GpuRequest(count=ranks if rules.on_gpus else 0, exclusive=False)
    done = await _watch(candidate, name, make(ranks, name), gpus, rules.smoke.steps)
    result = done.result
    steps = trained_steps(read_log(done, rules.printed_bytes))
    where = f"on {ranks} device{'s' if ranks > 1 else ''}"
    # A run of fewer steps than these is whole.
    if steps >= rules.smoke.steps or (result.status == "ok" and steps > 0):
        return Smoked()
    if result.status in ("timeout", "silent"):
        fault = f"no {rules.smoke.steps} training steps within {rules.smoke.seconds:g} s {where}"
        return Smoked(fault, result.output, late=True)
    if result.status == "ok":
        fault = f"{where}: it ended without a training step in a form that can be read"
    else:
        fault = f"{where}: {failure_line(result.output) or last_line(result)}"
    return Smoked(fault, result.output)


async def _watch(
    candidate: Candidate, name: str, make: MakeCommand, gpus: GpuRequest, steps: int
) -> FinishedJob:
    """Until it ends, or has printed enough; then it is stopped, all ranks and their launcher together."""
    await candidate.jobs.start(name, make, gpus=gpus)
    while True:
        try:
            done = await candidate.jobs.wait(name, LOOK_SECONDS)
        except RunFailed:
            # Lost: it begins again, unless that happened too often.
            await candidate.jobs.start(name, make, gpus=gpus)
            continue
        if done is not None:
            return done
        if trained_steps(candidate.jobs.tail(name, TAIL_LINES)) >= steps:
            return await candidate.jobs.stop(name)


def read_log(done: FinishedJob, most_bytes: int) -> str:
    """All that was printed, or its beginning."""
    path = done.command.log
    if path is None or not path.is_file():
        return done.result.output
    with path.open("rb") as file:
        return file.read(most_bytes).decode("utf-8", errors="replace")


def failure_line(output: str) -> str:
    """The script's own exception, with its line of source if it has no words. The launcher adds one below."""
    found = [match for match in FAILURE.finditer(output) if OF_THE_LAUNCHER not in match[0]]
    if not found:
        return ""
    said = found[-1][1].strip()
    above = [RANK.sub("", line).strip() for line in output[: found[-1].start()].splitlines()]
    # Below the line of source may be marks such as ^^^^.
    source = next((line for line in reversed(above) if line.strip("^~ ")), "")
    return (said if ":" in said or not source else f"{said} at {source}")[:300]
