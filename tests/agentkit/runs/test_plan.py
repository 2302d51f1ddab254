"""What is decided before a run starts: the model, what a transcript suggests, what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import BadFile, BrokenPlugin, MissingRequirement, UsageError
from agentkit.runs.folder import create_run
from agentkit.runs.manifest import manifest
from agentkit.runs.plan import Plan, make_plan, refuse_lacks
from agentkit.runs.solve import plan_again, solve
from agentkit.search.finalise import TopKReseeded
from agentkit.search.sections import complexity

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AGENTKIT_")}
MINE = (
    "import agentkit\nimport no_such_module\n"
    "from agentkit.contracts.scaffold import NoSettings, Scaffold, scaffold\n"
    "@scaffold\ndef mine(settings: NoSettings) -> Scaffold: ...\n"
)
KEY = {**CLEAN, "OPENAI_API_KEY": "not-a-real-key"}


def plan(environ: dict[str, str] = CLEAN, **flags: Any) -> Plan:
    return make_plan("toy/number", flags, environ=environ)


def drop_transcripts(task: Path) -> None:
    text = (task / "task.toml").read_text()
    (task / "task.toml").write_text(text.replace('[transcripts]\ndemo = "demo.toml"\n', ""))


def test_without_a_model_and_a_key_the_demonstration_is_played_and_said_to_be_one(project: Path) -> None:
    made = plan()
    assert made.model == "scripted/demo"
    assert len({id(each) for each in made.models.values()}) == 1, "one client for all roles"
    assert "recorded demonstration" in made.notes[0]
    assert "--model PROVIDER/NAME" in made.notes[1]


def test_a_model_that_is_named_is_used_whatever_the_keys(project: Path, monkeypatch: Any) -> None:
    assert plan(KEY, model="scripted/demo").model == "scripted/demo"
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    live = plan(KEY, model="openai/gpt-5", sandbox="local")
    assert live.model == "openai/gpt-5"
    assert not any("demonstration" in note for note in live.notes)


def test_a_key_without_a_model_is_a_question(project: Path) -> None:
    with pytest.raises(UsageError, match="say which model") as caught:
        plan(KEY)
    assert "--model scripted/demo" in str(caught.value), "the way without it is said too"


def test_no_model_no_key_no_transcript(number_task: Path) -> None:
    drop_transcripts(number_task)
    with pytest.raises(MissingRequirement, match="ships no transcript"):
        plan()


@pytest.mark.parametrize("scaffold", ["oracle", "nop"])
def test_a_scaffold_that_asks_no_model_needs_none(number_task: Path, scaffold: str) -> None:
    drop_transcripts(number_task)
    made = plan(KEY, scaffold=scaffold)
    assert (made.model, dict(made.models), dict(made.tools)) == ("none", {}, {})


def test_a_transcript_brings_the_scaffold_it_was_written_for(project: Path) -> None:
    made = plan()
    assert (made.settings.attempts, made.settings.scaffold_settings["drafts"]) == (4, 1)
    names = ("scaffold", "scaffold_settings", "attempts", "seed")
    assert [made.resolved.origins[name] for name in names] == [*["transcript"] * 3, "default"]


def test_what_the_user_says_comes_before_the_transcript(project: Path) -> None:
    (project / "agentkit.toml").write_text("[solve]\nseed = 7\nattempts = 3\n")
    made = plan({**CLEAN, "AGENTKIT_SEED": "8"}, scaffold_settings={"drafts": 2})
    assert made.settings.scaffold_settings == {"drafts": 2, "debug_probability": 1.0}, "one by one"
    assert (made.settings.attempts, made.settings.seed) == (3, 8)
    names = ("scaffold_settings", "attempts", "seed")
    origins = [made.resolved.origins[name] for name in names]
    assert origins == ["--scaffold-settings", "agentkit.toml", "AGENTKIT_SEED"]


def test_its_suggestions_are_dropped_for_another_scaffold(project: Path) -> None:
    made = plan(scaffold="flat")
    assert (made.settings.attempts, dict(made.settings.scaffold_settings)) == (20, {})
    assert made.resolved.origins["attempts"] == "default"
    same = plan(scaffold="aide")
    assert same.settings.attempts == 4, "and kept where it is the same one"


def test_a_wrong_setting_of_a_scaffold_is_said_with_the_right_ones(project: Path) -> None:
    with pytest.raises(UsageError, match="drats") as caught:
        plan(scaffold_settings={"drats": 3})
    assert "drafts (5)" in str(caught.value)


def test_hints_and_notes_are_part_of_the_plan(project: Path) -> None:
    assert plan().hints.text == ""
    (project / "ideas.md").write_text("Try fifty.\n")
    made = plan(hints="text", notes="ideas.md")
    assert made.hints.text == "## Hint: text\n\nForty is a good number.\n\n## Notes: ideas.md\n\nTry fifty."


def test_an_open_sandbox_is_said_to_be_one(project: Path) -> None:
    assert any("`local`" in note for note in plan(sandbox="local").notes)


def test_what_the_machine_lacks_is_listed_with_what_mends_it(bench: Any) -> None:
    from agentkit.contracts.task import Lack

    class Poor:
        def lacks(self) -> list[Lack]:
            return [Lack(what="no torch", fix="pip install torch"), Lack(what="no GPU", fix="buy one")]

    with pytest.raises(MissingRequirement, match="cannot run toy/number: no torch") as caught:
        refuse_lacks(bench.task(evaluator=Poor()))
    assert caught.value.lines == ("Also missing: no GPU", "Next: pip install torch", "Next: buy one")


def test_a_transcript_without_attempts_is_refused_by_its_file(number_task: Path) -> None:
    (number_task / "demo.toml").write_text("")
    with pytest.raises(BadFile, match=r"demo\.toml") as caught:
        plan()
    assert "Expected: at least one [[attempt]]" in str(caught.value)


def test_a_task_file_with_a_mistake_names_key_and_line(number_task: Path) -> None:
    table = (number_task / "task.toml").read_text()
    (number_task / "task.toml").write_text(table.replace("seconds = 20", 'seconds = "long"'))
    with pytest.raises(BadFile, match=r"task\.toml has a mistake at 'evaluate\.seconds'") as caught:
        plan()
    assert "Found: 'long'" in caught.value.lines
    assert any(line.endswith('seconds = "long"') for line in caught.value.lines)


def test_a_scaffold_that_fails_breaks_only_its_own_use(project: Path) -> None:
    (project / "scaffolds").mkdir()
    (project / "scaffolds" / "mine.py").write_text(MINE)
    with pytest.raises(BrokenPlugin, match="no_such_module") as caught:
        plan(scaffold="mine")
    assert "scaffolds/mine.py:2" in str(caught.value)
    assert plan().settings.scaffold == "aide"


def resumed_elsewhere(made: Plan, there: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    folder = create_run(there / "runs", "toy/number", manifest(made))
    (there / "cwd").mkdir()
    monkeypatch.chdir(there / "cwd")
    return plan_again(folder, {})


@pytest.mark.parametrize("reference", ["toy/number", "tasks/toy/number"])
def test_a_run_is_gone_on_with_from_any_folder(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    made = make_plan(reference, {"seed": 3}, environ=CLEAN)
    assert made.address == "toy/number", "its own kit will be there again"
    again = resumed_elsewhere(made, tmp_path_factory.mktemp("there"), monkeypatch)
    assert again.task == made.task or again.task.digest == made.task.digest
    assert again.settings == made.settings.model_copy(
        update={"model": "scripted/demo", "sandbox": made.sandbox.name}
    )


def test_a_task_outside_all_kits_is_found_again_by_its_path(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = tmp_path_factory.mktemp("start")
    monkeypatch.chdir(start)
    relative = os.path.relpath(project / "tasks" / "toy" / "number", start)
    made = make_plan(relative, {}, environ=CLEAN)
    assert made.address == str(project / "tasks" / "toy" / "number")
    again = resumed_elsewhere(made, tmp_path_factory.mktemp("there"), monkeypatch)
    assert again.task.digest == made.task.digest


def test_a_run_of_the_project_that_a_variable_names_is_gone_on_with(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = tmp_path_factory.mktemp("start")
    monkeypatch.chdir(start)
    monkeypatch.setenv("AGENTKIT_PROJECT", str(project))
    made = make_plan("toy/number", {})
    monkeypatch.delenv("AGENTKIT_PROJECT")
    again = resumed_elsewhere(made, tmp_path_factory.mktemp("there"), monkeypatch)
    assert again.task.digest == made.task.digest


def test_a_run_without_a_cap_has_none_after_a_resume(project: Path, monkeypatch: Any) -> None:
    made = plan({**CLEAN, "AGENTKIT_ATTEMPTS": "none"})
    assert made.settings.attempts is None
    assert plan_again(create_run(project / "runs", "toy", manifest(made)), {}).settings.attempts is None


def test_a_resume_may_raise_a_cap_and_changes_nothing_else(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = solve("toy/number", attempts=1, seed=5)
    monkeypatch.setenv("AGENTKIT_SEED", "9")
    (project / "agentkit.toml").write_text("[solve]\nturns = 1\n")
    again = plan_again(run.folder, {"attempts": 3})
    assert (again.settings.attempts, again.settings.seed, again.settings.turns) == (3, 5, 40)


def test_a_sandbox_without_a_wall_that_the_task_needs_is_refused(project: Path) -> None:
    plan(sandbox="local")
    task = project / "tasks/toy/number/task.toml"
    text = task.read_text()
    task.write_text(text.replace("[evaluate]\n", '[evaluate]\nneeds = ["hidden_files"]\n'))
    with pytest.raises(MissingRequirement, match="local does not have what this needs: hidden") as caught:
        plan(sandbox="local")
    assert "--sandbox docker" in str(caught.value)


@pytest.mark.parametrize(
    "scaffold", ["react", "flat", "tree", "forest", "aide", "aide_speedrun", "multi_aide"]
)
def test_any_scaffold_can_be_made_to_wait_for_all_that_is_under_way(project: Path, scaffold: str) -> None:
    for told, waits in (("auto", False), ("on", True), ("off", False)):
        made = plan(model="scripted/demo", scaffold=scaffold, barrier=told).scaffold
        assert made.barrier is waits
        assert getattr(made.policy, "barrier", waits) is waits, "a policy of rounds selects them one by one"


def test_the_users_finaliser_comes_before_the_scaffolds_and_a_wrong_one_is_refused(project: Path) -> None:
    assert plan(model="scripted/demo").scaffold.finaliser is None
    assert plan(model="scripted/demo", finaliser="topk:2").scaffold.finaliser == TopKReseeded(2)
    with pytest.raises(UsageError, match=r"no finaliser 'fastest'[\s\S]*Next: --finaliser topk:3"):
        plan(model="scripted/demo", finaliser="fastest")


def test_pieces_of_prompts_are_switched_for_the_whole_run(project: Path) -> None:
    made = plan(model="scripted/demo", scaffold="aira_greedy", pieces=("no-complexity", "no-stripped"))
    assert complexity not in made.scaffold.operators["draft"].sections
    assert made.scaffold.operators["improve"].stores == "reply"
    assert (
        complexity in plan(model="scripted/demo", scaffold="aira_greedy").scaffold.operators["draft"].sections
    )
