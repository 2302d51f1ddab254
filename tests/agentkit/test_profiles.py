"""Profiles of models: what they say, what is general, and what a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import BadFile, UsageError
from agentkit.profiles import ModelProfile
from agentkit.settings import Settings
from agentkit.settings_sources import resolve

LOCAL = """
[models.local]
model = "hosted_vllm/tiny"
base_url = "http://gpu7:8000/v1"
temperature = 0.1
reasoning_effort = "low"
max_tokens = 500
price_in = 0
price_out = 0.5
context = 32768
key_variable = "GPU7_KEY"
"""


def settings(folder: Path, text: str, **flags: object) -> Settings:
    (folder / "agentkit.toml").write_text(text, encoding="utf-8")
    return resolve(flags, project=folder).settings


def test_a_profile_says_how_its_model_is_called(tmp_path: Path) -> None:
    told = settings(tmp_path, LOCAL, model="local", temperature=0.9).called("local")
    assert told == ModelProfile(
        model="hosted_vllm/tiny",
        base_url="http://gpu7:8000/v1",
        temperature=0.1,
        reasoning_effort="low",
        max_tokens=500,
        price_in=0,
        price_out=0.5,
        context=32768,
        key_variable="GPU7_KEY",
    )


def test_what_it_does_not_say_is_as_in_the_settings(tmp_path: Path) -> None:
    text = "[solve]\ntemperature = 0.3\nmax_tokens = 9\n[models.fast]\nmodel = 'openai/x'\n"
    told = settings(tmp_path, text, reasoning_effort="high").called("fast")
    assert told == ModelProfile(model="openai/x", temperature=0.3, max_tokens=9, reasoning_effort="high")


def test_address_and_prices_belong_to_the_main_model_alone() -> None:
    chosen = Settings(
        model="openai/mine",
        judge_model="openai/judge",
        base_url="http://localhost:1/v1",
        price_in=1,
        price_out=2,
    )
    mine, judge = chosen.called("openai/mine"), chosen.called("openai/judge")
    assert (mine.base_url, mine.price_in, mine.price_out) == ("http://localhost:1/v1", 1, 2)
    assert (judge.base_url, judge.price_in, judge.price_out) == (None, None, None)


def test_a_main_profile_takes_them_where_it_has_none(tmp_path: Path) -> None:
    text = "[models.fast]\nmodel = 'openai/x'\nprice_in = 3\n"
    told = settings(tmp_path, text, model="fast", base_url="http://localhost:1/v1", price_in=1, price_out=2)
    assert told.called("fast").base_url == "http://localhost:1/v1"
    assert (told.called("fast").price_in, told.called("fast").price_out) == (3, 2)


def test_recorded_profiles_come_before_the_files(tmp_path: Path) -> None:
    """A resumed run calls what it called before, whatever agentkit.toml has become."""
    before = settings(tmp_path, LOCAL).model_dump(mode="json")
    after = settings(tmp_path, LOCAL.replace("tiny", "huge"), **before)
    assert after.called("local").model == "hosted_vllm/tiny"


def test_as_text_they_are_json() -> None:
    found = resolve(environ={"AGENTKIT_MODELS": '{"fast": {"model": "openai/x"}}'}).settings
    assert found.called("fast").model == "openai/x"
    with pytest.raises(UsageError, match="AGENTKIT_MODELS"):
        resolve(environ={"AGENTKIT_MODELS": "fast"})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[models.fast]\nmodle = 'x'\n", ("models.fast.modle", "Did you mean: model?", "base_url")),
        ("[models.fast]\ntemperature = 1\n", ("models.fast.model", "openai/…", "Found: nothing")),
        ("[models.fast]\nmodel = 'openai/x'\ntemperature = 3\n", ("models.fast.temperature", "Found: 3")),
        ("[models.fast]\nmodel = 'openai/x'\nprice_in = -1\n", ("models.fast.price_in", "greater than")),
        ("[models.fast]\nmodel = 'openai/x'\ncontext = true\n", ("models.fast.context", "true or false")),
        ("[models]\nfast = 'openai/x'\n", ("models.fast", "[models.NAME]", "'openai/x'")),
        ("models = 3\n", ("'models'", "[models.NAME]", "Found: 3")),
        ("[models.'a/b']\nmodel = 'openai/x'\n", ("models", "without '/'")),
    ],
)
def test_mistakes_name_their_place(tmp_path: Path, text: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(BadFile) as caught:
        settings(tmp_path, text)
    assert [part for part in ("agentkit.toml", *parts) if part not in str(caught.value)] == []


def test_a_key_in_place_of_its_variable_is_not_shown(tmp_path: Path) -> None:
    secret = "sk-live-0123456789"
    with pytest.raises(BadFile, match="never the key") as caught:
        settings(tmp_path, f"[models.fast]\nmodel = 'openai/x'\nkey_variable = '{secret}'\n")
    assert secret not in str(caught.value)
