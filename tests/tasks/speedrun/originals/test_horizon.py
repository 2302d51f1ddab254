"""A part of the steps at both ends, to a loss that both ends have shown there."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.task import Task
from agentkit.errors import MissingRequirement, UsageError
from agentkit.runs.calibrate import calibrate, calibration_path, read_calibration
from agentkit.sandboxes.local import LocalSandbox

Import = Callable[[str], Any]
SCRIPT = """
import glob, os, time
class Hyperparameters:
    num_iterations : int = 80 # number of iterations to run
    cooldown_iters : int = 30
    warmup_iters : int = 0
args = Hyperparameters()
for name in glob.glob("data/fineweb10B/*.bin"):
    open(name, "rb").read(1024)
began = time.perf_counter()
for step in range(args.num_iterations + 1):
    clock = 1000 * (time.perf_counter() - began)
    loss = 11 - 0.1 * step
    if step:
        print(f"step:{step}/{args.num_iterations} train_time:{clock:.0f}ms step_avg:{clock / step:.2f}ms")
    if step % 10 == 0 or step == args.num_iterations:
        print(f"step:{step}/{args.num_iterations} val_loss:{loss:.4f} train_time:{clock:.0f}ms")
    time.sleep(0.05)
"""
FASTER = SCRIPT.replace("= 80", "= 50").replace("0.1 * step", "0.1604 * step")


@pytest.fixture
def horizon(originals: Import) -> Any:
    return originals("horizon")


def test_a_profile_names_its_horizon(horizon: Any) -> None:
    assert horizon.split_profile("gpu1") == ("gpu1", 1.0)
    assert horizon.split_profile("gpu8@0.10") == ("gpu8", 0.1)
    assert horizon.named(*horizon.split_profile("gpu8@0.10")) == "gpu8@0.1"


@pytest.mark.parametrize(
    "profile", ["gpu1@", "gpu1@1", "gpu1@2", "gpu1@nan", "gpu1@-0.1", "pocket@0.1", "@0.1"]
)
def test_no_horizon(horizon: Any, profile: str) -> None:
    with pytest.raises(UsageError, match="from 0.005 to 0.9") as raised:
        horizon.split_profile(profile)
    assert "--profile gpu1@0.1" in str(raised.value)


def test_counts_of_steps_are_scaled_and_nothing_else(horizon: Any) -> None:
    found = horizon.shorten("record12", {"train.py": SCRIPT}, ["--warmdown_iters=250", "--lr=80"], 0.5)
    assert (found.steps, found.whole) == (40, 80)
    assert found.files["train.py"] == SCRIPT.replace("= 80", "= 40").replace("= 30", "= 15")
    assert found.arguments == ("--warmdown_iters=125", "--lr=80")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("num_iterations = int(x)\n", "in 0 places"),
        ("num_iterations = 80\ntrain_steps = 90\n", "in 2 places"),
        ("num_iterations = 30\n", "15 of 30 steps"),
    ],
)
def test_scripts_without_a_plain_count_have_none(horizon: Any, script: str, told: str) -> None:
    with pytest.raises(MissingRequirement, match=told):
        horizon.shorten("record12", {"train.py": script}, (), 0.5)


@given(st.integers(20, 100_000), st.floats(0.005, 0.9))
def test_the_share_of_the_steps(module: Import, whole: int, share: float) -> None:
    horizon = module("originals.horizon")
    files = {"train.py": f"train_steps = {whole}\n"}
    try:
        found = horizon.shorten("steps1", files, (), share)
    except MissingRequirement:
        assert whole * share < 20.5
        return
    assert abs(found.steps - whole * share) <= 0.5
    assert found.files["train.py"] == f"train_steps = {found.steps}\n"


@given(st.lists(st.floats(3, 11), min_size=1, max_size=9), st.integers(1, 5))
def test_every_run_that_was_measured_meets_the_target(module: Import, losses: list[float], runs: int) -> None:
    target = module("originals.horizon_target").target_loss(losses, runs)
    assert max(losses) <= target + 1e-8 <= max(losses) + 0.004 + 0.0011
    if runs > 1:
        assert module("originals.fewest_steps").is_valid_result([max(losses)] * runs, target)


def test_a_target_of_other_files_or_without_a_figure_is_none(originals: Import, tmp_path: Path) -> None:
    targets, path = originals("horizon_target"), tmp_path / "a.json"
    kept = targets.HorizonTarget(
        task="t", profile="gpu1@0.1", digest="d", loss=5.0, start=(5.0,), target=(4.9,), created=0.0
    )
    path.write_text(kept.model_dump_json())
    assert targets.read_target(path, "d") == kept
    assert targets.read_target(path, "e") is None
    path.write_text("{")
    assert targets.read_target(path, "d") is None


@pytest.fixture
def load(
    originals: Import, logs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Task]:
    """Records 12 and 13 are scripts of a second; the smoke stage's shards are holes of the right size."""
    source, rules = originals("source"), originals("rules").SmokeRules()
    folder, places = tmp_path / "modded-nanogpt", {}
    for number, script in (("12", SCRIPT), ("13", FASTER)):
        name = f"{source.LOGS}/{number}.py"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(script)
        places[number] = source.Place(file=name, files={"train_gpt.py": source._digest(script)})
    empty: dict[str, Any] = {}
    sources = source.Sources(
        repository="r", commit="c", templates_repository="r", templates_commit="c",
        main=places, retimed=empty, medium=empty, steps=empty, templates={},
    )  # fmt: skip
    originals("shards").make_synthetic(folder / "data" / "fineweb10B", 10, 2000, 2000)
    tmp_path.joinpath("cache").mkdir()
    held = originals("shard_state")
    monkeypatch.setenv("AGENTKIT_MODDED_NANOGPT", str(folder))
    monkeypatch.delenv("AGENTKIT_FINEWEB", raising=False)
    monkeypatch.setenv("AGENTKIT_GPUS", "fake:1")
    make_holes(originals, held, tmp_path / "cache", rules)

    def run(profile: str = "gpu1@0.5") -> Task:
        texts = originals("loading").Texts(tmp_path / "record12", {}, {})
        task: Task = originals("loading").load_original(
            "record12", profile, texts, tmp_path / "cache", sources
        )
        return task

    return run


