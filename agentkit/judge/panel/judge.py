"""Judge: a model that sits in a panel, and which family it is of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agentkit.contracts.messages import ModelRequest, Usage
from agentkit.contracts.model import Model, ModelCard
from agentkit.models.bounds import most_of
from agentkit.models.cards import card_of
from agentkit.models.patience import Patience

FAMILIES: Mapping[str, str] = {
    "anthropic": r"claude|anthropic",
    "openai": r"gpt|\bo[1-9]\b|codex|davinci",
    "google": r"gemini|gemma|palm",
    "meta": r"llama",
    "qwen": r"qwen|qwq|qvq",
    "deepseek": r"deepseek",
    "mistral": r"mistral|mixtral|codestral|devstral|magistral|ministral|pixtral",
    "xai": r"grok",
    "moonshot": r"kimi|moonshot",
    "zhipu": r"\bglm|chatglm|zhipu",
    "cohere": r"command-?[ar]|\bcommand\b|cohere|\baya\b",
    "microsoft": r"\bphi\b|\bphi-?\d",
    "amazon": r"\bnova\b|titan",
    "minimax": r"minimax|abab",
    "nvidia": r"nemotron",
    "ibm": r"granite",
    "ai21": r"jamba|jurassic",
    "yi": r"\byi-",
}
"""Who trained it, by words of its own name."""
TRAINERS: Mapping[str, str] = {
    "anthropic": "anthropic",
    "openai": "openai",
    "gemini": "google",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "xai": "xai",
    "cohere": "cohere",
    "moonshot": "moonshot",
}
"""Providers that serve what they trained. All others (`openrouter`, `bedrock`, `ollama` …) say nothing."""
SHAPING = ("temperature", "reasoning_effort", "max_tokens", "base_url")
"""Attributes of a model that its answers depend on, besides its name."""


def family_of(name: str) -> str:
    """`anthropic/claude-…` and `bedrock/…claude-…` alike are `anthropic`. One distilled from another is of
    both, `deepseek+meta`; one that nobody knows is a family of its own."""
    provider, _, rest = name.lower().partition("/")
    own = rest.rpartition("/")[2] or provider
    found = sorted(family for family, words in FAMILIES.items() if re.search(words, own))
    return "+".join(found) or TRAINERS.get(provider, name.lower())


def akin(one: str, other: str) -> bool:
    """Whether two families have a part in common."""
    return bool(set(one.split("+")) & set(other.split("+")))


@dataclass(frozen=True)
class Judge:
    """`name` is its own in the panel; `parameters`: what else shapes its answers, as one stable text."""

    name: str
    model: Model = field(repr=False)
    family: str = ""
    parameters: str = ""
    called: str = ""
    """The model itself, which its name need not tell: a profile may point to another one tomorrow."""

    def __post_init__(self) -> None:
        if not self.called:
            object.__setattr__(self, "called", str(getattr(self.model, "called", self.model.name)))
        if not self.family:
            object.__setattr__(self, "family", family_of(self.called))
        if not self.parameters:
            given = {each: getattr(self.model, each, None) for each in SHAPING}
            text = " ".join(f"{name}={value}" for name, value in given.items() if value is not None)
            object.__setattr__(self, "parameters", text)

    @property
    def card(self) -> ModelCard:
        return card_of(self.model)

    def most(self, request: ModelRequest) -> Usage:
        """What asking may cost at most, the tries that the model makes by itself included."""
        limits = [each for each in (request.max_tokens, self.card.output_tokens) if each is not None]
        usage = most_of(request, self.card.price, min(limits, default=None))
        patience = getattr(self.model, "patience", None)
        tries = patience.cut_tries if isinstance(patience, Patience) else 1
        return usage.model_copy(
            update={
                "input_tokens": usage.input_tokens * tries,
                "output_tokens": usage.output_tokens * tries,
                "dollars": None if usage.dollars is None else usage.dollars * tries,
            }
        )
