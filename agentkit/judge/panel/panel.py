"""Panel: grades the leaves of a rubric by models, from a snapshot of the work, under a cap."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from agentkit.contracts.rubric import Criterion, Rubric, Suspect
from agentkit.errors import BudgetSpent, UsageError
from agentkit.judge.admissible import may_hold
from agentkit.judge.defences.scan import scan
from agentkit.judge.evidence import Evidence, Finding, ungraded
from agentkit.judge.ledger import Ledger
from agentkit.judge.panel.ballot import Ballots
from agentkit.judge.panel.canaries import Canaries
from agentkit.judge.panel.cascade import Cascade
from agentkit.judge.panel.facts import Facts, agreement_of
from agentkit.judge.panel.judge import Judge
from agentkit.judge.panel.order import batch, in_order
from agentkit.judge.panel.outcome import counted
from agentkit.judge.panel.prompt import Prompting
from agentkit.judge.panel.purse import Purse
from agentkit.judge.panel.question import Question, questions_of
from agentkit.judge.panel.settings import PanelSettings
from agentkit.judge.panel.wordless import WORDLESS_KINDS
from agentkit.judge.snapshot import Snapshot, take_snapshot

CANARY_CALLS = 2
BYTES_OF_A_TOKEN = 16
"""More than any reply's tokens have, for what a second question adds to the first."""
ENDED_EARLY = "The judging ended early"
CLOSE_ENOUGH = "the bounds are within"
NO_FILES = "the work has no file that could show it"
HARNESS_KINDS = ("execution", "result", "process")


