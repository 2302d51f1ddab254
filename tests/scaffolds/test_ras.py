from __future__ import annotations

from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold


def test_each_candidate_of_a_round_follows_another_example(
    build: Callable[..., Scaffold], play: Callable[..., list[Expansion]]
) -> None:
    scaffold = build("ras", candidates=3)
    chosen = play(scaffold, [0.1, 0.6, 0.3, 0.2, 0.9, 0.4, 0.5])
    assert [(each.operator, each.parents, each.params["retrieve"]) for each in chosen] == [
        ("draft", (), 0),
        ("draft", (), 1),
        ("draft", (), 2),
        ("retrieve", ("a2",), 0),
        ("retrieve", ("a2",), 1),
        ("retrieve", ("a2",), 2),
        ("retrieve", ("a5",), 0),
    ]
    assert all(each.sections for each in scaffold.operators.values())
    assert (build("ras").attempts, build("ras").width) == (32, 8)
