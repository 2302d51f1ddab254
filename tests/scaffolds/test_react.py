import random

from agentkit.catalog import open_catalog
from agentkit.contracts.attempt import Expansion
from agentkit.journal.tree import Tree


def test_it_asks_for_nothing_but_its_one_operator() -> None:
    scaffold = open_catalog().load("scaffold", "react").build({})
    chosen = scaffold.policy.select(Tree(), (), 1, random.Random(0))
    assert list(chosen) == [Expansion(operator="react")]
    assert list(scaffold.operators) == ["react"]
    assert scaffold.operators["react"].opening == "none", "no plan of ours comes before the loop"
