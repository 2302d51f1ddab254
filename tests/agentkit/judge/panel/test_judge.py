from __future__ import annotations

import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest
from agentkit.contracts.model import ModelCard
from agentkit.judge.panel.judge import Judge, akin, family_of
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.patience import Patience
from tests.agentkit.judge.panel.scene import PRICE, ScriptedJudge


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("anthropic/claude-sonnet-4-5", "anthropic"),
        ("bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0", "anthropic"),
        ("openrouter/openai/gpt-5", "openai"),
        ("o3-mini", "openai"),
        ("openai/o1-2024-12-17", "openai"),
        ("vertex_ai/gemini-2.5-pro", "google"),
        ("ollama/llama3.3", "meta"),
        ("ollama/mystery", "ollama/mystery"),
        ("hosted_vllm/Qwen/Qwen3-32B", "qwen"),
        ("together_ai/deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "deepseek+meta"),
        ("xai/grok-4", "xai"),
        ("mistral/some-new-name", "mistral"),
    ],
)
def test_a_family_is_who_trained_it_and_not_who_serves_it(name: str, family: str) -> None:
    assert family_of(name) == family


def test_a_distilled_model_is_akin_to_both() -> None:
    both = family_of("deepseek-r1-distill-llama-70b")
    assert akin(both, "meta") and akin(both, "deepseek") and not akin(both, "openai")


def test_a_profiles_name_hides_no_family() -> None:
    assert Judge("one", LitellmModel("anthropic/claude-opus-4", name="mine")).family == "anthropic"


def test_what_shapes_answers_is_a_parameter() -> None:
    cool = Judge("one", LitellmModel("openai/gpt-5", temperature=0.0, reasoning_effort="high"))
    assert cool.parameters == "temperature=0.0 reasoning_effort=high"


def test_the_bound_of_a_call_counts_the_tries_that_a_model_makes_by_itself() -> None:
    request = ModelRequest(
        position=CallPosition(attempt="a", operator="judge", nth=0, stage="judge", index=0),
        messages=(Message(role="user", text="x" * 1000),),
        max_tokens=500,
    )
    once = Judge("one", ScriptedJudge()).most(request)
    assert once.dollars is not None and once.dollars >= (1000 * PRICE.input + 500 * PRICE.output) / 1e6
    patient = LitellmModel("x/y", patience=Patience(cut_tries=3), card=ModelCard(price=PRICE))
    assert Judge("two", patient).most(request).dollars == pytest.approx(3 * once.dollars)
    unpriced = Judge("three", ScriptedJudge(card=ModelCard()))
    assert unpriced.most(request).dollars is None


def test_a_profile_that_points_to_another_model_is_another_judge() -> None:
    one, other = LitellmModel("openai/gpt-test", name="fast"), LitellmModel("anthropic/claude-x", name="fast")
    assert one.name == other.name
    assert (Judge("a", one).called, Judge("a", other).called) == ("openai/gpt-test", "anthropic/claude-x")
    assert Judge("a", other).family == "anthropic"
