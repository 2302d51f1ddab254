from __future__ import annotations

import random
from collections.abc import Callable

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.journal.tree import Tree

Build = Callable[..., Scaffold]


def test_a_repair_is_made_alone_and_improvements_in_threes(
    build: Build, play: Callable[..., list[Expansion]]
) -> None:
    chosen = play(build("multi_aide", debug_probability=1.0), [0.5, None, 0.4, 0.6, 0.1, 0.1, 0.1, None])
    assert [(each.operator, each.parents) for each in chosen] == [
        *[("draft", ())] * 3,
        ("debug", ("a2",)),
        *[("improve", ("a4",))] * 3,
        ("improve", ("a4",)),
    ]


def test_the_tenth_attempt_is_no_older_than_the_ninth(
    build: Build, play: Callable[..., list[Expansion]]
) -> None:
    """The published runner sorts versions as strings, so that 10 comes before 9."""
    tree = Tree()
    play(build("multi_aide", debug_probability=0.0), [0.1] * 9 + [0.9, 0.2], tree=tree)
    assert list(tree.attempts)[-3:] == ["a9", "a10", "a11"]
    (chosen, *_) = build("multi_aide", debug_probability=0.0).policy.select(tree, (), 3, random.Random(0))
    assert chosen.parents in {("a10",), tree.attempts["a11"].parents}
    after = play(build("multi_aide", debug_probability=0.0), [0.0] * 4, tree=tree)
    assert after[-1].parents == ("a10",)


def test_siblings_differ_in_what_the_policy_says_of_them(build: Build) -> None:
    """In the published runner siblings share a chat; here each is an attempt, so has one of its own."""
    chosen = build("multi_aide").policy.select(Tree(), (), 3, random.Random(0))
    assert [each.params["sibling"] for each in chosen] == [0, 1, 2]
    assert len({each.model_dump_json() for each in chosen}) == 3
