import pytest

from agentkit.contracts.budget import Budget


@pytest.mark.parametrize("cap", ["dollars", "tokens", "attempt_dollars", "attempt_tokens"])
def test_a_cap_on_what_models_cost_limits_calls(cap: str) -> None:
    assert Budget.model_validate({cap: 0}).limits_calls


def test_other_caps_do_not() -> None:
    assert not Budget(attempts=1, minutes=1.0, gpu_seconds=1.0).limits_calls
