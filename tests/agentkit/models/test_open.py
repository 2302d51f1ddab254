"""From a name to a model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentkit.errors import BadFile, MissingRequirement, UnknownName, UsageError
from agentkit.models.direct import DirectModel
from agentkit.models.litellm_model import LitellmModel
from agentkit.models.open import open_model
from agentkit.models.scripted import ScriptedModel

WITH_KEY = {"OPENAI_API_KEY": "secret"}


@pytest.fixture
def transcripts(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "record12.toml"
    path.write_text(
        'title = "t"\nscaffold = "aide"\n'
        '[[attempt]]\noperator = "draft"\nreply = [{ stage = "plan", text = "p" }]\n'
    )
    return {"record12": path}


def test_a_scripted_model_is_the_tasks_transcript(transcripts: dict[str, Path]) -> None:
    model = open_model("scripted/record12", transcripts=transcripts, environ={})
    assert isinstance(model, ScriptedModel)
    assert (model.name, model.offers_tools) == ("scripted/record12", True)


def test_an_unknown_transcript_names_those_there_are(transcripts: dict[str, Path]) -> None:
    with pytest.raises(UnknownName, match="no transcript 'record13'") as caught:
        open_model("scripted/record13", transcripts=transcripts, environ={})
    assert "Did you mean: scripted/record12?" in str(caught.value)
    with pytest.raises(UnknownName, match="None is known"):
        open_model("scripted/x", transcripts={}, environ={})


def test_a_bad_transcript_is_an_error_at_once(transcripts: dict[str, Path]) -> None:
    transcripts["record12"].write_text("")
    with pytest.raises(BadFile):
        open_model("scripted/record12", transcripts=transcripts, environ={})


@pytest.mark.parametrize("name", ["openai/whatever-comes-next", "gpt-4o", "ollama/x", "some-gateway/a/b"])
def test_any_name_with_a_provider_is_a_live_model(name: str) -> None:
    model = open_model(name, transcripts={}, temperature=0.5, timeout_seconds=7, environ=WITH_KEY)
    assert isinstance(model, LitellmModel)
    assert (model.name, model.temperature, model.timeout_seconds) == (name, 0.5, 7)


@pytest.mark.parametrize("name", ["gpt-4oo", "sonnet", "/x", "openai/", ""])
def test_a_bare_unknown_word_says_how_names_look(name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        open_model(name, transcripts={}, environ=WITH_KEY)
    for form in ("openai/…", "anthropic/…", "ollama/…", "hosted_vllm/…", "scripted/…"):
        assert form in str(caught.value)
    assert ("gpt-4o" in caught.value.lines[-1]) == (name == "gpt-4oo")


@pytest.mark.parametrize("name", ["openai/gpt-4o", "gpt-4o"])
def test_a_live_model_without_its_key_is_refused_at_once(name: str) -> None:
    with pytest.raises(MissingRequirement, match="OPENAI_API_KEY"):
        open_model(name, transcripts={}, environ={})


def test_opening_a_live_model_does_not_import_its_client() -> None:
    program = """
import pkgutil, sys
import agentkit.models
for module in pkgutil.iter_modules(agentkit.models.__path__):
    __import__(f"agentkit.models.{module.name}")
from agentkit.models.open import open_model
open_model("gpt-4o", transcripts={}, environ={"OPENAI_API_KEY": "x"})
heavy = {"litellm", "openai", "mcp", "langgraph", "torch", "docker", "aiohttp"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize(
    ("name", "settings", "direct"),
    [
        ("openai/x", {"base_url": "http://localhost:1/v1"}, True),
        ("gpt-4o", {"base_url": "http://localhost:1/v1"}, True),
        ("hosted_vllm/x", {"base_url": "http://localhost:1/v1"}, True),
        ("ollama/x", {"base_url": "http://localhost:1"}, True),
        ("openai/x", {"base_url": "http://localhost:1/v1", "client": "litellm"}, False),
        ("anthropic/x", {"base_url": "http://localhost:1"}, False),
        ("openai/x", {}, False),
        ("ollama/x", {}, False),
    ],
)
def test_an_openai_compatible_server_is_called_directly(
    name: str, settings: dict[str, str], direct: bool
) -> None:
    model = open_model(name, transcripts={}, environ=WITH_KEY, **settings)  # type: ignore[arg-type]
    assert isinstance(model, DirectModel if direct else LitellmModel)


def test_so_is_one_that_the_environment_names() -> None:
    environ = {"HOSTED_VLLM_API_BASE": "http://localhost:1/v1"}
    model = open_model("hosted_vllm/x", transcripts={}, environ=environ)
    assert isinstance(model, DirectModel)
    assert model.base_url == "http://localhost:1/v1"


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="http://localhost:8000/v1"):
        open_model("openai/x", transcripts={}, base_url="localhost:1", environ=WITH_KEY)


def test_a_profile_gives_its_name_and_is_proposed() -> None:
    model = open_model("openai/gpt-4o", transcripts={}, shown_as="fast", environ=WITH_KEY)
    assert isinstance(model, LitellmModel)
    assert (model.name, model.called) == ("fast", "openai/gpt-4o")
    assert model.card.price is not None
    with pytest.raises(UnknownName, match="Did you mean: fast") as caught:
        open_model("fasst", transcripts={}, profiles=("fast",), environ=WITH_KEY)
    assert "agentkit.toml" in str(caught.value)
