from __future__ import annotations

import random
from collections.abc import Sequence

from agentkit.contracts.attempt import AttemptTree, Expansion
from agentkit.journal.tree import Tree
from agentkit.search.policy import OneByOne


class UpTo(OneByOne):
    """Numbers what is begun, up to four."""

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion | None:
        return Expansion(operator="draft", params={"n": len(pending)}) if len(pending) < 4 else None


def test_the_room_is_filled_and_each_knows_those_before_it() -> None:
    chosen = UpTo().select(Tree(), [Expansion(operator="draft")], 2, random.Random(0))
    assert [each.params["n"] for each in chosen] == [1, 2]


def test_it_stops_where_there_is_nothing_to_add() -> None:
    assert len(UpTo().select(Tree(), (), 9, random.Random(0))) == 4
