"""What every policy owes, of every scaffold here: on few journals always, on a thousand of each if slow."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.catalog import open_catalog
from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.journal.tree import Tree
from agentkit.runs.checks.scaffold import SPECIAL, STATUSES, Subject, check_scaffold, settled

CATALOG = open_catalog()
NAMES = [entry.name for entry in CATALOG.entries("scaffold")]
FEW, MANY = 30, 1000
MOST_LINES = 60

PUBLISHED = {
    "react", "flat", "tree", "forest", "aide", "aide_speedrun", "multi_aide", "aira_greedy", "aira_mcts",
    "aira_evo", "ras", "aegis", "shinka", "map_elites", "grammar", "weighted_resample", "external",
}  # fmt: skip


def test_the_published_scaffolds_are_there_with_baselines_and_checks() -> None:
    assert PUBLISHED | {"random_search", "nop", "oracle"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_conforms(name: str) -> None:
    report = check_scaffold(CATALOG.load("scaffold", name), journals=FEW)
    assert report.breaches == []
    assert report.questions > report.journals


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_conforms_on_a_thousand_random_journals(name: str) -> None:
    report = check_scaffold(CATALOG.load("scaffold", name), journals=MANY)
    assert (report.breaches, report.journals) == ([], MANY + len(SPECIAL))


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_a_policy_is_sixty_lines_at_most(name: str) -> None:
    assert len(Path(CATALOG.find("scaffold", name).path).read_text().splitlines()) <= MOST_LINES


attempts = st.lists(
    st.tuples(
        st.sampled_from(STATUSES),
        st.floats(allow_nan=False, allow_infinity=False, width=32),
        st.lists(st.integers(0, 20), max_size=2),
    ),
    max_size=12,
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30)
@given(grown=attempts, under_way=st.lists(st.integers(0, 20), max_size=4), room=st.integers(1, 8))
def test_it_answers_any_tree_within_the_rules(
    name: str, grown: list[tuple[str, float, list[int]]], under_way: list[int], room: int
) -> None:
    """As `check_scaffold`, with trees that hypothesis grows, and makes small where a rule is broken."""
    subject = Subject(CATALOG.load("scaffold", name), {})
    scaffold = subject.build()
    operators, tree = list(scaffold.operators), Tree()

    def expansion(number: int, of: list[int]) -> Expansion:
        ids = list(tree.attempts)
        parents = dict.fromkeys(ids[each % len(ids)] for each in of) if ids else ()
        return Expansion(operator=operators[number % len(operators)], parents=tuple(parents))

    for number, (status, fitness, of) in enumerate(grown):
        made = expansion(number, of)
        tree.add(
            Attempt(
                id=f"a{number}",
                operator=made.operator,
                parents=made.parents,
                outcome=Outcome.model_validate({"status": status}),
                fitness=fitness if status == "valid" else None,
            )
        )
    pending = [expansion(each, [each]) for each in under_way]
    assert settled(subject, scaffold, tree, pending, room, random.Random(room).randrange(99)) == 1
