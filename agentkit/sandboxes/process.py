"""The process engine under every sandbox that starts a program of this machine.

One command, one tree of processes, one result: output as it comes, a wall clock, a clock for
silence, CPU seconds of the whole tree, and nothing left running afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import time

from agentkit.contracts.sandbox import CommandResult, OnOutput
from agentkit.errors import AgentkitError
from agentkit.sandboxes.bounds import Bounds
from agentkit.sandboxes.cpu_clock import CpuClock
from agentkit.sandboxes.launch import READY, Launch
from agentkit.sandboxes.output import clean
from agentkit.sandboxes.pipes import OutputPump, PipeChannel, read_until, take
from agentkit.sandboxes.process_tree import Identity, ProcessTree, children_of, send
from agentkit.sandboxes.result import notes, settle, status_of
from agentkit.sandboxes.supervised import SupervisedJob

SAMPLE_SECONDS = 0.1
"""Between two looks at the tree; the first ones come sooner."""
GRACE_SECONDS = 0.5
"""Between SIGTERM and SIGKILL."""
READY_SECONDS = 60.0
"""For a sandbox to be set up."""
DEATH_SECONDS = 10.0
"""For killed processes to be gone; longer only in an uninterruptible system call."""


async def start_process(launch: Launch, on_output: OnOutput | None = None) -> ProcessJob:
    """Start it and open the gate. AgentkitError with the sandbox's own words if it could not be set up."""
    try:
        process = subprocess.Popen(
            launch.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if launch.channel else subprocess.STDOUT,
            cwd=launch.folder,
            env=dict(launch.variables),
            pass_fds=launch.descriptors,
            start_new_session=True,
            bufsize=0,
        )
    except (OSError, ValueError) as error:  # ValueError: a word that no program can be given
        launch.after()
        raise AgentkitError(f"{launch.argv[0]} could not be started in {launch.folder}: {error}") from error
    try:
        job = ProcessJob(process, launch, on_output)
    except BaseException:
        process.kill()
        with process:  # its pipes are closed, and it is waited for
            launch.after()
        raise
    try:
        # Not wait_for: before Python 3.12 it can swallow a cancellation.
        async with asyncio.timeout(READY_SECONDS):
            await job.open_gate()
    except BaseException as error:
        # Cancelled, too slow, or not set up: nothing of it may stay.
        job.kill_now()
        job.close()
        if isinstance(error, TimeoutError):
            raise AgentkitError(f"The sandbox was not set up within {READY_SECONDS:.0f} s.") from error
        raise
    return job


async def run_to_end(job: ProcessJob) -> CommandResult:
    """Wait; when cancelled, first see to it that nothing is left."""
    try:
        return await job.wait()
    except asyncio.CancelledError:
        await job.stop()
        raise


