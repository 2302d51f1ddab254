"""Prices and sizes: the user's own before the table's, and unknown is unknown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.messages import Message, ModelRequest, Reply, Usage
from agentkit.contracts.model import ModelCard, Price
from agentkit.models.cards import card_of, dollars_of, entry_of, model_card, price_table
from agentkit.models.scripted import CallableModel

GPT = model_card("openai/gpt-4o")


def test_a_listed_model_has_the_tables_figures_and_says_whose() -> None:
    import litellm  # the file's own package, for its figures

    listed = json.loads(
        Path(litellm.__file__).with_name("model_prices_and_context_window_backup.json").read_text()
    )["gpt-4o"]
    assert GPT.price is not None
    assert GPT.price.input == pytest.approx(1e6 * listed["input_cost_per_token"])
    assert GPT.price.output == pytest.approx(1e6 * listed["output_cost_per_token"])
    assert GPT.price.cached_input == pytest.approx(1e6 * listed["cache_read_input_token_cost"])
    assert GPT.context_tokens == listed["max_input_tokens"]
    assert GPT.output_tokens == listed["max_output_tokens"]
    assert GPT.price.source.startswith("litellm ")
    assert GPT.price.source.endswith(" price table")


@pytest.mark.parametrize("name", ["openai/what-comes-next", "no-such-model", "hosted_vllm/gpt-4o", "x/y/z"])
def test_what_is_not_listed_is_unknown(name: str) -> None:
    """Also a known name at a provider who does not sell it: a local copy has no price of the original."""
    assert model_card(name) == ModelCard()


def test_a_scripted_model_costs_nothing() -> None:
    assert model_card("scripted/demo").price == Price(input=0.0, output=0.0, source="scripted")


def test_the_users_figures_win() -> None:
    card = model_card("openai/gpt-4o", 1.0, 2.0, 1000)
    assert card.price == Price(input=1.0, output=2.0, source="the user")
    assert (card.context_tokens, card.output_tokens) == (1000, GPT.output_tokens)
    assert model_card("openai/new", 0.0, 0.0).price == Price(input=0.0, output=0.0, source="the user")


def test_half_a_price_is_completed_from_the_table_or_is_none() -> None:
    price = model_card("openai/gpt-4o", price_out=2.0).price
    assert price is not None
    assert GPT.price is not None
    assert (price.input, price.output) == (GPT.price.input, 2.0)
    assert price.source.startswith("the user and litellm")
    assert model_card("openai/new", price_in=1.0).price is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpt-4o", True),
        ("openai/gpt-4o", True),
        ("anthropic/claude-sonnet-4-5", True),
        ("openai/claude-sonnet-4-5", False),
    ],
)
def test_entries_are_found_with_and_without_their_own_provider(name: str, found: bool) -> None:
    assert (entry_of(name) is not None) == found


def test_a_provider_with_sub_providers_is_one() -> None:
    listed = [name for name, each in price_table().items() if each.provider == "bedrock_converse"]
    assert entry_of(f"bedrock/{next(name for name in listed if '/' not in name)}") is not None


counts = st.integers(0, 10**7)


@given(counts, counts, counts, st.floats(0, 100), st.floats(0, 100), st.none() | st.floats(0, 100))
def test_dollars_are_linear_and_cached_tokens_have_their_own_price(
    fresh: int, cached: int, output: int, price_in: float, price_out: float, price_cached: float | None
) -> None:
    usage = Usage(input_tokens=fresh + cached, cached_tokens=cached, output_tokens=output)
    price = Price(input=price_in, output=price_out, cached_input=price_cached)
    paid = price_in if price_cached is None else price_cached
    wanted = (fresh * price_in + cached * paid + output * price_out) / 1e6
    assert dollars_of(usage, price) == pytest.approx(wanted)
    assert dollars_of(usage, None) is None


def test_a_server_that_counts_more_cached_than_there_is_does_not_pay_us() -> None:
    usage = Usage(input_tokens=10, cached_tokens=1_000_000)
    assert dollars_of(usage, Price(input=1.0, output=1.0, cached_input=0.5)) == pytest.approx(5e-6)


def test_a_models_own_card_comes_first() -> None:
    def nothing(_: ModelRequest) -> Reply:
        return Reply(message=Message(role="assistant"))

    plain = CallableModel("openai/gpt-4o", nothing)
    assert card_of(plain) == GPT
    own = ModelCard(context_tokens=7)
    vars(plain)["card"] = own
    assert card_of(plain) is own


def test_the_table_is_read_without_importing_litellm() -> None:
    program = """
import sys
from agentkit.models.cards import model_card
assert model_card("openai/gpt-4o").price
assert "litellm" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
