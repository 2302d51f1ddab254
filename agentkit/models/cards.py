"""Cards: what is known of a model, from litellm's price table.

It is read as a file, because importing litellm takes seconds.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agentkit.contracts.messages import Usage
from agentkit.contracts.model import Model, ModelCard, Price

SCRIPTED = "scripted/"
SIMULATED = "simulated/"
WRITTEN = (SCRIPTED, SIMULATED)
"""How models are called whose replies are not asked for: no key, no price, no network."""
MILLION = 1_000_000
_TABLE = "model_prices_and_context_window_backup.json"


class Entry(NamedTuple):
    """What the table says of a model; prices in dollars a token. `marks`: its cache holds what is marked."""

    provider: str
    input: float | None
    output: float | None
    cached: float | None
    context: int | None
    longest: int | None
    reasons: bool
    holds_to_schema: bool
    marks: bool


def model_card(
    name: str, price_in: float | None = None, price_out: float | None = None, context: int | None = None
) -> ModelCard:
    """The user's own figures (dollars a million tokens) before the table's; what neither says is None."""
    if name.startswith(WRITTEN):
        source = name.partition("/")[0]
        return ModelCard(price=Price(input=0.0, output=0.0, source=source), context_tokens=context)
    entry = entry_of(name)
    return ModelCard(
        context_tokens=context or (entry.context if entry else None),
        output_tokens=entry.longest if entry else None,
        price=_price(entry, price_in, price_out),
    )


def _price(entry: Entry | None, price_in: float | None, price_out: float | None) -> Price | None:
    """Both directions or nothing: half a price would make a sum that looks whole."""
    sources = ["the user" if price_in is not None or price_out is not None else ""]
    cached = None
    if entry is not None and (price_in is None or price_out is None):
        sources.append(f"litellm {_version()} price table")
        cached = None if entry.cached is None or price_in is not None else entry.cached * MILLION
        price_in = _in_millions(entry.input) if price_in is None else price_in
        price_out = _in_millions(entry.output) if price_out is None else price_out
    if price_in is None or price_out is None:
        return None
    source = " and ".join(each for each in sources if each)
    return Price(input=price_in, output=price_out, cached_input=cached, source=source)


def _in_millions(price: float | None) -> float | None:
    return None if price is None else price * MILLION


def dollars_of(usage: Usage, price: Price | None) -> float | None:
    """None where the price is unknown."""
    if price is None:
        return None
    cached = min(usage.cached_tokens, usage.input_tokens)
    cached_price = price.input if price.cached_input is None else price.cached_input
    fresh = (usage.input_tokens - cached) * price.input
    return (fresh + cached * cached_price + usage.output_tokens * price.output) / MILLION


def card_of(model: Model) -> ModelCard:
    """The card a model carries, which knows the user's figures for it; else what its name tells."""
    card = getattr(model, "card", None)
    return card if isinstance(card, ModelCard) else model_card(model.name)


def entry_of(name: str) -> Entry | None:
    """By the whole name, else by the name without its provider if that provider's entry is meant."""
    table = price_table()
    if name in table:
        return table[name]
    provider, _, model = name.partition("/")
    entry = table.get(model)
    # `bedrock/…` is listed as of `bedrock_converse`, `vertex_ai/…` as of `vertex_ai-language-models`.
    if entry is None or re.split("[_-]", entry.provider.removeprefix(provider))[0]:
        return None
    return entry


@functools.cache
def price_table() -> Mapping[str, Entry]:
    """Empty where litellm is not installed or keeps its table elsewhere; then prices are unknown."""
    package = importlib.util.find_spec("litellm")
    folders = package.submodule_search_locations if package else None
    if not folders:
        return {}
    try:
        text = Path(folders[0], _TABLE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    listed: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return {name: _entry(facts) for name, facts in listed.items() if name != "sample_spec"}


def _entry(facts: Mapping[str, Any]) -> Entry:
    return Entry(
        provider=str(facts.get("litellm_provider", "")),
        input=_number(facts.get("input_cost_per_token")),
        output=_number(facts.get("output_cost_per_token")),
        cached=_number(facts.get("cache_read_input_token_cost")),
        context=_whole(facts.get("max_input_tokens") or facts.get("max_tokens")),
        longest=_whole(facts.get("max_output_tokens")),
        reasons=bool(facts.get("supports_reasoning")),
        holds_to_schema=bool(facts.get("supports_response_schema")),
        marks=bool(facts.get("cache_creation_input_token_cost")),
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and value > 0 else None


def _version() -> str:
    return importlib.metadata.version("litellm")
