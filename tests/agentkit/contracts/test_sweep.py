from __future__ import annotations

import pytest

from agentkit.contracts.sweep import RunSpec

SPEC = RunSpec(task="toy/number", settings={"scaffold": "aide", "hints": ["text"], "seed": 1})


def test_the_order_in_which_settings_are_told_is_no_difference() -> None:
    other = RunSpec(task="toy/number", settings={"seed": 1, "hints": ["text"], "scaffold": "aide"})
    assert other.digest == SPEC.digest
    assert SPEC.model_copy(update={"labels": {"scaffold": "ours"}}).digest == SPEC.digest


@pytest.mark.parametrize(
    "change", [{"task": "toy/other"}, {"settings": {"scaffold": "aide", "hints": ["text"], "seed": 2}}]
)
def test_what_is_told_otherwise_is_another_cell(change: dict[str, object]) -> None:
    assert SPEC.model_copy(update=change).digest != SPEC.digest


def test_a_digest_stays_the_same_between_versions() -> None:
    assert SPEC.digest == "f46f038a6e019ad5"
    assert RunSpec.model_validate_json(SPEC.model_dump_json()).digest == SPEC.digest
