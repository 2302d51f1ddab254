from __future__ import annotations

from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree

Build = Callable[..., Scaffold]
Play = Callable[..., list[Expansion]]


def test_half_of_its_steps_are_repairs_while_there_is_something_to_repair(build: Build, play: Play) -> None:
    repairs = sum(
        play(build("aide_speedrun"), [0.5, None, None, 0.6], seed)[3].operator == "debug"
        for seed in range(200)
    )
    assert 70 < repairs < 130


def test_the_best_attempt_is_not_lost_after_a_failed_repair(build: Build, play: Play) -> None:
    """As published it is: the frontier is the version opened last and its children, here the failed ones."""
    tree = Tree()
    sure = build("aide_speedrun", debug_probability=1.0, max_debug_depth=1)
    first = play(sure, [0.9, None, 0.2, None], tree=tree)
    assert [(each.operator, each.parents) for each in first][3] == ("debug", ("a2",))
    after = play(sure, [0.1], tree=tree)
    assert [(each.operator, each.parents) for each in after] == [("improve", ("a1",))]


def test_a_chain_is_given_up_at_its_depth(build: Build, play: Play) -> None:
    sure = build("aide_speedrun", debug_probability=1.0, max_debug_depth=3, drafts=1)
    chosen = play(sure, [None] * 6)
    assert [each.operator for each in chosen] == ["draft", "debug", "debug", "debug", "draft", "debug"]
