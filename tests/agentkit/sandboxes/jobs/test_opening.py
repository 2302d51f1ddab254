from __future__ import annotations

import pytest

from agentkit.errors import UnknownName
from agentkit.sandboxes.jobs.opening import open_sandbox


@pytest.mark.parametrize("name", ["local", "bubblewrap"])
def test_by_its_name(name: str) -> None:
    assert open_sandbox(name).name == name


def test_one_that_is_not_there() -> None:
    with pytest.raises(UnknownName):
        open_sandbox("balloon")
