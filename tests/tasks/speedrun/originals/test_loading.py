"""Tasks with real scripts, from a folder shaped like a checkout; with AGENTKIT_MODDED_NANOGPT, a real one."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.task import Task
from agentkit.errors import MissingRequirement, UnknownName, UsageError

RECORDS = Path(__file__).parents[4] / "tasks" / "speedrun"
Load = Callable[..., Task]


@pytest.fixture
def load(
    made_checkout: Any, originals: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Load:
    monkeypatch.setenv("AGENTKIT_MODDED_NANOGPT", str(made_checkout.folder))
    monkeypatch.delenv("AGENTKIT_FINEWEB", raising=False)

    def run(name: str, profile: str = "gpu8") -> Task:
        loading = originals("loading")
        texts = loading.Texts(RECORDS / name, {"known": "before"}, {})
        task: Task = loading.load_original(name, profile, texts, tmp_path / "cache", made_checkout.sources)
        return task

    return run


def test_the_task_is_complete(load: Load) -> None:
    task = load("record12")
    assert (task.reference, task.profile) == ("speedrun/record12", "gpu8")
    assert task.files["train.py"].read_text() == "print('twelve')\n"
    assert list(task.solution) == ["train.py", "triton_kernels.py"]
    assert (task.metric.name, task.metric.unit, task.metric.lower_is_better) == ("train_ms", "ms", True)
    assert [(bar.name, bar.limit) for bar in task.bars] == [("loss", 3.28)]
    assert task.facts["target date"] == "2024-11-24"
    assert task.facts["known"] == "before"
    assert task.rubric == RECORDS / "record12" / "rubric.toml"
    assert set(task.hints) == {"pseudocode", "text", "paper"}
    assert not any("miniature" in path.read_text() for path in task.hints.values())
    assert re.fullmatch("[0-9a-f]{64}", task.digest)


def test_published_ends_are_of_eight_gpus(load: Load) -> None:
    found = load("record12").published
    assert found is not None and (found.start, found.hardware) == (317_839, "8 H100")
    assert load("record12", "gpu1").published is None


def test_instructions_hold_the_rules(load: Load) -> None:
    task = load("record12")
    rules = task.evaluator.rules  # type: ignore[attr-defined]
    text = " ".join(task.instructions.split())
    assert "{" not in text
    for words in (
        "record 12 of the main track", "--nproc-per-node=8", "fineweb_train_000010.bin", "at most 3.28",
        f"{rules.seconds / 60:.0f} minutes", f"printed {rules.smoke.steps} training steps",
        "What counts as cheating", "cannot be reached honestly",
    ):  # fmt: skip
        assert words in text
    assert "arguments.json" not in text
    assert "arguments.json" in load("record3").instructions
    shown = " ".join([text, task.title, task.purpose, *task.facts.values()]).lower()
    assert "window grows" not in shown


def test_missing_shards_are_a_lack_with_the_command(load: Load, made_checkout: Any) -> None:
    lacks = {each.what: each.fix for each in load("record12").evaluator.lacks()}
    (what,) = [each for each in lacks if "shards" in each]
    assert what.startswith("11 shards of FineWeb (Wanted: 10 for training and one for validation")
    assert "Missing: fineweb_train_000001.bin" in what
    assert str(made_checkout.folder / "data" / "fineweb10B") in what
    assert lacks[what].endswith(f"python {made_checkout.folder}/data/cached_fineweb10B.py 10")


def test_a_truncated_shard_is_a_lack(load: Load, made_checkout: Any, originals: Any) -> None:
    folder = made_checkout.folder / "data" / "fineweb10B"
    made = originals("shards").make_synthetic(folder, 10, 2000, 2000)
    first = load("record12")
    assert not [each for each in first.evaluator.lacks() if "shard" in each.what]
    made.train[3].write_bytes(made.train[3].read_bytes()[:-100])
    second = load("record12")
    (lack,) = [each for each in second.evaluator.lacks() if "fineweb_train_000004" in each.what]
    assert "cut off" in lack.what
    loader = f"python {made_checkout.folder}/data/cached_fineweb10B.py 10"
    assert lack.fix.startswith(f"rm {made.train[3]} && ") and lack.fix.endswith(loader)
    assert first.digest != second.digest, "names and sizes of the shards decide a score"


def test_wrong_magic_and_links_are_lacks(load: Load, made_checkout: Any, originals: Any) -> None:
    folder = made_checkout.folder / "data" / "fineweb10B"
    made = originals("shards").make_synthetic(folder, 10, 2000, 2000)
    kept = made.train[0].rename(folder.parent / "elsewhere.bin")
    made.train[0].symlink_to(kept)
    (lack,) = [each for each in load("record12").evaluator.lacks() if "links" in each.what]
    assert "cp -rL" in lack.fix
    kept.write_bytes(b"\0" * 5024)
    (lack,) = [each for each in load("record12").evaluator.lacks() if "magic" in each.what]


def test_gpus_and_what_scripts_import_are_lacks(load: Load, originals: Any) -> None:
    machine, table = originals("machine"), originals("gpu_table")
    row = table.requirements(30)
    bare = table.Machine(gpus=1, capability=(8, 0), torch=(2, 6))
    lacks = {each.what: each.fix for each in machine.machine_lacks(row, bare, 8, "another machine")}
    (of_the_machine,) = [what for what, fix in lacks.items() if fix == "another machine"]
    assert "8 GPUs (it has 1); " in of_the_machine
    assert "fa3: compute capability 9.0 (it has 8.0)" in of_the_machine
    assert "flash-attention" in lacks["the package flash_attn_interface"]


def test_a_script_that_this_python_cannot_read(originals: Any) -> None:
    lacks = originals("machine").python_lacks
    assert lacks([{"train.py": "a = '\\s'\n", "arguments.json": "["}]) == []
    (lack,) = lacks([{"train.py": "a = 1\n"}, {"train.py": "a = 1\nb = = 2\n"}])
    assert "train.py, line 2" in lack.what and "3.12" in lack.fix


def test_without_a_checkout_the_command_that_gets_one(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_MODDED_NANOGPT", str(tmp_path / "nothing"))
    with pytest.raises(MissingRequirement, match="agentkit speedrun fetch"):
        load("record12")


def test_steps_that_are_no_task(load: Load) -> None:
    with pytest.raises(UsageError, match="record 7"):
        load("record6")
    with pytest.raises(UnknownName, match="record12"):
        load("record120")
    with pytest.raises(MissingRequirement, match="8 ranks"):
        load("record14", "gpu1")


def test_code_that_measures_is_in_the_digest(originals: Any) -> None:
    """Whatever decides, and what that imports beside it; rules are there by their values."""
    paths = [Path(each.__file__) for each in originals("loading").DECIDES]
    beside = [path for path in paths if path.parent == Path(originals("loading").__file__).parent]
    assert len(beside) > 12
    for path in beside:
        tree = ast.parse(path.read_text())
        used = {
            node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1
        }
        assert used - {None} <= {each.stem for each in beside} | {"rules"}, path.name


def test_track_3_asks_for_steps_of_several_runs(originals: Any) -> None:
    loading, original = originals("loading"), originals("ladder").ladder()["steps1"]
    rules = loading.rules_of(original, "gpu1")
    assert (rules.metric, rules.runs, rules.tokens_a_step) == ("steps", 3, 524_288)
    text = loading.fill(loading.INSTRUCTIONS.read_text(), original, rules, False)
    text = " ".join(text.split())
    assert "{" not in text
    for words in (
        "made 3 times",
        "**(3.28 - mean loss) * sqrt(3) is at least 0.004**",
        "have to stay as they are written",
    ):
        assert words in text


def test_tokens_a_step_are_of_the_end_with_fewer(originals: Any) -> None:
    ladder = originals("ladder").ladder()
    known = {
        name: ladder[name].tokens_a_step
        for name in ("record1", "record12", "record20", "record60", "medium3")
    }
    assert known == {
        "record1": 262_144, "record12": 524_288, "record20": 393_216, "record60": None, "medium3": None,
    }  # fmt: skip


@pytest.mark.skipif("AGENTKIT_MODDED_NANOGPT" not in os.environ, reason="no checkout of modded-nanogpt")
def test_every_task_loads_from_a_real_checkout(
    originals: Any, module: Callable[[str], Any], tmp_path: Path
) -> None:
    loading, profiles = originals("loading"), originals("profiles")
    for name, original in originals("ladder").ladder().items():
        for profile in profiles.possible(original):
            texts = loading.Texts(RECORDS / name, {}, {})
            task = loading.load_original(name, profile, texts, tmp_path)
            ends = [
                {n: path.read_bytes() for n, path in each.items()} for each in (task.files, task.solution)
            ]
            assert ends[0] != ends[1], name
            assert all(len(end["train.py"]) > 10_000 for end in ends)