class ProcessJob(SupervisedJob):
    """`contracts.sandbox.Job` for a process of this machine."""

    def __init__(self, process: subprocess.Popen[bytes], launch: Launch, on_output: OnOutput | None) -> None:
        assert process.stdin and process.stdout
        super().__init__(
            launch.limits, OutputPump(take(process.stderr or process.stdout), launch.log, on_output)
        )
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._launch = launch
        self._tree = ProcessTree(process.pid, launch.marker)
        self._bounds = Bounds(launch.limits, self._tree)
        self._clock: CpuClock | None = None
        self._counted = 0.0
        self._exited: asyncio.Future[None] = self._loop.create_future()
        self._usage: resource.struct_rusage | None = None
        self._code: int | None = None
        self._own_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._handle = os.pidfd_open(process.pid)
        self._loop.add_reader(self._handle, self._on_exit)

    # ---- from start to end ----

    async def open_gate(self) -> None:
        source = self._stdout.fileno() if self._launch.channel else self._pump.descriptor
        said, ready = await read_until(source, READY)
        if not ready:
            self._pump.end()
            words = clean(said) + self._pump.cut.finish()
            raise AgentkitError("The sandbox could not be set up.", *words.splitlines()[:20])
        *guards, gate = chain_below(self._process.pid, self._launch.guards)
        self._tree.guards = tuple(guards)
        await self._bounds.open(gate, self._launch.growing)
        self._tree.sample()
        self._clock = CpuClock.open(gate)
        self._began = self._loop.time()
        self._pump.begin()
        self._stdin.write(b"\n")
        if self._launch.channel:
            self._channel = await PipeChannel.open(self._stdin, self._stdout, self._pump.touch)
        else:
            self._stdin.close()
        self._task = self._loop.create_task(self._supervise())

    async def _supervise(self) -> CommandResult:
        try:
            await self._watch()
            if self._end is None and self._bounds.killed_for_memory():
                self._end = "memory"
            seconds = self._loop.time() - self._began
            if not self._exited.done():
                await self._terminate()
            left = await self._kill()
        except asyncio.CancelledError:
            # The loop itself is shutting down: there is no later moment.
            self.kill_now()
            raise
        finally:
            self.close()
        if self._pump.problem:
            raise self._pump.problem
        return self._result(seconds, left)

    async def _watch(self) -> None:
        """Until it exits, somebody asks for its end, or it is over a limit."""
        pause = SAMPLE_SECONDS / 8
        while not self._exited.done():
            due = min(pause, *(moment - self._loop.time() for moment in self._deadlines().values()), 1.0)
            await asyncio.wait(
                {self._exited, self._asked}, timeout=max(0.0, due), return_when=asyncio.FIRST_COMPLETED
            )
            if self._exited.done():
                return
            self._tree.sample()
            self._end = self._end or self._late() or self._bounds.over()
            if self._end:
                return
            pause = min(2 * pause, SAMPLE_SECONDS)

    async def _terminate(self) -> None:
        members = [each for each in self._tree.members() if each.pid not in self._tree.guards]
        send(members, signal.SIGTERM)
        send(members, signal.SIGCONT)
        await asyncio.wait({self._exited}, timeout=GRACE_SECONDS)

    async def _kill(self) -> int:
        """Until nothing is left; returns how many could not be killed."""
        began = self._loop.time()
        self._bounds.forbid_forks()
        while members := self._members():
            spent = self._loop.time() - began
            if spent > DEATH_SECONDS:
                return len(members)
            # The guards go last: they wait for the others, and so know what these used.
            spared = self._tree.guards if spent < GRACE_SECONDS else ()
            send((each for each in members if each.pid not in spared), signal.SIGKILL)
            await asyncio.sleep(0.01)
        await asyncio.wait({self._exited}, timeout=DEATH_SECONDS)
        return 0

    def _members(self) -> list[Identity]:
        return list(dict.fromkeys([*self._tree.members(), *self._bounds.members()]))

    def kill_now(self) -> None:
        """The same at once and without the event loop."""
        until = time.monotonic() + DEATH_SECONDS
        self._bounds.forbid_forks()
        while (members := self._members()) and time.monotonic() < until:
            send(members, signal.SIGKILL)
            time.sleep(0.005)
        self._on_exit()

    def _on_exit(self) -> None:
        if self._exited.done():
            return
        self._loop.remove_reader(self._handle)
        self._tree.sample()
        with contextlib.suppress(ChildProcessError):  # somebody waits for all children of this process
            pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
            if pid:
                self._code, self._usage = os.waitstatus_to_exitcode(status), usage
        self._process.returncode = self._code if self._code is not None else 0
        self._exited.set_result(None)

    def close(self) -> None:
        """Each of these, even if one before it fails; what was made for the command goes last."""
        with contextlib.ExitStack() as closing:
            closing.callback(self._launch.after)
            closing.callback(os.close, self._handle)
            closing.callback(self._loop.remove_reader, self._handle)
            closing.callback(self._channel.close if self._channel else self._close_ends)
            closing.callback(self._pump.end)
            closing.callback(self._bounds.close)
            if self._clock:
                closing.callback(self._clock.close)
                self._counted = self._clock.seconds()

    def _close_ends(self) -> None:
        self._stdin.close()
        self._stdout.close()

    def _result(self, seconds: float, left: int) -> CommandResult:
        usage = self._usage
        waited = usage.ru_utime + usage.ru_stime if usage else 0.0
        peak = self._tree.peak_memory
        # Linux starts a child's high-water mark at that of the process that forked it.
        if usage and usage.ru_maxrss > self._own_peak:
            peak = max(peak, usage.ru_maxrss * 1024)
        code = self._code
        if code is not None and self._launch.negative_above_128 and 128 < code <= 128 + signal.NSIG:
            code = 128 - code
        said = notes(self._end, self._launch.limits, left, self._bounds.fork_refusals)
        return CommandResult(
            status=status_of(self._end, code),
            exit_code=code,
            output="\n".join([self._pump.cut.finish(), *said]),
            truncated_from=self._pump.cut.truncated_from,
            seconds=seconds,
            cpu_seconds=settle(self._counted, self._tree.final_seconds(waited)),
            peak_memory_bytes=peak,
        )


def chain_below(pid: int, count: int) -> list[int]:
    """`pid` and its only child, and that one's, `count` times; at the gate there are no others."""
    chain = [pid]
    for _ in range(count):
        chain += children_of(chain[-1])[:1]
    return chain