def make_holes(originals: Import, held: Any, cache: Path, rules: Any) -> None:
    tiny = rules.model_copy(update={"tokens": 1, "validation_tokens": 1})
    shards = originals("shards")
    made = shards.find_shards(held.smoke_shards(cache, tiny), rules.shards)
    size = f"{rules.shards}-{rules.tokens}-{rules.validation_tokens}"
    place = cache / "speedrun" / f"smoke-{held.hashlib.sha256(size.encode()).hexdigest()[:12]}"
    place.mkdir()
    for path in (*made.train, *made.validation):
        with (place / path.name).open("wb") as file:
            file.write(struct.pack("<3i", shards.MAGIC, shards.VERSION, rules.tokens))
            file.truncate(shards.HEADER_BYTES + shards.TOKEN_BYTES * rules.tokens)


def test_a_horizon_is_another_task_without_a_target(load: Callable[..., Task]) -> None:
    whole, part, less = load("gpu1"), load(), load("gpu1@0.4")
    assert len({each.digest for each in (whole, part, less)}) == 3
    assert [each.profile for each in (whole, part, less)] == ["gpu1", "gpu1@0.5", "gpu1@0.4"]
    assert "= 40 #" in part.files["train.py"].read_text()
    assert part.facts["horizon"] == "0.5: 40 of 80 steps at the start, 25 of 50 at the target"
    assert "horizon" not in whole.facts and whole.published is None
    assert (part.published, part.bars) == (None, ())
    (lack,) = [each for each in part.evaluator.lacks() if "target loss" in each.what]
    assert lack.fix == "agentkit speedrun horizon speedrun/record12 --profile gpu1@0.5"
    assert "at 0.5 of the steps" in part.title and "6 for training" in part.facts["shards"]
    assert "not measured yet" in part.instructions and "with 0.5 of its steps" in part.instructions
    assert "3.28" not in part.purpose


@pytest.mark.real
@pytest.mark.slow
def test_the_target_is_measured_from_both_ends(
    load: Callable[..., Task], originals: Import, tmp_path: Path
) -> None:
    measuring, sandbox = originals("horizon_measuring"), LocalSandbox()
    cache = tmp_path / "calibrations"
    before = load()
    told: list[str] = []
    found = asyncio.run(
        measuring.measure_target(
            load, sandbox, cache, place=tmp_path / "cache", runs=1, pairs=2,
            tell=lambda kind, *_, **data: told.append(str(data.get("purpose", ""))),
        )
    )  # fmt: skip
    assert (found.start, found.target) == ((7.0, 7.0), (6.99, 6.99))
    assert found.loss == 7.0
    after = load()
    assert after.digest != before.digest
    assert [bar.limit for bar in after.bars] == [7.0]
    assert "7, measured here on" in after.facts["target loss"]
    assert not [each for each in after.evaluator.lacks() if "target loss" in each.what]
    assert "at most 7**" in " ".join(after.instructions.split())
    kept = read_calibration(calibration_path(after, sandbox, cache))
    assert kept is not None and [pair.start.status for pair in kept.pairs] == ["valid", "valid"]
    assert "loss 7.0000 meets 7 after 40 steps" in kept.pairs[0].start.reason
    told.clear()
    again = asyncio.run(calibrate(after, sandbox, cache, pairs=2, tell=lambda *_, **data: told.append("x")))
    assert (again, told) == (kept, []), "what was measured for the target is the calibration, too"
    assert [each for each in load("gpu1@0.4").evaluator.lacks() if "target loss" in each.what]
