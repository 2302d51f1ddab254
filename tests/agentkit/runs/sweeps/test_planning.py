from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.sweep import RunSpec
from agentkit.errors import UnknownName
from agentkit.runs.sweeps.planning import beneath, placed, plan_cell


def test_paths_are_relative_to_the_sweep_file(tmp_path: Path) -> None:
    told = {"notes": ["a.md", "/b.md"], "hint_folder": "hints", "seed": 1}
    assert placed(told, tmp_path) == {
        "notes": [tmp_path / "a.md", Path("/b.md")], "hint_folder": tmp_path / "hints", "seed": 1,
    }  # fmt: skip
    assert placed({"notes": "a.md"}, tmp_path) == {"notes": [tmp_path / "a.md"]}
    assert placed({"notes": "none"}, tmp_path) == {"notes": "none"}


def test_a_recorded_run_is_told_by_its_path_wherever_a_cell_makes_its_own(project: Path) -> None:
    named, beside = project / "runs" / "20260101-000000-toy-number", project / "sweeps" / "old"
    for run in (named, beside):
        run.mkdir(parents=True)
        (run / "run.json").write_text("{}")
    found = placed({"replay": "20260101", "earlier": ["old", named.name]}, project / "sweeps")
    assert found == {"replay": str(named), "earlier": [str(beside), str(named)]}
    assert placed({"earlier": "old, latest"}, project / "sweeps")["earlier"] == [str(beside), str(named)]
    assert placed({"replay": "none", "earlier": "none"}, project) == {"replay": "none", "earlier": "none"}
    with pytest.raises(UnknownName):
        placed({"replay": "2027"}, project)


def test_a_cell_is_planned_as_a_solve_would_be(project: Path) -> None:
    (project / "mine.md").write_text("Try 41.")
    spec = RunSpec(task="toy/number", settings={"scaffold": "aide", "notes": ["mine.md"], "seed": 3})
    plan = plan_cell(spec, project, {"runs_folder": project / "elsewhere"})
    assert (plan.settings.seed, plan.settings.runs_folder) == (3, project / "elsewhere")
    assert "Try 41." in plan.hints.text
    with pytest.raises(UnknownName):
        plan_cell(spec.model_copy(update={"task": "toy/nmber"}), project, {})


def test_settings_beneath_are_known_by_digest_alone(tmp_path: Path) -> None:
    (tmp_path / "agentkit.toml").write_text(
        '[solve]\nbase_url = "http://me:secret@host/v1"\nrunsfolder = 1\n'
    )
    first = beneath({"AGENTKIT_TURNS": "3", "AGENTKIT_RUNS_FOLDER": "x"}, tmp_path)
    assert set(first) == {"base_url", "runsfolder", "turns"}
    assert "secret" not in str(first)
    assert beneath({"AGENTKIT_TURNS": "4"}, tmp_path)["turns"] != first["turns"]
