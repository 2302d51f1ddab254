"""The stages of an attempt: plan or debug, code, run, review. Each is safe to begin again.

A stage that finds its result in the journal does nothing, so a resumed attempt runs through what it has
done at no cost, whether LangGraph's checkpoint of it survived or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agentkit.contracts.attempt import Attempt, Cost
from agentkit.contracts.model import ModelRole
from agentkit.contracts.outcome import Outcome
from agentkit.errors import AttemptSpent, BudgetSpent
from agentkit.search.ask import Stage, ask, model_for
from agentkit.search.attempt_jobs import open_jobs
from agentkit.search.briefing import (
    code_values,
    debug_values,
    plan_values,
    read_outcome,
    repair_values,
    review_values,
)
from agentkit.search.coder_edit import EditCoder
from agentkit.search.coder_external import ExternalCoder
from agentkit.search.coder_tools import Coded, ToolsCoder
from agentkit.search.consult import consult
from agentkit.search.context import AttemptWork, RunContext
from agentkit.search.conversation import Conversation, opening
from agentkit.search.evaluate import evaluate_snapshot
from agentkit.search.reasoning import without_reasoning
from agentkit.search.situation import told_at_start

Route = Literal["plan", "debug", "code"]


@dataclass(frozen=True)
class Stages:
    """What the graph of an attempt wires together, and what an author's own graph is given."""

    run_context: RunContext

    def route(self, attempt: str) -> Route:
        opening_stage = self._work(attempt).operator.opening
        return "code" if opening_stage == "none" else opening_stage

    async def plan(self, attempt: str) -> str:
        """What will be tried, and why."""
        return await self._open(attempt, "plan")

    async def debug(self, attempt: str) -> str:
        """What caused the parent's failure, and the repair."""
        return await self._open(attempt, "debug")

    async def consult(
        self, attempt: str, name: str, nth: int = 0, role: ModelRole = "reviewer", **values: str
    ) -> str:
        """The answer to one more question, of the prompt file `name`: for graphs of an author's own."""
        return await consult(self._work(attempt), name, nth, role, values)

    async def code(self, attempt: str, repair: int = 0, request: str = "") -> None:
        """Carry it out in the workspace, as pass number `repair` of this attempt.

        After the first: mend what its last run showed, or what `request` says instead.
        """
        work = self._work(attempt)
        if self._result(attempt, f"coded{repair}") is not None:
            return
        self._begin(attempt, "code")
        before = self._result(attempt, f"coded{repair - 1}") if repair else None
        base = before["snapshot"] if before else work.base
        turns = before["turns"] if before else 0
        await open_jobs(work.run, attempt).remove_attached()
        workspace = work.open_workspace(base)
        if work.operator.writer == "solution":
            for name, path in work.run.task.solution.items():
                place = workspace.folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(path.read_bytes())
            coded = Coded(0, True)
        elif work.operator.writer == "nothing":
            coded = Coded(0, True)
        else:
            coded = await self._code_with_model(work, workspace, base, repair, turns, request)
        snapshot = workspace.snapshot()
        diff = workspace.diff(work.base, snapshot)
        (work.folder / "diff.patch").write_text(diff, encoding="utf-8", errors="surrogateescape")
        work.run.journal.append(
            "coded",
            attempt,
            repair=repair,
            snapshot=snapshot,
            turns=turns + coded.turns,
            submitted=coded.submitted,
            changed_lines=changed_lines(diff),
            note=coded.note,
        )

    async def run(self, attempt: str, repair: int = 0) -> Outcome:
        """The task's own evaluator, on a fresh layout of the snapshot."""
        work = self._work(attempt)
        recorded = self._result(attempt, f"outcome{repair}")
        if recorded is not None:
            return read_outcome(recorded)
        self._begin(attempt, "run")
        coded = self._result(attempt, f"coded{repair}")
        assert coded is not None, "the graph runs `code` before `run`"

        def keep(outcome: Outcome) -> None:
            work.run.journal.append("outcome", attempt, repair=repair, **outcome.model_dump(mode="json"))

        if coded["snapshot"] == work.base and work.operator.writer != "nothing":
            why = coded["note"] or "the files are as they were at the start of the attempt"
            outcome = Outcome(status="invalid", reason=f"nothing was changed: {why}")
            keep(outcome)
            return outcome
        return await evaluate_snapshot(work, coded["snapshot"], keep)

    def may_repair(self, attempt: str, repair: int, outcome: Outcome) -> bool:
        """Whether the attempt may mend its own failure: it crashed, and the scaffold allows another go."""
        work = self._work(attempt)
        allowed = work.operator.writer == "model" and repair < work.run.scaffold.repairs
        return allowed and outcome.status in ("crash", "timeout")

    async def review(self, attempt: str, repair: int = 0) -> None:
        """One note on what happened; then the attempt is finished. Never sets a score."""
        work = self._work(attempt)
        journal = work.run.journal
        if attempt in journal.state.tree.attempts:
            return
        outcome = await self.run(attempt, repair)
        coded = self._result(attempt, f"coded{repair}")
        spent: BudgetSpent | None = None
        if self._result(attempt, "review") is None and work.operator.writer == "model":
            self._begin(attempt, "review")
            prompts = work.run.prompts
            user = prompts.fill("review", review_values(work, outcome, coded["snapshot"]))
            messages = opening(prompts.fill("system", {}), user)
            conversation = Conversation(messages, prompt_files=("system", "review"))
            try:
                text = await self._text(work, "review", conversation)
            except BudgetSpent as error:
                if work.operator.agent is None:
                    raise
                # What an agent had done when a cap ended it was measured: it counts, without a note.
                text, spent = f"({error.message})", error
            journal.append("review", attempt, text=text)
        self._finish(work, outcome, coded["snapshot"])
        if spent is not None:
            raise spent

    async def _open(self, attempt: str, stage: Literal["plan", "debug"]) -> str:
        work, recorded = self._work(attempt), self._result(attempt, "plan")
        if recorded is not None:
            return str(recorded["text"])
        self._begin(attempt, stage)
        values = debug_values(work) if stage == "debug" else plan_values(work)
        name = work.operator.prompt or work.operator.name
        messages = opening(work.run.prompts.fill("system", {}), self._first_prompt(work, name, values))
        conversation = Conversation(messages, prompt_files=("system", name))
        event = work.run.journal.append("plan", attempt, text=await self._text(work, stage, conversation))
        return str(event.data["text"])

    async def _text(self, work: AttemptWork, stage: Stage, conversation: Conversation) -> str:
        """The model's words; or that the attempt's own budget left no room for them."""
        try:
            reply = await ask(work, stage, 0, conversation)
        except AttemptSpent as spent:
            return f"({spent.message})"
        text = reply.message.text
        return text if work.operator.stores == "reply" else without_reasoning(text)

    def _first_prompt(self, work: AttemptWork, name: str, values: Mapping[str, str]) -> str:
        """With the operator's sections, at the end where the prompt has no place for them.

        A policy that breeds prompts says in `params["prompt_edits"]` how this one differs from its file.
        """
        prompts = work.run.prompts.edited(name, str(work.selected.expansion.params.get("prompt_edits", "")))
        text = prompts.fill(name, values)
        at_the_end = values["sections"] and not prompts.has_place(name, "sections")
        return f"{text}\n{values['sections'].rstrip()}\n" if at_the_end else text

    async def _code_with_model(
        self, work: AttemptWork, workspace: Any, base: str, repair: int, turns: int, request: str
    ) -> Coded:
        by_tools = model_for(work.run, "code").offers_tools and not work.run.edits_only
        agent = work.operator.agent
        whole_task = work.operator.opening == "none"
        name = work.operator.name if whole_task and by_tools else "code" if by_tools else "edit"
        values, prompts = code_values(work, base), work.run.prompts
        if agent is not None:
            user = self._first_prompt(work, "external", values)
        elif whole_task:
            name = work.operator.prompt or name
            user = self._first_prompt(work, name, values)
        else:
            user = prompts.fill(name, values)
        files = ["system", name]
        if request:
            user += f"\n{request.strip()}\n"
        elif repair:
            user += "\n" + prompts.fill("repair", repair_values(work, repair))
            files.append("repair")
        messages = opening(prompts.fill("system", {}), user)
        if agent is not None:
            instruction = "\n\n".join(each.text.strip() for each in messages) + "\n"
            return await ExternalCoder(work, workspace, agent, instruction).run(turns)
        if not by_tools:
            conversation = Conversation(messages, prompt_files=files)
            return await EditCoder(work, workspace.folder, conversation).run(turns)
        offers = tuple(tool.offer for tool in work.run.tools.values())
        return await ToolsCoder(work, workspace, Conversation(messages, offers, files)).run(turns)

    def _finish(self, work: AttemptWork, outcome: Outcome, snapshot: str) -> None:
        state = work.run.journal.state
        plan = self._result(work.id, "plan") or {"text": ""}
        review = self._result(work.id, "review") or {"text": ""}
        finished = Attempt(
            id=work.id,
            operator=work.selected.expansion.operator,
            parents=work.selected.expansion.parents,
            params=work.selected.expansion.params,
            plan=plan["text"],
            snapshot=snapshot,
            outcome=outcome,
            fitness=work.run.task.metric.fitness(outcome),
            lesson=review["text"],
            cost=state.ledger.by_attempt.get(work.id, Cost()),
        )
        work.run.journal.append("attempt", work.id, **finished.model_dump(mode="json"))

    def _begin(self, attempt: str, stage: Stage | Literal["run"]) -> None:
        work = self._work(attempt)
        told = told_at_start(work, stage) if stage in ("plan", "debug", "code") else {}
        work.run.journal.append("stage", attempt, stage=stage, **told)

    def _work(self, attempt: str) -> AttemptWork:
        return self.run_context.work(attempt)

    def _result(self, attempt: str, kind: str) -> Any:
        return self.run_context.journal.state.results.get((attempt, kind))


_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def changed_lines(diff: str) -> int:
    """Lines added and removed in a unified diff. A hunk's head says how many lines belong to it."""
    changed, old, new = 0, 0, 0
    for line in diff.split("\n"):
        if not old and not new:
            head = _HUNK.match(line)
            if head:
                old, new = int(head[1] or 1), int(head[2] or 1)
            continue
        changed += line[:1] in ("+", "-")
        old -= line[:1] not in ("+", "\\")
        new -= line[:1] not in ("-", "\\")
    return changed
