from pathlib import Path

import pytest

import agentkit
from agentkit.errors import UnknownName, UsageError
from agentkit.runs.folder import create_run
from agentkit.runs.manifest import manifest
from agentkit.runs.model_choice import ROLES
from agentkit.runs.plan import make_plan
from agentkit.runs.solve import plan_again

PRICED = {"price_in": 3.0, "price_out": 15.0}
LOCAL = {"model": "openai/nobody-knows-it", "base_url": "http://127.0.0.1:9/v1"}


def test_a_replay_costs_nothing_and_ends_like_the_recorded_run(project: Path) -> None:
    first = agentkit.solve("toy/number", seed=5)
    again = agentkit.solve("toy/number", replay=first.path.name)
    assert [each.metrics for each in again.summary.attempts] == [
        each.metrics for each in first.summary.attempts
    ]
    assert again.best == first.best
    assert again.summary.model == f"replay/{first.path.name}"
    assert again.summary.seed == 5, "the recorded run's settings are taken, unless others are given"
    assert again.summary.budget.dollars == 0.0
    assert again.summary.budget.tokens == 0
    assert first.summary.budget.tokens > 0


def test_a_changed_scaffold_is_followed_to_its_first_difference(project: Path) -> None:
    first = agentkit.solve("toy/number")
    changed = agentkit.solve("toy/number", replay=str(first.path), hints=("text",))
    assert changed.summary.state == "ended"
    assert f"first differs from {first.path.name} at a1/plan/0" in changed.summary.reason
    assert not changed.summary.attempts


def test_an_unknown_recorded_run_is_said_so(project: Path) -> None:
    with pytest.raises(UnknownName, match="There is no run 'nosuch'"):
        make_plan("toy/number", {"replay": "nosuch"})


def test_a_dollar_cap_needs_a_price(project: Path) -> None:
    with pytest.raises(UsageError, match="nobody-knows-it is not known") as caught:
        make_plan("toy/number", {**LOCAL, "dollars": 2.0})
    assert "--price-in 3 --price-out 15" in str(caught.value)
    plan = make_plan("toy/number", {**LOCAL, **PRICED, "dollars": 2.0})
    assert plan.settings.dollars == 2.0
    assert make_plan("toy/number", {**LOCAL, "tokens": 1000}).settings.tokens == 1000
    assert make_plan("toy/number", {"dollars": 0.0}).model == "scripted/demo", "a script costs nothing"


def test_sampled_replies_are_kept_only_where_it_is_asked_for(project: Path) -> None:
    with pytest.raises(UsageError, match="--cache always"):
        make_plan("toy/number", {**LOCAL, "cache": "on"})
    for told in ({"cache": "on", "temperature": 0.0}, {"cache": "always"}):
        plan = make_plan("toy/number", {**LOCAL, **told})
        assert type(plan.models["coder"]).__name__ == "CachedModel"
    assert type(make_plan("toy/number", {"cache": "always"}).models["coder"]).__name__ == "ScriptedModel"


def test_no_further_model_is_needed_where_every_role_has_its_own(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    roles = {f"{role}_model": f"openai/{role}" for role in ROLES}
    plan = make_plan("toy/number", roles)
    assert {role: model.name for role, model in plan.models.items()} == {
        role: f"openai/{role}" for role in ROLES
    }
    assert plan.model == "openai/coder"
    assert plan.settings.model is None
    with pytest.raises(UsageError, match="No model was named"):
        make_plan("toy/number", {**roles, "judge_model": None})
    folder = create_run(project / "runs", "toy/number", manifest(plan))
    again = plan_again(folder, {})
    assert again.settings.model is None, "a resumed run is told what the first one was"
    assert {each.name for each in again.models.values()} == {f"openai/{role}" for role in ROLES}


def test_one_client_serves_all_roles_that_name_it(project: Path) -> None:
    plan = make_plan("toy/number", {**LOCAL, "reviewer_model": "scripted/demo"})
    assert plan.models["coder"] is plan.models["planner"]
    assert plan.models["reviewer"].name == "scripted/demo"
