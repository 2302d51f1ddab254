"""Profiles and fallbacks as a run opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import MissingRequirement, UnknownName, UsageError
from agentkit.models.direct import DirectModel
from agentkit.models.fallback import FallbackModel
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.scripted import ScriptedModel
from agentkit.runs.plan import Plan, make_plan

PROFILES = """
[models.local]
model = "hosted_vllm/tiny"
base_url = "http://127.0.0.1:1/v1"
price_in = 1
price_out = 2
[models.big]
model = "openai/gpt-4o"
temperature = 0.2
"""


@pytest.fixture(autouse=True)
def profiles(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "agentkit.toml").write_text(PROFILES)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")


def plan(**flags: Any) -> Plan:
    return make_plan("toy/number", {"sandbox": "local", **flags}, environ={})


def test_a_profile_is_a_model_by_its_name() -> None:
    models = plan(model="local", judge_model="big").models
    coder, judge = models["coder"], models["judge"]
    assert isinstance(coder, DirectModel)
    assert (coder.name, coder.called, coder.base_url) == (
        "local",
        "hosted_vllm/tiny",
        "http://127.0.0.1:1/v1",
    )
    assert coder.card.price is not None
    assert (coder.card.price.input, coder.card.price.output) == (1, 2)
    assert isinstance(judge, LitellmModel), "the address of one model is not that of another"
    assert (judge.base_url, judge.temperature) == (None, 0.2)
    assert models["planner"] is coder, "one client a name"


def test_an_address_goes_with_the_main_model_only() -> None:
    models = plan(model="openai/mine", reviewer_model="openai/other", base_url="http://127.0.0.1:1/v1").models
    assert isinstance(models["coder"], DirectModel)
    assert isinstance(models["reviewer"], LitellmModel)


def test_fallbacks_stand_behind_every_role_but_a_scripted_one() -> None:
    models = plan(model="local", judge_model="scripted/demo", fallbacks=("big", "local")).models
    coder, judge = models["coder"], models["judge"]
    assert isinstance(coder, FallbackModel)
    assert [each.name for each in coder.models] == ["local", "big"]
    assert models["planner"] is coder
    assert isinstance(judge, ScriptedModel)


def test_a_fallback_is_checked_before_anything_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="Did you mean: big"):
        plan(model="local", fallbacks=("bigg",))
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(MissingRequirement, match="OPENAI_API_KEY"):
        plan(model="local", fallbacks=("big",))


def test_without_a_model_the_profiles_are_named() -> None:
    with pytest.raises(UsageError, match="local, big"):
        plan()
