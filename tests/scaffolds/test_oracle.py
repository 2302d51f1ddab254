import random

from agentkit.catalog import open_catalog
from agentkit.contracts.attempt import Expansion
from agentkit.journal.tree import Tree


def test_it_asks_for_nothing_but_its_one_operator() -> None:
    scaffold = open_catalog().load("scaffold", "oracle").build({})
    chosen = scaffold.policy.select(Tree(), (), 1, random.Random(0))
    assert list(chosen) == [Expansion(operator="solution")]
    assert list(scaffold.operators) == ["solution"]
    assert scaffold.operators["solution"].writer == "solution", "no model is asked"
