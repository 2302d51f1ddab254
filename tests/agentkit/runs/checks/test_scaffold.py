"""A conformance check is worth what it catches: one broken policy for each rule."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.contracts.scaffold import NoSettings, Scaffold, ScaffoldMaker
from agentkit.runs.checks.scaffold import RULES, check_scaffold
from agentkit.search.operators import DEBUG, DRAFT, IMPROVE

Answer = Callable[[AttemptTree, Sequence[Expansion], int, random.Random], Sequence[Expansion]]
NEW = Expansion(operator="draft")


def made(select: Callable[[], Answer], attempts: int | None = 10) -> ScaffoldMaker[NoSettings]:
    @dataclass(frozen=True)
    class Policy:
        answer: Answer

        def select(
            self, tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
        ) -> Sequence[Expansion]:
            return self.answer(tree, pending, room, rng)

    def build(settings: NoSettings) -> Scaffold:
        operators = {"draft": DRAFT, "improve": IMPROVE, "debug": DEBUG}
        return Scaffold(policy=Policy(select()), operators=operators, attempts=attempts)

    return ScaffoldMaker("mine", "", NoSettings, build)


def of(operator: str, *parents: str) -> list[Expansion]:
    return [Expansion(operator=operator, parents=parents)]


def counting() -> Answer:
    """Keeps in itself how often it was asked."""
    asked: list[int] = []

    def answer(
        tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        asked.append(room)
        return [Expansion(operator="draft", params={"asked": len(asked)})]

    return answer


def remembering() -> Answer:
    """The same answer to the same tree, but by what it saw when it was built."""
    seen: dict[int, int] = {}

    def answer(
        tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        first = min([*seen.values(), len(tree.attempts)])
        seen.setdefault(len(tree.attempts), len(tree.attempts))
        return [Expansion(operator="draft", params={"first": first})]

    return answer


BROKEN: dict[str, Callable[[], Answer]] = {
    "room": lambda: lambda tree, pending, room, rng: [NEW] * (room + 1),
    "parents": lambda: lambda tree, pending, room, rng: of("improve", f"a{len(tree.attempts) + 1}"),
    "operators": lambda: lambda tree, pending, room, rng: of("polish"),
    "debug": lambda: (
        lambda tree, pending, room, rng: (
            of("debug", tree.best().id) if tree.best() else [NEW]  # type: ignore[union-attr]
        )
    ),
    "params": lambda: lambda tree, pending, room, rng: [Expansion(operator="draft", params={"of": {1, 2}})],
    "survives": lambda: lambda tree, pending, room, rng: of("improve", max(tree.attempts)),
    "begins": lambda: lambda tree, pending, room, rng: [NEW] if tree.attempts else [],
    "replay": counting,
    "resume": remembering,
}


@pytest.mark.parametrize("rule", list(BROKEN))
def test_a_policy_that_breaks_a_rule_is_found_by_its_name(rule: str) -> None:
    report = check_scaffold(made(BROKEN[rule]), journals=20)
    assert rule in report.broken
    assert all(each.journal and each.found for each in report.breaches)


def test_one_that_goes_on_for_ever_is_found() -> None:
    report = check_scaffold(made(lambda: lambda tree, pending, room, rng: [NEW], attempts=None), journals=0)
    assert report.broken == ["terminates"]


def test_what_broke_the_tasks_rules_is_no_parent() -> None:
    def last(
        tree: AttemptTree, pending: Sequence[Expansion], room: int, rng: random.Random
    ) -> Sequence[Expansion]:
        return of("improve", list(tree.attempts)[-1]) if tree.attempts else [NEW]

    found = [each.found for each in check_scaffold(made(lambda: last), journals=40).breaches]
    assert any("broke the task's rules" in each for each in found)


def test_an_honest_one_keeps_every_rule_and_each_rule_has_its_breach_here() -> None:
    honest = made(lambda: lambda tree, pending, room, rng: [NEW] * room)
    report = check_scaffold(honest, journals=40)
    assert (report.breaches, report.journals) == ([], 45)
    assert set(BROKEN) | {"terminates"} == set(RULES)


def test_it_stops_after_enough_breaches() -> None:
    assert len(check_scaffold(made(BROKEN["room"]), journals=1000, most_breaches=4).breaches) == 4
