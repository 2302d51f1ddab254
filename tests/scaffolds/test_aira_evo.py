from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold

Build = Callable[..., Scaffold]
Play = Callable[..., list[Expansion]]


def test_a_generation_of_drafts_one_of_improvements_then_crossover_too(build: Build, play: Play) -> None:
    kinds: list[Counter[str]] = [Counter() for _ in range(4)]
    for seed in range(30):
        for number, each in enumerate(play(build("aira_evo"), [0.1 * n for n in range(20)], seed)):
            kinds[number // 5][each.operator] += 1
    assert set(kinds[0]) == {"draft"}
    assert set(kinds[1]) == {"improve"}
    assert set(kinds[2]) == set(kinds[3]) == {"improve", "crossover"}
    assert 30 < kinds[3]["crossover"] < 90, "half of them, but for pairs of one and the same parent"


def test_a_child_below_the_mean_is_never_a_parent(build: Build, play: Play) -> None:
    ends = [0.5, 0.6, 0.7, 0.6, 0.5, *[0.1] * 30]
    for seed in range(5):
        parents = {parent for each in play(build("aira_evo"), ends, seed) for parent in each.parents}
        assert parents <= {"a1", "a2", "a3", "a4", "a5"}


def test_a_repaired_child_stays_on_its_island(build: Build, play: Play) -> None:
    chosen = play(build("aira_evo", islands=2, generation=1), [0.5, None, 0.4, 0.3])
    assert [each.params["island"] for each in chosen][:3] == [0, 1, 1]
    assert chosen[2].operator == "debug"
