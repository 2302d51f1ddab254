"""Ballot: one judge's vote on one leaf. The judge proposes; what it cites is looked up here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from agentkit.contracts.messages import CallPosition, Message, ModelRequest
from agentkit.contracts.rubric import Citation, Criterion, Suspect, Vote
from agentkit.errors import BudgetSpent
from agentkit.judge.admissible import lacks
from agentkit.judge.checks.pattern_search import PLAIN
from agentkit.judge.citations import verify
from agentkit.judge.ledger import Answer, CallKey, Ledger
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.prompt import Opening, Prompting
from agentkit.judge.panel.purse import Purse
from agentkit.judge.panel.question import Question, View
from agentkit.judge.panel.reply import SCHEMA, JudgeReply, NoVote, read_reply
from agentkit.judge.panel.settings import PanelSettings
from agentkit.judge.panel.turns import FirstAlone
from agentkit.judge.snapshot import Snapshot
from agentkit.models.patience import total

FOUND = ("verified", "moved")
Variant = Literal["", "masked", "repeated", "shuffled"]


@dataclass(frozen=True)
class Said:
    """What one call brought: a reply that can be counted, or a fault."""

    answer: Answer
    reply: JudgeReply | None = None
    score: float | None = None
    fault: str = ""


@dataclass(frozen=True)
class Ballots:
    """How votes are got in one judging."""

    prompting: Prompting
    ledger: Ledger
    purse: Purse
    settings: PanelSettings
    suspects: tuple[Suspect, ...] = ()
    defended: bool = True
    turns: FirstAlone = field(default_factory=FirstAlone)

    async def vote(self, judge: Judge, question: Question, sample: int = 0, variant: Variant = "") -> Vote:
        """Raises BudgetSpent before a call that the cap does not allow, RunProblem for a broken ledger."""
        view = view_of(question, variant, sample)
        opening = self.prompting.opening(view)
        asked = [self.prompting.criterion(question)]
        said = [await self.ask(judge, question, opening, asked, sample)]
        citations = await self._verified(said[-1], question, view)
        missing = self._missing(said[-1], citations, question, view)
        if self.settings.reask and missing:
            # Of an earlier judging it carries that one's nonce.
            before = said[-1].answer.text.replace(said[-1].answer.nonce, self.prompting.nonce)
            asked += [
                Message(role="assistant", text=before),
                self.prompting.reask([each for each in citations if each.status not in FOUND], missing),
            ]
            said.append(await self.ask(judge, question, opening, asked, sample, turn=1))
            citations = await self._verified(said[-1], question, view)
            missing = self._missing(said[-1], citations, question, view)
        last = said[-1]
        return Vote(
            judge=judge.name,
            model=last.answer.model or judge.called,
            sample=sample,
            score=None if missing else last.score,
            confidence=last.reply.confidence if last.reply else None,
            citations=citations,
            expectations=last.reply.expectations if last.reply else "",
            reality=last.reply.reality if last.reply else "",
            usage=total([each.answer.usage for each in said]),
            seconds=sum(each.answer.seconds for each in said),
            prompt_digest=self.prompting.digest(opening.digest, asked[0].text),
            cached=all(each.answer.cached for each in said),
            error=last.fault,
            variant=variant,
        )

    async def ask(
        self,
        judge: Judge,
        question: Question,
        opening: Opening,
        asked: Sequence[Message],
        sample: int = 0,
        turn: int = 0,
    ) -> Said:
        """One call, or its recorded answer, and what can be read out of it."""
        prompting, leaf = self.prompting, question.leaf
        text = [each.text for each in asked]
        key = CallKey(
            leaf=prompting.digest(*text),
            files=opening.digest,
            prompt=prompting.version,
            model=judge.called,
            parameters=f"{judge.parameters} longest_reply={self.settings.longest_reply}".strip(),
            sample=sample,
            turn=turn,
        ).digest
        answer = await self.ledger.known(key)
        if answer is None:
            about = {"leaf": leaf.id, "judge": judge.name, "sample": sample, "turn": turn}
            self.ledger.refuse_in_replay(key, about)
            request = self.request(judge, question, opening, asked, turn)
            bound = judge.most(request)
            async with self.turns.turn((judge.name, opening.digest)):
                if why := self.purse.refusal(bound):
                    await self.ledger.refuse(judge.name, key, why)
                    raise BudgetSpent(why)
                answer = await self.ledger.call(judge.name, key, judge.model, request, bound, about)
        self.purse.pay(answer)
        if answer.error:
            return Said(answer, fault=answer.error)
        try:
            reply, score = read_reply(answer.text, leaf, answer.nonce)
        except NoVote as why_not:
            return Said(answer, fault=str(why_not))
        return Said(answer, reply, score)

    def request(
        self, judge: Judge, question: Question, opening: Opening, asked: Sequence[Message], turn: int = 0
    ) -> ModelRequest:
        position = CallPosition(
            attempt=question.leaf.id, operator="judge", nth=question.number, stage="judge", index=turn
        )
        return ModelRequest(
            position=position,
            messages=(*opening.messages, *asked),
            max_tokens=self.settings.longest_reply,
            reply_schema=SCHEMA,
            digest=self.prompting.digest(opening.digest, *(each.text for each in asked)),
        )

    async def _verified(self, said: Said, question: Question, view: View) -> tuple[Citation, ...]:
        if said.reply is None:
            return ()
        found = []
        for each in said.reply.all_citations:
            if not self.defended:
                found.append(each.model_copy(update={"status": "verified"}))
            elif each.pattern and not PLAIN.fullmatch(each.pattern):
                # Such a search has seconds, in which other leaves go on.
                found.append(
                    await asyncio.to_thread(verify, each, question.leaf, view.snapshot, self.suspects)
                )
            else:
                found.append(verify(each, question.leaf, view.snapshot, self.suspects))
        return tuple(found)

    def _missing(self, said: Said, citations: Sequence[Citation], question: Question, view: View) -> str:
        if said.score is None or not self.defended:
            return ""
        return missing_proof(said.score, citations, question.leaf, view.snapshot)


def missing_proof(score: float, citations: Sequence[Citation], leaf: Criterion, snapshot: Snapshot) -> str:
    """What was found in the files is not enough for the score, and this is missing; empty: it is enough.

    A positive one needs what may be cited for such a leaf. Against the work any of its own words may speak,
    and a search that finds nothing.
    """
    spans = [each for each in citations if each.path and not each.pattern]
    if score > 0:
        return lacks(leaf, [each for each in spans if each.status in FOUND], snapshot)
    against = any(each.first_line and each.status in (*FOUND, "inadmissible") for each in spans)
    if against or any(each.status in FOUND for each in citations):
        return ""
    return "a place that shows what is wrong, or a search that finds nothing"


def view_of(question: Question, variant: Variant, sample: int) -> View:
    """What is shown. The order of a shuffle follows from the leaf and the sample alone."""
    if variant == "masked" and question.masked is not None:
        return question.masked
    if variant == "shuffled":
        return question.view.shuffled(f"{question.leaf.id} {sample}")
    return question.view
