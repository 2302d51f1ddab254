from __future__ import annotations

from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree

Build = Callable[..., Scaffold]
Play = Callable[..., list[Expansion]]


def test_islands_take_turns_and_parents_live_there(build: Build, play: Play) -> None:
    tree = Tree()
    chosen = play(build("map_elites", islands=3), [0.1 * n for n in range(12)], tree=tree)
    assert [each.params["island"] for each in chosen] == [0, 1, 2] * 4
    for each in chosen[3:]:
        assert tree.attempts[each.parents[0]].params["island"] == each.params["island"]


def test_after_a_migration_neighbours_are_seen_and_nothing_is_copied(build: Build, play: Play) -> None:
    tree = Tree()
    crossed = set()
    for seed in range(20):
        tree = Tree()
        ends = [0.0, 0.9, 0.0, *[0.1] * 9]
        for each in play(build("map_elites", islands=3, migrate_every=3, migrants=1.0), ends, seed, tree)[3:]:
            crossed.add((tree.attempts[each.parents[0]].params["island"], each.params["island"]))
        assert len(tree.attempts) == 12
    assert crossed == {(one, other) for one in range(3) for other in range(3)}
