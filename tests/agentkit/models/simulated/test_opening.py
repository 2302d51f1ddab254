from __future__ import annotations

import pytest

from agentkit.errors import UnknownName, UsageError
from agentkit.models.simulated.edits import Change, KnownEdit, KnownEdits
from agentkit.models.simulated.model import Simulation
from agentkit.models.simulated.opening import open_simulated

EDIT = KnownEdit(name="x", says="X.", helps=True, change=(Change(path="a", old="1\n", new="2\n"),))
SIMULATION = Simulation(KnownEdits(title="t", edit=(EDIT,)), {"a": "1\n"}, "0")


def test_a_profile_is_opened_by_its_name() -> None:
    model = open_simulated("modest", SIMULATION)
    assert model.name == "simulated/modest"
    assert model.card.price is not None and model.card.price.source == "simulated"


def test_a_misspelt_profile_gets_the_nearest_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        open_simulated("modst", SIMULATION)
    assert "simulated/modest" in caught.value.near


def test_a_simulated_model_judges_nothing() -> None:
    with pytest.raises(UsageError, match="can do nothing else"):
        open_simulated("modest", None)
