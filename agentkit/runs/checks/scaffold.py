"""Conformance: what every scaffold owes, tried on random journals. For any author's own tests as well.

    report = check_scaffold(open_catalog().load("scaffold", "mine"))
    assert not report.breaches

A journal is either a search of the scaffold's own in a world of chance (`searched`), or a tree that somebody
else might have grown (`met`). Both come from a number alone, so a breach can be looked at again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome, Status
from agentkit.contracts.scaffold import Scaffold, ScaffoldMaker
from agentkit.journal.fold import RunState, Selected
from agentkit.journal.tree import Tree
from agentkit.runs.simulation.virtual import VirtualRun
from agentkit.search.rules import RuleBroken, ask_policy, randomness

RULES: Mapping[str, str] = {
    "room": "never more expansions than there is room for",
    "parents": "only finished attempts, once each, and none that broke the task's rules",
    "operators": "only operators that the scaffold has",
    "debug": "only what failed is repaired",
    "params": "what an expansion says besides can be written into a journal",
    "survives": "no journal makes it fail: none, one attempt, all crashed, only pending ones",
    "begins": "with nothing done and nothing pending, something is tried",
    "terminates": "the search ends: by its number of attempts, or with nothing more to try",
    "replay": "asked the same again, it answers the same",
    "resume": "a new process that reads the journal up to any point goes on as the first one did",
}
MOST_ATTEMPTS = 24
"""Of a random journal."""
ENDLESS = 2000
"""Attempts after which a scaffold that names no number of its own must have ended."""
STATUSES: tuple[Status, ...] = ("valid", "invalid", "crash", "timeout", "flagged")
FITNESS: tuple[Callable[[random.Random], float], ...] = (
    lambda rng: rng.random(),
    lambda rng: -1000.0 * rng.random(),
    lambda rng: rng.choice((0.0, 1.0)),
    lambda rng: rng.lognormvariate(0.0, 20.0),
    lambda rng: -0.0,
)


@dataclass(frozen=True)
class Breach:
    """A rule that was broken, and where."""

    rule: str
    journal: str
    """Which journal: `search 17`, `tree 4`, or one of the special ones."""
    found: str


@dataclass
class ScaffoldReport:
    """What the check has seen."""

    scaffold: str
    journals: int = 0
    questions: int = 0
    """How often the policy was asked."""
    breaches: list[Breach] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """The rules that were broken."""
        return [rule for rule in RULES if any(each.rule == rule for each in self.breaches)]


@dataclass(frozen=True)
class Chance:
    """A World without sense: every attempt comes out as the dice fall. `valid`: share of valid ones."""

    seed: int
    valid: float
    fitness: Callable[[random.Random], float]

    def carry_out(self, selected: Selected, tree: object) -> Attempt:
        rng = random.Random(f"{self.seed}/{selected.id}/chance")
        status: Status = "valid" if rng.random() < self.valid else rng.choice(STATUSES[1:])
        return attempt_of(selected.id, selected.expansion, status, self.fitness, rng)


def attempt_of(
    id: str,
    expansion: Expansion,
    status: Status,
    fitness: Callable[[random.Random], float],
    rng: random.Random,
) -> Attempt:
    return Attempt(
        id=id,
        operator=expansion.operator,
        parents=expansion.parents,
        params=expansion.params,
        outcome=Outcome(status=status, seconds=rng.expovariate(1.0)),
        fitness=fitness(rng) if status == "valid" else None,
    )


def check_scaffold(
    maker: ScaffoldMaker[Any],
    values: Mapping[str, Any] | None = None,
    journals: int = 1000,
    most_breaches: int = 20,
) -> ScaffoldReport:
    """Try the special journals and `journals` random ones; stops early after so many breaches."""
    subject = Subject(maker, values or {})
    report = ScaffoldReport(maker.name)
    looks = list(SPECIAL.items())
    looks += [(f"search {number}", partial(searched, number=number)) for number in range(1, journals, 2)]
    looks += [(f"tree {number}", partial(met, number=number)) for number in range(0, journals, 2)]
    for name, look in looks:
        try:
            report.questions += look(subject)
        except RuleBroken as breach:
            report.breaches.append(Breach(breach.rule, name, breach.found))
        report.journals += 1
        if len(report.breaches) >= most_breaches:
            break
    return report


@dataclass(frozen=True)
class Subject:
    """The scaffold that is looked at, to be built as often as a check needs a new one."""

    maker: ScaffoldMaker[Any]
    values: Mapping[str, Any]

    def build(self, *, barrier: bool = False) -> Scaffold:
        return self.maker.build(self.values, barrier=True if barrier else None)


def searched(subject: Subject, number: int) -> int:
    """A whole search, then every question of it once more: to the policy that answered, and to a new one."""
    rng = random.Random(f"search/{number}")
    world = Chance(number, rng.choice((0.0, 0.2, 0.5, 0.8, 1.0)), rng.choice(FITNESS))
    barrier = rng.random() < 0.3
    run = VirtualRun(
        subject.build(barrier=barrier),
        world,
        rng.randint(1, MOST_ATTEMPTS),
        rng.randint(1, 8),
        number,
        barrier,
    )
    return driven(subject, run)


def driven(subject: Subject, run: VirtualRun) -> int:
    """Drive it and ask again; returns how many questions there were."""
    run.drive()
    if not run.questions[0].answer:
        raise RuleBroken("begins", "its first answer was nothing at all")
    state = RunState()
    for question in run.questions:
        while state.count < question.events:
            state.apply(run.events[state.count])
        pending = [each.expansion for each in state.pending]
        for rule, scaffold in (("replay", run.scaffold), ("resume", subject.build(barrier=run.barrier))):
            rng = randomness(run.seed, len(state.selected))
            answer = ask_policy(scaffold, state.tree, pending, question.room, rng)
            if answer != question.answer:
                done = f"after {len(state.tree.attempts)} attempts with {len(pending)} pending"
                raise RuleBroken(rule, f"{done} it answered {said(question.answer)}, then {said(answer)}")
    return len(run.questions)


def said(answer: Sequence[Expansion]) -> str:
    return (
        ", ".join(f"{each.operator} of {'+'.join(each.parents) or 'start'}" for each in answer) or "nothing"
    )


def met(subject: Subject, number: int) -> int:
    """A tree that it did not grow, with something under way: one question, asked of two."""
    rng = random.Random(f"tree/{number}")
    scaffold = subject.build()
    tree, pending = random_tree(scaffold, rng)
    return settled(subject, scaffold, tree, pending, rng.randint(1, 8), number)


def settled(
    subject: Subject,
    scaffold: Scaffold,
    tree: Tree,
    pending: Sequence[Expansion],
    room: int,
    seed: int,
) -> int:
    """One question, asked of two; raises RuleBroken unless they answer the same."""
    first = ask_policy(scaffold, tree, pending, room, random.Random(seed))
    for rule, other in (("replay", scaffold), ("resume", subject.build())):
        answer = ask_policy(other, tree, pending, room, random.Random(seed))
        if answer != first:
            raise RuleBroken(rule, f"it answered {said(first)}, then {said(answer)}")
    return 1


def random_tree(scaffold: Scaffold, rng: random.Random) -> tuple[Tree, list[Expansion]]:
    """Up to 15 attempts of any kind, and up to four expansions under way."""
    tree, fitness, operators = Tree(), rng.choice(FITNESS), list(scaffold.operators)

    def expansion() -> Expansion:
        parents = rng.sample(list(tree.attempts), min(len(tree.attempts), rng.choice((0, 1, 1, 1, 2))))
        return Expansion(operator=rng.choice(operators), parents=tuple(parents))

    for number in range(rng.randint(0, 15)):
        status: Status = "valid" if rng.random() < 0.5 else rng.choice(STATUSES[1:])
        tree.add(attempt_of(f"a{number + 1}", expansion(), status, fitness, rng))
    return tree, [expansion() for _ in range(rng.randint(0, 4))]


def empty(subject: Subject) -> int:
    """Nothing done: something is tried, whatever the room."""
    scaffold = subject.build()
    for room in range(1, 9):
        settled(subject, scaffold, Tree(), (), room, room)
        if not ask_policy(scaffold, Tree(), (), room, random.Random(room)):
            raise RuleBroken("begins", f"with room {room} it tries nothing")
    return 8


def only_pending(subject: Subject) -> int:
    """Begun, and nothing of it finished yet."""
    scaffold, pending = subject.build(), list[Expansion]()
    for count in range(16):
        pending += ask_policy(scaffold, Tree(), pending, 1, random.Random(count))
        settled(subject, scaffold, Tree(), pending, 3, count)
    return 16


def single(subject: Subject) -> int:
    """One attempt, of any operator, ended in any way."""
    scaffold = subject.build()
    for operator in scaffold.operators:
        for status in STATUSES:
            attempt = attempt_of("a1", Expansion(operator=operator), status, FITNESS[0], random.Random(1))
            settled(subject, scaffold, Tree([attempt]), (), 2, 1)
    return len(scaffold.operators) * len(STATUSES)


def all_alike(subject: Subject, valid: float) -> int:
    """A search in which all is valid, or nothing is; one without a number of attempts must end by itself."""
    scaffold = subject.build()
    most = min(scaffold.attempts or ENDLESS, ENDLESS if scaffold.attempts is None else 60)
    run = VirtualRun(scaffold, Chance(1, valid, FITNESS[0]), most, scaffold.width, 1)
    if scaffold.attempts is not None:
        return driven(subject, run)
    run.drive()
    if len(run.state.selected) == ENDLESS:
        raise RuleBroken("terminates", f"it names no number of attempts and goes on after {ENDLESS}")
    return len(run.questions)


SPECIAL: Mapping[str, Callable[[Subject], int]] = {
    "no attempt": empty,
    "only pending": only_pending,
    "one attempt": single,
    "all failed": partial(all_alike, valid=0.0),
    "all valid": partial(all_alike, valid=1.0),
}
