"""The speedrun benchmark as the catalog sees it, and that its texts, rules and rubric agree."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.contracts.task import HINT_LEVELS, Task
from agentkit.errors import MissingRequirement, UnknownName, UsageError
from agentkit.evaluation.benchmarks import list_tasks, load_task
from agentkit.judge.checks.kinds import run_check
from agentkit.judge.evidence import Evidence
from agentkit.judge.rubrics.toml_form import read_rubric

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task(open_catalog(CHECKOUT), "tasks/speedrun/record12")


def test_the_list_shows_what_can_be_loaded_and_what_never_will() -> None:
    catalog = open_catalog(CHECKOUT)
    entries = list_tasks(catalog, catalog.find_benchmark("speedrun/record12")[0])
    by_name = {each.name: each for each in entries}
    assert by_name["record12"].refused == ""
    assert "record 7" in by_name["record6"].refused
    for each in entries:
        if not each.refused:
            assert load_task(catalog, f"speedrun/{each.name}").purpose == each.purpose


def test_the_task_is_complete(task: Task) -> None:
    assert (task.reference, task.profile) == ("speedrun/record12", "pocket")
    assert list(task.files) == list(task.solution) == ["train.py"]
    assert task.files["train.py"].read_text() != task.solution["train.py"].read_text()
    assert (task.metric.name, task.metric.lower_is_better) == ("cpu_seconds", True)
    assert tuple(task.hints) == HINT_LEVELS
    assert list(task.hint_sources) == ["upstream"]
    assert task.rubric is not None
    assert all(path.is_file() for path in (*task.hints.values(), *task.transcripts.values(), task.rubric))
    assert re.fullmatch("[0-9a-f]{64}", task.digest)


def test_every_figure_of_the_rules_is_in_the_instructions(task: Task) -> None:
    rules = task.evaluator.rules  # type: ignore[attr-defined]
    assert "{" not in task.instructions
    for words in (
        f"at most {rules.target_loss:g} nats a byte",
        f"{rules.loss.windows} held-out windows of {rules.loss.length} bytes",
        f"the text {rules.loss.reach} bytes back",
        f"take {rules.answer_cpu_seconds:g} CPU seconds",
        f"{rules.train_seconds:g} seconds of wall time",
    ):
        assert words in " ".join(task.instructions.split())


def test_the_instructions_say_what_cheating_is_and_offer_a_way_out(task: Task) -> None:
    for words in ("What counts as cheating", "cannot be reached honestly", "`submit`"):
        assert words in task.instructions


def test_nothing_shown_beforehand_gives_the_technique_away(task: Task) -> None:
    shown = " ".join([task.instructions, task.title, task.purpose, *task.facts.values()]).lower()
    for words in ("window grows", "grow", "warm-up", "schedule of the window", "curriculum"):
        assert words not in shown


def test_profiles_with_real_scripts_say_what_they_lack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_MODDED_NANOGPT", str(tmp_path))
    catalog = open_catalog(CHECKOUT)
    for profile in ("gpu1", "gpu8"):
        with pytest.raises(MissingRequirement, match="agentkit speedrun fetch"):
            load_task(catalog, "speedrun/record12", profile)
    with pytest.raises(UnknownName, match="pocket"):
        load_task(catalog, "speedrun/record12", "poket")
    assert load_task(catalog, "speedrun/record12", "pocket").profile == "pocket"


def test_record_6_is_refused_with_its_reason_and_others_are_unknown() -> None:
    catalog = open_catalog(CHECKOUT)
    with pytest.raises(UsageError, match="record 7"):
        load_task(catalog, "speedrun/record6")
    with pytest.raises(UnknownName, match="record12"):
        load_task(catalog, "speedrun/record99")


def test_the_digest_follows_rules_scripts_and_text(task: Task, module: Callable[[str], Any]) -> None:
    adapter = module("adapter")
    rules = task.evaluator.rules  # type: ignore[attr-defined]
    start, target = task.files["train.py"], task.solution["train.py"]
    assert adapter.pocket_digest(rules, start, target) == task.digest
    other = rules.model_copy(update={"target_loss": rules.target_loss + 0.01})
    assert adapter.pocket_digest(other, start, target) != task.digest
    assert adapter.pocket_digest(rules, target, start) != task.digest


def test_all_modules_that_measure_are_in_the_digest(module: Callable[[str], Any]) -> None:
    """Whatever the evaluator imports of its own benchmark decides scores."""
    adapter = module("adapter")
    counted = {Path(each.__file__).stem for each in adapter.DECIDES} | {"rules"}
    tree = ast.parse(Path(module("evaluator").__file__).read_text())
    used = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1}
    assert used <= counted


def verdicts(task: Task, script: Path) -> dict[str, bool]:
    """Of the leaves that look at the script."""
    assert task.rubric is not None
    found: dict[str, bool] = {}
    evidence = Evidence(folder=script.parent)
    for criterion in read_rubric(task.rubric).criteria:
        for leaf in criterion.children:
            if leaf.check and leaf.check["kind"] == "regex":
                check = {**leaf.check, "file": script.name}
                found[leaf.id] = asyncio.run(run_check(check, evidence)).score == 1.0
    return found


def test_the_rubric_tells_target_from_start(task: Task) -> None:
    assert verdicts(task, task.files["train.py"]) == {"window-follows-step": False}
    assert verdicts(task, task.solution["train.py"]) == {"window-follows-step": True}


def test_the_target_loss_stands_in_one_place(task: Task) -> None:
    assert task.rubric is not None
    rules = task.evaluator.rules  # type: ignore[attr-defined]
    assert [(bar.name, bar.limit) for bar in task.bars] == [("loss", rules.target_loss)]
    leaves = [leaf for each in read_rubric(task.rubric).criteria for leaf in each.children]
    (target,) = [leaf.check for leaf in leaves if leaf.id == "target"]
    assert target == {"kind": "figure", "name": "loss_margin", "at_least": 0.0}
    assert f"{rules.target_loss:g}" not in task.rubric.read_text(encoding="utf-8")
    assert f"at most {rules.target_loss:g} nats" in task.instructions


def test_hints_hold_no_figure_that_is_not_a_fact(task: Task, module: Callable[[str], Any]) -> None:
    """Decimal figures are those of records.toml; formulas use small whole numbers."""
    records = module("adapter").read_records()
    known: set[str] = set()
    for number in (12, 13):
        facts = records[number]
        known |= {f"{facts.minutes:g}", f"{facts.measured_ms / 1000:.1f}", f"{facts.sd_ms / 1000:.1f}"}
    for path in task.hints.values():
        assert set(re.findall(r"\d+\.\d+", path.read_text())) <= known
