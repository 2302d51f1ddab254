from __future__ import annotations

from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.search import memory


def test_five_drafts_then_every_failure_then_the_best(
    build: Callable[..., Scaffold], play: Callable[..., list[Expansion]]
) -> None:
    chosen = play(build("aira_greedy"), [0.5, None, 0.4, 0.3, 0.2, None, 0.6, 0.7])
    assert [(each.operator, each.parents) for each in chosen[5:]] == [
        ("debug", ("a2",)),
        ("debug", ("a6",)),
        ("improve", ("a7",)),
    ]


def test_its_operators_see_siblings_or_the_chain_of_failures(build: Callable[..., Scaffold]) -> None:
    operators = build("aira_greedy").operators
    assert operators["draft"].memory is memory.siblings
    assert operators["improve"].memory is memory.siblings
    assert operators["debug"].memory is memory.debug_chain
