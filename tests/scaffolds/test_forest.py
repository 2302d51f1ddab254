from __future__ import annotations

from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold


def test_three_roots_and_the_best_of_all_of_them_is_built_on(
    build: Callable[..., Scaffold], play: Callable[..., list[Expansion]]
) -> None:
    chosen = play(build("forest"), [0.1, 0.5, 0.3, 0.2, 0.2, 0.2, 0.4])
    assert [(each.operator, each.parents) for each in chosen] == [
        *[("draft", ())] * 3,
        *[("improve", ("a2",))] * 4,
    ]