class Panel:
    """Implements Grader. After `grade`, `facts` holds what belongs to the report as a whole.

    Raises UsageError for a panel that cannot do what its settings ask.
    """

    def __init__(
        self,
        judges: Sequence[Judge],
        settings: PanelSettings,
        ledger: Ledger,
        task_text: str = "",
        defended: bool = True,
        snapshot: Snapshot | None = None,
    ) -> None:
        check_names(judges)
        self.snapshot = snapshot
        """Of the evidence, where it was taken before; a replay has nothing else."""
        self.judges, self.settings, self.ledger = tuple(judges), settings, ledger
        self.task_text, self.defended = task_text, defended
        self.purse = Purse(ledger, settings.max_usd, judges)
        self.facts = Facts()

    async def grade(
        self, rubric: Rubric, leaves: Sequence[Criterion], evidence: Evidence
    ) -> Mapping[str, Finding]:
        """By leaf id; the same for the same answers, whatever the order in which they came."""
        snapshot = self.snapshot or take_snapshot(evidence)
        suspects = tuple(scan(snapshot, rubric)) if self.defended else ()
        asked = self._questions(rubric, leaves, snapshot, suspects)
        findings = {each.leaf.id: known for each in asked if (known := without_judges(each)) is not None}
        questions = in_order(each for each in asked if each.leaf.id not in findings)
        notes = list(snapshot.notes)
        if questions:
            cascade = self._cascade(questions[0], rubric, suspects)
            if cascade.own_family_only:
                why = f"every judge is of the family of the candidate's model, {self.settings.candidate}"
                findings |= {each.leaf.id: ungraded(why) for each in questions}
                notes.append(f"Nobody judged: {why}.")
            else:
                findings |= await self._decide_all(questions, cascade, notes)
                await self._probe(questions, findings, cascade, notes)
            if cascade.canaries is not None:
                notes += [cascade.canaries.notes[key] for key in sorted(cascade.canaries.notes)]
        self.facts = self._facts([findings[leaf.id] for leaf in leaves], leaves, suspects, notes)
        self.facts = self.facts.model_copy(update={"snapshot_digest": snapshot.digest})
        return findings

    def _questions(
        self, rubric: Rubric, leaves: Sequence[Criterion], snapshot: Snapshot, suspects: Sequence[Suspect]
    ) -> list[Question]:
        always = self.defended and self.settings.recheck == "passes"
        kinds = WORDLESS_KINDS if always else ()
        return questions_of(rubric, leaves, snapshot, suspects, self.settings.room, kinds)

    def _cascade(self, first: Question, rubric: Rubric, suspects: tuple[Suspect, ...]) -> Cascade:
        prompting = Prompting(self.ledger.nonce, self.task_text, rubric.errata, self.defended)
        ballots = Ballots(prompting, self.ledger, self.purse, self.settings, suspects, self.defended)
        canaries = Canaries(ballots, first) if self.settings.canaries and self.defended else None
        return Cascade(ballots, self.judges, self.settings, canaries)

    def _facts(
        self,
        findings: Sequence[Finding],
        leaves: Sequence[Criterion],
        suspects: tuple[Suspect, ...],
        notes: Sequence[str],
    ) -> Facts:
        marked = any(leaf.points is not None for leaf in leaves)
        return Facts(
            panel=tuple(f"{each.name}: {each.called} ({each.family})" for each in self.judges),
            agreement=agreement_of(findings, [each.name for each in self.judges], marked),
            cost=self.ledger.cost,
            suspects=suspects,
            notes=tuple(notes),
        )

    async def _decide_all(
        self, questions: Sequence[Question], cascade: Cascade, notes: list[str]
    ) -> dict[str, Finding]:
        """The heaviest first, until the gap between the bounds is small enough or the money ends."""
        findings: dict[str, Finding] = {}
        gap = sum((each.share for each in questions), Fraction(0))
        waiting = list(questions)
        why = ""
        while waiting and not why:
            if self.settings.target is not None and gap <= self.settings.target:
                why = f"{CLOSE_ENOUGH} {self.settings.target:g}"
                break
            size = self._batch(waiting, cascade)
            now, waiting = waiting[:size], waiting[size:]
            decided = await _together(now, cascade, self.settings.at_once)
            for question, (finding, ended) in zip(now, decided, strict=True):
                findings[question.leaf.id] = finding
                why = why or ended
                gap -= question.share if finding.score is not None else 0
        if why:
            notes.append(f"{ENDED_EARLY}: {why}.")
        for question in waiting:
            findings[question.leaf.id] = ungraded(f"not judged: {why}")
        return findings

    def _batch(self, waiting: Sequence[Question], cascade: Cascade) -> int:
        """All at once where nothing can end it before; `at_once` bounds those under way in any case."""
        if self.settings.max_usd is None and self.settings.target is None:
            return len(waiting)
        left = self.purse.left
        worst = None
        if left is not None:
            first = waiting[: self.settings.at_once]
            worst = {place: self._worst(each, cascade) for place, each in enumerate(first)}
        return batch(waiting, self.settings.at_once, worst, left)

    def _worst(self, question: Question, cascade: Cascade) -> float:
        """Dollars that a leaf may cost whatever comes: every judge, every second question, the canaries."""
        ballots, settings = cascade.ballots, self.settings
        opening = ballots.prompting.opening(question.view)
        dollars = 0.0
        for judge in cascade.judges:
            request = ballots.request(judge, question, opening, [ballots.prompting.criterion(question)])
            once = judge.most(request).dollars or 0.0
            price = judge.card.price
            again = once + settings.longest_reply * BYTES_OF_A_TOKEN * (price.input if price else 0.0) / 1e6
            votes = settings.samples * (1 if question.masked is None else 2)
            dollars += votes * (once + (again if settings.reask else 0.0))
            dollars += CANARY_CALLS * once if cascade.canaries is not None else 0.0
        return dollars

    async def _probe(
        self,
        questions: Sequence[Question],
        findings: dict[str, Finding],
        cascade: Cascade,
        notes: list[str],
    ) -> None:
        """How steady the judges are; one after another, since nothing waits for it."""
        try:
            if cascade.canaries is not None and questions:
                first = findings[questions[0].leaf.id]
                for judge in cascade.judges:
                    await cascade.canaries.paraphrased(judge, first, self.settings.tolerance)
            for question in questions[: self.settings.probes]:
                finding = findings[question.leaf.id]
                for judge in [each for each in cascade.judges if _has_score(finding, each)][:1]:
                    repeated = await cascade.ballots.vote(judge, question, 1, "repeated")
                    shuffled = await cascade.ballots.vote(judge, question, 2, "shuffled")
                    votes = (*finding.votes, repeated, shuffled)
                    findings[question.leaf.id] = replace(finding, votes=votes)
        except BudgetSpent as spent:
            notes.append(f"Probes of the judges' steadiness were left out: {spent.message}.")


def without_judges(question: Question) -> Finding | None:
    """What can be said of a leaf that nothing in the work could prove: nobody need be paid for it.

    Where the harness kept nothing of a run, that is not the work's fault.
    """
    leaf, files = question.leaf, question.view.snapshot.files.values()
    if any(may_hold(leaf, each) for each in files):
        return None
    if files and leaf.kind in HARNESS_KINDS and not any(each.provenance == "harness" for each in files):
        return ungraded("nothing of a run by the harness is at hand, and only that could show it")
    return Finding("failed", NO_FILES, 0.0, "panel")


def check_names(judges: Sequence[Judge]) -> None:
    names = [each.name for each in judges]
    if not names:
        raise UsageError(
            "A panel without judges cannot grade.",
            "Next: name at least one, such as `--judge openai/…`",
        )
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise UsageError(
            f"Two judges of the panel are called {', '.join(twice)}.",
            "Expected: a name of its own for each, since votes are counted by it",
        )


def _has_score(finding: Finding, judge: Judge) -> bool:
    return any(each.judge == judge.name for each in counted(finding.votes))


async def _together(
    questions: Sequence[Question], cascade: Cascade, at_once: int
) -> list[tuple[Finding, str]]:
    """In the order of the questions. A fault of one ends the others before it is raised."""
    room = asyncio.Semaphore(at_once)

    async def one(question: Question) -> tuple[Finding, str]:
        async with room:
            return await cascade.decide(question)

    tasks = [asyncio.ensure_future(one(each)) for each in questions]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
