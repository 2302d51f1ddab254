"""Who decides the pocket tier: trains a candidate in a sandbox, counts its CPU seconds, and asks its model.

Nothing that a script prints or writes sets a figure: the clock is the harness's, over the whole process
tree, and the loss is computed here from logits that a fresh process answers for text it has never seen.
Under a sandbox that hides no files the held-out text could have been read: `isolation` names the sandbox.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from agentkit.contracts.outcome import Flag, Outcome, Status
from agentkit.contracts.sandbox import Environment, Limits, Mount
from agentkit.contracts.task import Candidate, Lack
from agentkit.errors import AgentkitError
from agentkit.evaluation.answers import ModelFile
from agentkit.evaluation.asked_child import BadAnswer
from agentkit.evaluation.audit_flags import audit_flags
from agentkit.evaluation.conditions.reference_work import read_yardstick
from agentkit.evaluation.examination import Examined, Text, examine_model
from agentkit.evaluation.locked import LockedFiles
from agentkit.sandboxes.remove import discard

from .masks import masked_paths
from .pocket_text import pocket_corpus, train_folder, train_is_intact, write_train
from .rules import PocketRules
from .training import (
    CHECKPOINT,
    NOTHING_LOCKED,
    SCRIPT,
    Findings,
    Refused,
    printed_flags,
    region_flags,
    train,
)

DATA = Path("/data")
DATA_VARIABLE = "AGENTKIT_DATA"
ENDS = ("start", "target")
"""Of the locked files, the task's own scripts."""
STATUS_OF: dict[str, Status] = {"crash": "crash", "timeout": "timeout"}
"""Of a model that did not answer as agreed; of every other fault `invalid`."""


class PocketEvaluator:
    """The score is CPU seconds of training; valid is what meets the target loss and answers honestly."""

    def __init__(self, rules: PocketRules, locked: LockedFiles = NOTHING_LOCKED) -> None:
        self.rules = rules
        self.locked = locked
        """What decides the score; compared by digest before and after every evaluation."""
        self._data: Path | None = None
        self._cache = Path()
        self._environment = Environment()

    def lacks(self) -> Sequence[Lack]:
        if find_spec("torch") is None:
            what = "PyTorch, which the training scripts use, is not installed; its CPU build is enough"
            return [Lack(what=what, fix="pip install torch==2.13.0")]
        return []

    def prepare(self, cache: Path) -> Environment:
        self._cache, self._data = cache, train_folder(cache)
        write_train(self._data)
        self._environment = Environment(
            mounts=(Mount(source=self._data, target=DATA),),
            masks=masked_paths(),
            # torch.compile keeps its cache in the temporary folder, which is new for every command:
            # no run is faster because of an earlier one.
            variables={
                DATA_VARIABLE: str(DATA),
                "AGENTKIT_SEED": "0",
                "OMP_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1",
                "PYTHONHASHSEED": "0",
            },
            limits=Limits(
                seconds=self.rules.train_seconds,
                memory_bytes=self.rules.memory_bytes,
                processes=self.rules.processes,
                file_bytes=self.rules.file_bytes,
            ),
        )
        return self._environment

    async def evaluate(self, candidate: Candidate) -> Outcome:
        if self._data is None:
            raise AgentkitError("The pocket evaluator was asked to evaluate before it was asked to prepare.")
        self.locked.check_sources()
        began = time.monotonic()
        candidate.logs.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="evaluation-", dir=candidate.logs))
        ends = [self.locked.sources[each] for each in ENDS if each in self.locked.sources]
        advice = (*audit_flags(candidate.folder), *region_flags(ends, candidate.folder / SCRIPT))
        findings = Findings(flags=list(advice))
        try:
            await self._decide(candidate, place, findings, self._data)
        except Refused as refused:
            findings.status, findings.reason = refused.status, refused.reason
        except BadAnswer as answer:
            findings.status, findings.reason = STATUS_OF.get(answer.fault, "invalid"), answer.reason
            findings.log = "\n".join(each for each in (findings.log, answer.text) if each)
        finally:
            discard(place)
        tampered = self.locked.tampered(candidate.sandbox)
        if tampered:
            findings.status, findings.reason = "flagged", tampered.evidence
            findings.flags.append(tampered)
        return Outcome(
            status=findings.status,
            metrics=findings.metrics,
            trust="verified",
            isolation=candidate.sandbox.name,
            flags=tuple(findings.flags),
            seconds=time.monotonic() - began,
            reason=findings.reason,
            log=findings.log,
            seed=candidate.seed,
        )

    async def _decide(self, candidate: Candidate, place: Path, findings: Findings, data: Path) -> None:
        write_train(data)
        environment = self._environment_for(candidate)
        refused: Refused | None = None
        try:
            answering = await train(
                candidate,
                place,
                environment,
                self.rules,
                findings,
                read_yardstick(self._cache),
            )
        except Refused as error:
            refused = error
        if not train_is_intact(data):
            findings.flags.append(Flag(code="tampered", evidence="the training text was changed"))
            raise Refused("flagged", "the script changed the training text")
        if refused is not None:
            raise refused
        examined = await examine_model(
            candidate.sandbox,
            answering,
            ModelFile(SCRIPT, CHECKPOINT),
            self._environment_without_data(),
            Text(heldout=pocket_corpus().heldout, known=pocket_corpus().train),
            self.rules.loss,
            self.rules.patience,
        )
        self._weigh(examined, findings)

    def _environment_for(self, candidate: Candidate) -> Environment:
        variables = {**self._environment.variables, "AGENTKIT_SEED": str(candidate.seed)}
        return self._environment.model_copy(update={"variables": variables})

    def _environment_without_data(self) -> Environment:
        """For the processes that answer: nothing to train on."""
        variables = {
            name: value for name, value in self._environment.variables.items() if name != DATA_VARIABLE
        }
        return self._environment.model_copy(update={"variables": variables, "mounts": ()})

    def _weigh(self, examined: Examined, findings: Findings) -> None:
        """From the figures to the verdict."""
        metrics = findings.metrics
        # Else a script could save its training for load(), where nobody looks at the clock.
        beyond = max(0.0, examined.cpu_seconds - self.rules.answer_cpu_seconds)
        metrics["cpu_seconds"] += beyond
        metrics |= {"loss": examined.loss, "answer_cpu_seconds": examined.cpu_seconds}
        findings.flags += printed_flags(findings.log, examined.loss, metrics["wall_seconds"])
        if examined.breach == "looks_ahead":
            findings.flags.append(Flag(code=examined.breach, evidence=examined.evidence))
            raise Refused("flagged", f"the model looks ahead: {examined.evidence}")
        if examined.breach is not None:
            raise Refused("invalid", examined.evidence)
        floor = self.rules.floor_cpu_seconds
        if metrics["cpu_seconds"] < floor:
            evidence = f"{metrics['cpu_seconds']:.2f} CPU seconds; no training takes less than {floor:g}"
            findings.flags.append(Flag(code="too_fast", evidence=evidence))
            raise Refused("flagged", f"nothing was trained: {evidence}")
        extra = f", {beyond:.1f} of them while answering" if beyond else ""
        took = f"in {metrics['cpu_seconds']:.1f} CPU seconds{extra}"
        if examined.loss > self.rules.target_loss:
            raise Refused("invalid", f"loss {examined.loss:.4f} misses {self.rules.target_loss:g} {took}")
        findings.status = "valid"
        findings.reason = f"loss {examined.loss:.4f} meets {self.rules.target_loss:g} {took}"
