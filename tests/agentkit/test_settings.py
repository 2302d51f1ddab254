"""The settings themselves: their defaults, their help, and what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.budget import Budget
from agentkit.contracts.task import OWN_HINTS
from agentkit.settings import Settings, default_cache


def test_every_field_has_a_help_text() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_scores_are_relative_to_what_is_measured_here_unless_it_is_said() -> None:
    assert Settings().reference == "machine"


def test_the_usual_source_of_hints_is_the_task() -> None:
    assert Settings().hint_source == OWN_HINTS


def test_models_by_role() -> None:
    settings = Settings(model="a/one", judge_model="b/two")
    assert settings.model_for("judge") == "b/two"
    assert settings.model_for("coder") == "a/one"


def test_budget_has_the_caps() -> None:
    assert Settings().budget == Budget()
    assert Settings(attempts=3, dollars=1.5).budget == Budget(attempts=3, dollars=1.5)


def test_cache_follows_the_convention(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "agentkit"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings().cache_folder == tmp_path / ".cache" / "agentkit"
