"""Trial: a cheat and its twin, evaluated as any candidate is, on one seed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Command, Environment, Sandbox
from agentkit.contracts.task import Candidate, Task
from agentkit.errors import AgentkitError, BrokenPlugin, RunFailed
from agentkit.evaluation.locked import is_plain
from agentkit.runs.calibrate import silent
from agentkit.runs.checks.exploit import NamedExploit, Submission
from agentkit.runs.checks.submission import Facts, joined, lay_submission
from agentkit.runs.checks.verdict import CheatVerdict, TwinVerdict, judge_cheat, judge_twin
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.remove import discard
from agentkit.search.progress import Tell, watch_output

LEAST_WORK = 2.0
WORK_SHARE = 0.15
"""Of what the start files cost, so that hidden work stands out from their noise."""
CHECKPOINT = "checkpoint.pt"
START = Submission()
NO_PIECES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Trial:
    """What became of one exploit."""

    name: str
    title: str
    expected: Sequence[str]
    caught_by: str
    cheat: CheatVerdict
    twin: TwinVerdict

    @property
    def failed(self) -> bool:
        return self.cheat.state == "through" or self.twin.state == "wronged"


def fresh_seed() -> int:
    """One that no candidate can have been made for."""
    return random.SystemRandom().randrange(10**6, 2**31)


@dataclass
class TrialBench:
    """Evaluates submissions of one task in one sandbox; equal honest ones only once."""

    task: Task
    sandbox: Sandbox
    cache: Path
    place: Path
    """A folder of the caller's, for candidates and logs."""
    tell: Tell = silent
    seed: int = field(default_factory=fresh_seed)
    _honest: dict[str, Outcome] = field(default_factory=dict)
    _environment: Environment = Environment()
    _facts: Facts | None = None
    _weights: Path | None = None
    _count: int = 0

    async def open(self, exploits: Sequence[NamedExploit] = ()) -> Outcome:
        """Evaluate the start files, by which twins are judged; they also say how much work to hide.

        Then the twins of `exploits` that can be tried together, as one candidate: if that is taken as
        honest, each of them is; if not, `run` looks at each alone.
        """
        self._environment = self.task.evaluator.prepare(self.cache)
        start = await self._honest_outcome(START, NO_PIECES, "the start files")
        if start.status == "flagged":
            raise RunFailed(
                f"The start files of {self.task.reference} are flagged: {start.reason}",
                "Beside them no twin of a cheat could be called honest. Next: mend the task",
            )
        self._facts = self._facts_for(start)
        if self.task.metric.unit == "s":
            await self._try_together([each for each in exploits if each.twin_can_join], start)
        return start

    async def _try_together(self, exploits: Sequence[NamedExploit], start: Outcome) -> None:
        groups: dict[int, list[NamedExploit]] = {}
        for each in exploits:
            groups.setdefault(id(each.pieces), []).append(each)
        for group in groups.values():
            made = joined([each.exploit.twin for each in group])
            outcome = await self._honest_outcome(made, group[0].pieces, f"{len(group)} twins together")
            if judge_twin(outcome, start).state == "honest":
                self._honest |= {each.exploit.twin.model_dump_json(): outcome for each in group}

    async def run(self, named: NamedExploit) -> Trial:
        exploit = named.exploit
        lacking = sorted(exploit.needs - set(self.sandbox.walls))
        if lacking:
            said = f"not tried: {self.sandbox.name} does not enforce {', '.join(lacking)}"
            cheat, twin = CheatVerdict("skipped", said), TwinVerdict("skipped", "not tried")
        else:
            cheat, twin = await self._try(named)
        return Trial(named.name, exploit.title, exploit.expected, exploit.caught_by, cheat, twin)

    async def _try(self, named: NamedExploit) -> tuple[CheatVerdict, TwinVerdict]:
        exploit = named.exploit
        start = await self._honest_outcome(START, NO_PIECES, "the start files")
        twin = await self._honest_outcome(exploit.twin, named.pieces, f"twin of {named.name}")
        place = self._next_place()
        for number in range(exploit.rounds):
            purpose = f"cheat {named.name}"
            outcome = await self._evaluate(exploit.cheat, named.pieces, place / str(number), purpose)
        leaked = leak(exploit.secret, outcome, place) if exploit.secret else ""
        work = self._known_facts().work
        verdict = judge_cheat(exploit, outcome, twin, self.task.metric, work, leaked)
        return verdict, judge_twin(twin, start)

    async def _honest_outcome(self, made: Submission, pieces: Mapping[str, str], purpose: str) -> Outcome:
        key = made.model_dump_json()
        if key not in self._honest:
            self._honest[key] = await self._evaluate(made, pieces, self._next_place(), purpose)
        return self._honest[key]

    async def _evaluate(
        self, made: Submission, pieces: Mapping[str, str], place: Path, purpose: str
    ) -> Outcome:
        self.tell("calibrating", purpose=purpose)
        weights = await self._trained() if made.needs_weights else None
        folder = place / "candidate"
        lay_submission(made, self.task, folder, self._known_facts(), pieces, weights)
        listen = watch_output(self.tell, "", purpose)
        jobs = FolderJobs(place / "jobs", self.sandbox)
        candidate = Candidate(folder, self.sandbox, self.seed, place / "logs", listen, jobs=jobs)
        try:
            return await self.task.evaluator.evaluate(candidate)
        except AgentkitError:
            raise
        except Exception as error:
            raise BrokenPlugin(
                f"The evaluator of {self.task.reference} failed: {type(error).__name__}: {error}",
                f"At: {purpose}",
                "Whatever a candidate does has to be an outcome. Next: mend the task",
            ) from error
        finally:
            discard(folder)

    async def _trained(self) -> Path:
        """The checkpoint of an honest run, as somebody could make it before it counts."""
        if self._weights is None:
            folder = self._next_place() / "candidate"
            lay_submission(START, self.task, folder, self._known_facts(), NO_PIECES)
            command = Command(argv=("python", "train.py"), folder=folder, environment=self._environment)
            result = await self.sandbox.run(command)
            if not is_plain(folder / CHECKPOINT):
                raise RunFailed(
                    f"The start files of {self.task.reference} wrote no {CHECKPOINT}.",
                    *result.output.splitlines()[-10:],
                )
            self._weights = folder / CHECKPOINT
        return self._weights

    def _known_facts(self) -> Facts:
        return self._facts or self._facts_for(None)

    def _facts_for(self, start: Outcome | None) -> Facts:
        metric = self.task.metric
        cost = start.metrics.get(metric.name, 0.0) if start and metric.unit == "s" else 0.0
        outside = self.place / "outside"
        if not outside.exists():
            outside.mkdir(parents=True)
            for name, source in self.task.files.items():
                (outside / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, outside / name)
        return Facts(
            metric=metric.name,
            best=1e-9 if metric.lower_is_better else 1e9,
            work=max(LEAST_WORK, WORK_SHARE * cost),
            outside=outside,
        )

    def _next_place(self) -> Path:
        self._count += 1
        return self.place / f"{self._count:03}"


def leak(secret: str, outcome: Outcome, place: Path) -> str:
    """Where a text came out that was to stay inside; empty: nowhere."""
    if secret in outcome.model_dump_json():
        return "the outcome"
    for path in sorted(place.rglob("*")):
        if is_plain(path) and secret.encode() in path.read_bytes():
            return f"the file {path.name}"
    return ""
