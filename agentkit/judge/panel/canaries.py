"""Canaries: leaves whose answer is known before anyone is asked. A judge that gets them wrong has no vote."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace

from agentkit.contracts.rubric import Criterion, Vote
from agentkit.judge.evidence import Finding
from agentkit.judge.panel.ballot import Ballots
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.outcome import agree
from agentkit.judge.panel.prompt import fill
from agentkit.judge.panel.question import Question, View
from agentkit.judge.retrieval import FileSet
from agentkit.judge.snapshot import snapshot_of

IMPOSSIBLE = "canary.impossible"
PARAPHRASE = "canary.paraphrase"


class Canaries:
    """`first`: the leaf that weighs most; its files are those over which the impossible one is asked."""

    def __init__(self, ballots: Ballots, first: Question) -> None:
        self.ballots, self.first = ballots, first
        self.notes: dict[str, str] = {}
        """By judge and canary, what a reader of the report should know."""
        self._void: dict[str, str] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def why_void(self, judge: Judge) -> str:
        """Empty: its votes count. Asked once a judge, before its first vote. Raises BudgetSpent."""
        async with self._locks[judge.name]:
            if judge.name not in self._void:
                self._void[judge.name] = await self._ask(judge)
        return self._void[judge.name]

    async def _ask(self, judge: Judge) -> str:
        empty = replace(self.first, view=View(snapshot_of(()), FileSet(())), masked=None)
        for name, question in (("an impossible leaf", self._impossible()), ("a leaf over empty work", empty)):
            opening = self.ballots.prompting.opening(question.view)
            said = await self.ballots.ask(
                judge, question, opening, [self.ballots.prompting.criterion(question)]
            )
            # Nothing that it cites could make it right, so what it says is enough.
            if said.score:
                self._note(judge, name, f"passed {name}, so its votes do not count")
                return name
            if said.fault:
                self._note(judge, name, f"could not be tried with {name}: {said.fault}")
        return ""

    def _impossible(self) -> Question:
        leaf = Criterion(id=IMPOSSIBLE, text=fill("impossible").strip(), kind="execution")
        return replace(self.first, leaf=leaf, ancestors=(), masked=None)

    def _note(self, judge: Judge, canary: str, what: str) -> None:
        self.notes[f"{judge.name} {canary}"] = f"{judge.name} {what}".rstrip(".") + "."

    async def paraphrased(self, judge: Judge, finding: Finding, tolerance: float) -> Vote | None:
        """The first leaf's text in other words; None where this judge said nothing of the leaf itself.

        Another score is a note on the judge and voids nothing: a careful judge can waver on a leaf.
        """
        leaf = self.first.leaf
        own = [each for each in finding.votes if each.judge == judge.name and each.score is not None]
        if not own:
            return None
        other = leaf.model_copy(update={"id": PARAPHRASE, "text": fill("paraphrase", text=leaf.text).strip()})
        vote = await self.ballots.vote(judge, replace(self.first, leaf=other, masked=None))
        before = own[0].score or 0.0
        if vote.score is not None and not agree(vote.score, before, leaf, tolerance):
            other_words = f"gave {leaf.id} {before:g}, and {vote.score:g} when it was put in other words"
            self._note(judge, "paraphrase", other_words)
        return vote
