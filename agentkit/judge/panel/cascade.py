"""Cascade: one judge first, and more where it matters.

A pass that weighs much, a vote with low confidence, one whose citations did not hold, and a pass where text
of the work speaks to the judge need judges of other families that agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agentkit.contracts.rubric import Vote
from agentkit.errors import BudgetSpent
from agentkit.judge.evidence import Finding
from agentkit.judge.panel.ballot import Ballots
from agentkit.judge.panel.canaries import Canaries
from agentkit.judge.panel.judge import Judge, akin, family_of
from agentkit.judge.panel.outcome import (
    CHANGED,
    LOW,
    ONE_FAMILY,
    SUSPECT,
    agree,
    counted,
    found,
    has_quorum,
    open_finding,
)
from agentkit.judge.panel.question import Question
from agentkit.judge.panel.settings import PanelSettings


@dataclass
class _Hearing:
    """What was said of one leaf so far, and by whom."""

    votes: list[Vote] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    heard: list[Judge] = field(default_factory=list)
    """Judges whose vote is no error."""
    quorum: int = 1


class Cascade:
    """Decides leaves one by one. Judges of the candidate's family come after all others."""

    def __init__(
        self, ballots: Ballots, judges: Sequence[Judge], settings: PanelSettings, canaries: Canaries | None
    ) -> None:
        self.ballots, self.settings, self.canaries = ballots, settings, canaries
        self.own = family_of(settings.candidate) if settings.candidate else ""
        self.judges = sorted(judges, key=self.is_own)

    def is_own(self, judge: Judge) -> bool:
        return bool(self.own) and akin(judge.family, self.own)

    @property
    def own_family_only(self) -> bool:
        """Nothing that this panel says could count, so it need not be asked."""
        return not self.settings.allow_own_family and all(map(self.is_own, self.judges))

    async def decide(self, question: Question) -> tuple[Finding, str]:
        """The finding, and why the money ended in the midst of it; empty: it did not."""
        hearing = _Hearing()
        ended = ""
        try:
            await self._hear(question, hearing)
        except BudgetSpent as spent:
            ended = spent.message
        if ended:
            reason = f"the money ended before there was a verdict: {ended}"
            return open_finding("ungraded", reason, hearing.votes, hearing.flags), ended
        own = () if self.settings.allow_own_family else tuple(filter(self.is_own, self.judges))
        finding = found(
            hearing.votes,
            question.leaf,
            hearing.quorum,
            self.settings.tolerance,
            hearing.flags,
            own=[each.name for each in own],
        )
        return finding, ""

    async def _hear(self, question: Question, hearing: _Hearing) -> None:
        if question.suspect:
            hearing.flags.append(SUSPECT)
        waiting = list(self.judges)
        # A judge that cannot answer is replaced by the next one.
        while waiting and not hearing.heard:
            await self._one(waiting.pop(0), question, hearing)
        if not hearing.heard or CHANGED in hearing.flags or not self._is_doubtful(question, hearing):
            return
        families = _families([*hearing.heard, *waiting])
        hearing.quorum = min(self.settings.quorum, families)
        if families == 1:
            hearing.flags.append(ONE_FAMILY)
        for judge in waiting:
            if self._is_settled(question, hearing):
                return
            if not any(akin(judge.family, each.family) for each in hearing.heard):
                await self._one(judge, question, hearing)
        for sample in range(1, self.settings.samples):
            for judge in list(hearing.heard):
                if not self._is_settled(question, hearing):
                    await self._one(judge, question, hearing, sample)

    async def _one(self, judge: Judge, question: Question, hearing: _Hearing, sample: int = 0) -> None:
        """A vote; and where it passes, one more without the text that it must not rest on."""
        if self.canaries is not None and await self.canaries.why_void(judge):
            return
        vote = await self.ballots.vote(judge, question, sample)
        hearing.votes.append(vote)
        if vote.error:
            return
        if judge not in hearing.heard:
            hearing.heard.append(judge)
        if vote.confidence == "low" and LOW not in hearing.flags:
            hearing.flags.append(LOW)
        if question.masked is None or not vote.score:
            return
        again = await self.ballots.vote(judge, question, sample, "masked")
        hearing.votes.append(again)
        same = again.score is not None and agree(
            vote.score, again.score, question.leaf, self.settings.tolerance
        )
        if not same and CHANGED not in hearing.flags:
            hearing.flags.append(CHANGED)

    def _is_doubtful(self, question: Question, hearing: _Hearing) -> bool:
        scored = counted(hearing.votes)
        if not scored or LOW in hearing.flags:
            return True
        heavy = question.share >= self.settings.heavy_share
        return bool(scored[0].score) and (heavy or question.suspect)

    def _is_settled(self, question: Question, hearing: _Hearing) -> bool:
        if CHANGED in hearing.flags:
            return True
        return has_quorum(hearing.votes, question.leaf, hearing.quorum, self.settings.tolerance)


def _families(judges: Sequence[Judge]) -> int:
    """How many of them have nothing in common with those before them."""
    kept: list[Judge] = []
    for each in judges:
        if not any(akin(each.family, other.family) for other in kept):
            kept.append(each)
    return len(kept)
