"""What follows a search: the answer, measured again on fresh seeds, and the rubric."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.calibration import Calibration
from agentkit.contracts.model import Model
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Finaliser
from agentkit.contracts.summary import Answer
from agentkit.runs.judging.answer import judge_answer
from agentkit.runs.summarise import answer
from agentkit.sandboxes.workspace import SnapshotWorkspace
from agentkit.search.context import RunContext
from agentkit.search.evaluate import Evaluation, evaluate
from agentkit.search.finalise import finaliser_of
from agentkit.search.spending import seconds_left

REPEAT_SHARE = 0.7
"""Of an evaluation's time, for measuring an answer again that was measured on a disturbed machine."""


@dataclass(frozen=True)
class Closing:
    """Implements graph.Closing. Both steps find in the journal what they have done before."""

    run: RunContext
    judges: Sequence[Model] = ()
    """The panel for what no program can decide."""

    async def finalise(self, reason: str) -> None:
        """Choose the answer and write down why the search ended."""
        state = self.run.journal.state
        self.run.journal.append("stage", stage="finalise", reason=reason)
        if state.answer is not None and state.answered == len(state.tree.attempts):
            return  # a run that had ended is resumed, and nothing was added to it
        chosen = await self._choose(finaliser_of(self.run))
        if chosen is None:
            best = state.tree.best()
            why = "no attempt was valid" if best is None else "no valid attempt held up on fresh seeds"
            self.run.journal.append("note", text=f"There is no answer: {why}.")
            return
        calibration = Calibration.model_validate(state.calibrated) if state.calibrated else None
        measurements = [outcome for id, outcome in state.measured if id == chosen.id]
        found = answer(chosen, measurements, calibration, self.run.task.metric)
        workspace = SnapshotWorkspace(self.run.folder, self.run.blobs)
        patch = workspace.diff(self.run.start, chosen.snapshot)
        (self.run.folder / "answer.patch").write_text(patch, encoding="utf-8", errors="surrogateescape")
        self.run.journal.append("answer", chosen.id, **found.model_dump(mode="json"))

    async def _choose(self, finaliser: Finaliser) -> Attempt | None:
        """Within the run's wall clock, of which the search has left as much as measuring took so far."""
        tree = self.run.journal.state.tree
        try:
            async with asyncio.timeout(seconds_left(self.run, reserve_for_answer=False)):
                return await finaliser.choose(tree, self.measure)
        except TimeoutError:
            text = "The run's minutes ended before the answer was measured on all its fresh seeds."
            self.run.journal.append("note", text=text)
            return tree.best()

    async def measure(self, attempt: Attempt, seed: int) -> float | None:
        """One evaluation on one seed; a recorded one is not made again."""
        metric = self.run.task.metric
        for id, outcome in self.run.journal.state.measured:
            if id == attempt.id and outcome.seed == seed:
                return metric.fitness(outcome)
        logs = self.run.folder / "attempts" / attempt.id / "measurements"
        purpose = f"answer {attempt.id}, seed {seed}"

        def keep(outcome: Outcome) -> None:
            data = outcome.model_dump(mode="json")
            self.run.journal.append("measured", attempt.id, seed=seed, outcome=data, purpose="answer")

        # Under a cap on the run's minutes all seeds come before a steadier figure of one.
        share = 0.0 if self.run.budget.minutes else REPEAT_SHARE
        evaluation = Evaluation(
            attempt.snapshot, seed, attempt.id, purpose, logs, account="", repeat_share=share
        )
        return metric.fitness(await evaluate(self.run, evaluation, keep))

    async def judge(self) -> None:
        """Score the task's rubric over the answer's files; nothing to do without either."""
        state = self.run.journal.state
        if self.run.task.rubric is None or state.answer is None or state.judged is not None:
            return
        report = await judge_answer(self.run, self.judges, Answer.model_validate(state.answer))
        self.run.journal.append("judged", **report.model_dump(mode="json"))
