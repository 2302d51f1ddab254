"""Keys are looked for before anything is called."""

from __future__ import annotations

import pytest

from agentkit.errors import MissingRequirement, UsageError
from agentkit.models.keys import KEYS, address_of, check_address, check_key, find_key, key_of


@pytest.mark.parametrize(("provider", "variable"), [(p, v) for p, each in KEYS.items() for v in each])
def test_every_variable_of_a_provider_counts(provider: str, variable: str) -> None:
    found = find_key({"PATH": "/bin", variable: "secret"})
    assert found is not None
    assert (found.provider, found.variable, found.example) == (provider, variable, f"{provider}/…")
    check_key(f"{provider}/x", environ={variable: "secret"})


def test_no_key_or_an_empty_one_is_none() -> None:
    assert find_key({}) is None
    assert find_key({"OPENAI_API_KEY": ""}) is None


def test_a_missing_key_is_named_with_the_way_round_it() -> None:
    with pytest.raises(MissingRequirement) as caught:
        check_key("anthropic/x", environ={"OPENAI_API_KEY": "secret"})
    told = str(caught.value)
    assert "ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN" in told
    assert "export ANTHROPIC_API_KEY=" in told
    assert "--model scripted/…" in told
    assert caught.value.exit_code == 3


def test_a_server_of_ones_own_needs_no_key() -> None:
    check_key("openai/x", "http://localhost:8000/v1", {})
    check_key("openai/x", environ={"OPENAI_BASE_URL": "http://localhost:8000/v1"})
    check_key("ollama/x", environ={})


def test_a_vllm_server_needs_an_address() -> None:
    with pytest.raises(MissingRequirement, match="has no address") as caught:
        check_key("hosted_vllm/x", environ={})
    assert "--base-url" in str(caught.value)
    check_key("hosted_vllm/x", environ={"HOSTED_VLLM_API_BASE": "http://localhost:8000/v1"})


def test_a_profiles_variable_is_the_only_one_that_counts() -> None:
    environ = {"OPENAI_API_KEY": "for-openai", "MINE": "for-me", "OLLAMA_API_KEY": "for-ollama"}
    assert key_of("openai", None, environ) == "for-openai"
    assert key_of("openai", "MINE", environ) == "for-me"
    assert key_of("openai", "ABSENT", environ) is None
    assert key_of("ollama", None, environ) == "for-ollama"
    assert key_of("nobody", None, environ) is None
    check_key("openai/x", "http://localhost:1/v1", environ, key_variable="MINE")
    with pytest.raises(MissingRequirement, match="export ABSENT="):
        check_key("openai/x", "http://localhost:1/v1", environ, key_variable="ABSENT")


def test_addresses_of_the_environment() -> None:
    environ = {"OPENAI_BASE_URL": "http://a/v1", "HOSTED_VLLM_API_BASE": "http://b/v1"}
    found = [address_of(name, environ) for name in ("openai/x", "hosted_vllm/x", "anthropic/x")]
    assert found == ["http://a/v1", "http://b/v1", None]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://ann:open-sesame-1@gpu7:8000/v1", "http://…@gpu7:8000/v1"),
        ("https://open-sesame-1@gpu7/v1", "https://…@gpu7/v1"),
        ("ftp://ann:open-sesame-1@gpu7", "ftp://…@gpu7"),
        ("http://ann:p@open-sesame-1@gpu7/v1", "http://…@gpu7/v1"),
    ],
)
def test_an_address_with_a_password_is_refused_and_never_shown(address: str, shown: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_address("openai/mine", address)
    said = str(caught.value)
    assert "open-sesame-1" not in said
    assert f"Found: {shown}\n" in said
    assert "key_variable" in said


@pytest.mark.parametrize("address", ["localhost:8000/v1", "ftp://host", "http://", "gpu7"])
def test_what_is_no_address_is_said_to_be_none(address: str) -> None:
    check_address("openai/x", "http://localhost:8000/v1")
    with pytest.raises(UsageError, match="no web address"):
        check_address("openai/x", address)
