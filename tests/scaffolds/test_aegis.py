from __future__ import annotations

from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold


def test_every_step_is_an_atomic_edit_of_the_best(
    build: Callable[..., Scaffold], play: Callable[..., list[Expansion]]
) -> None:
    chosen = play(build("aegis", candidates=2), [0.1, 0.6, None, 0.9, 0.2])
    assert {each.operator for each in chosen} == {"atomic_edit"}
    assert [each.parents for each in chosen] == [(), (), ("a2",), ("a2",), ("a4",)]
