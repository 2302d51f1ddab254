"""The path of `gpu8` on two ranks of processors: torchrun, the smoke stage, what is printed, and its end."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox

pytestmark = pytest.mark.real

STAND_IN = Path(__file__).with_name("stand_in.py").read_text(encoding="utf-8")
PLAIN = """
import glob, os, sys, time
STEPS, EVERY, STEP_MS = 24, 8, 20
rank, world_size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
os.write(1, f"processes {os.getpid()} {os.getppid()}\\n".encode())
for name in glob.glob("data/fineweb10B/*.bin"):
    open(name, "rb").read(1024)
began = time.perf_counter()
for step in range(STEPS + 1):
    clock = 1000 * (time.perf_counter() - began)
    if rank == 0 and step > 0:
        print(f"step:{step}/{STEPS} train_time:{clock:.0f}ms step_avg:{clock / step:.2f}ms")
    if rank == 0 and (step == STEPS or step % EVERY == 0):
        print(f"step:{step}/{STEPS} val_loss:{11 - step / 30:.4f} train_time:{clock:.0f}ms step_avg:0.00ms")
    time.sleep(STEP_MS / 1000)
"""
"""Without torch, which takes its seconds to be imported; only the launcher needs it."""
ANSWER = """
import torch
def load(checkpoint):
    logits = torch.load(checkpoint)["model"]["logits"]
    return lambda tokens: logits.expand(*tokens.shape, -1)
"""
SAVING = {"arguments.json": '["--save", "b c"]', "answer.py": ANSWER}
Run = Callable[..., Outcome]


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory, module: Callable[[str], Any]) -> Any:
    folder = tmp_path_factory.mktemp("checkout") / "data" / "fineweb10B"
    made = module("originals.shards").make_synthetic(folder, 2, 6000, 512, seed=7)
    return module("originals.shard_state").ShardState(folder, made)


@pytest.fixture
def rules(originals: Callable[[str], Any]) -> Any:
    smoke = originals("rules").SmokeRules(shards=1, tokens=6000, validation_tokens=2000, seconds=120)
    saved = originals("rules").SavedRules(windows=12, length=64, batch=4, checked=4, seconds=120)
    return originals("rules").OriginalRules(
        target_loss=10.7, ranks=2, on_gpus=False, timing=originals("printed").TimingRule.WARMED_UP,
        shards=2, seconds=120, smoke=smoke, saved=saved, tokens_a_step=256,
    )  # fmt: skip


@pytest.fixture
def evaluate(tmp_path: Path, cache: Path, rules: Any, shards: Any, originals: Callable[[str], Any]) -> Run:
    made: dict[str, Any] = {}

    def run(
        script: str,
        sandbox: Sandbox | None = None,
        *,
        further: Mapping[str, str] | None = None,
        smoke: Mapping[str, Any] | None = None,
        jobs_folder: Path | None = None,
        **changed: Any,
    ) -> Outcome:
        place = sandbox or LocalSandbox()
        held = rules.model_copy(update={**changed, "smoke": rules.smoke.model_copy(update=dict(smoke or {}))})
        # As a user has them: the shards lie in the checkout, which is hidden because of its scripts.
        masks = (shards.folder.parents[1],)
        evaluator = made.setdefault(
            held.model_dump_json(),
            originals("evaluator").OriginalEvaluator(held, lambda: shards, lambda: [], masks=masks),
        )
        evaluator.prepare(cache)
        folder = tmp_path / "candidate"
        folder.mkdir(exist_ok=True)
        for name, text in {"train.py": script, **(further or {})}.items():
            (folder / name).write_text(text)
        jobs = FolderJobs(jobs_folder or tmp_path / f"jobs-{uuid.uuid4().hex}", place)
        candidate = Candidate(folder, place, 5, tmp_path / "logs", jobs=jobs)
        outcome: Outcome = asyncio.run(evaluator.evaluate(candidate))
        return outcome

    return run


def processes_of(log: Path) -> set[Path]:
    """Ranks and their launcher, as the script printed them."""
    lines = re.findall(r"^processes (\d+) (\d+)$", log.read_text(), re.MULTILINE)
    return {Path("/proc", number) for pair in lines for number in pair}


def test_a_run_of_two_ranks(evaluate: Run, sandbox: Sandbox) -> None:
    """Two ranks train a model, rank 0 saves it, and the harness measures its loss on the validation shard."""
    script = STAND_IN.replace("STEPS, EVERY", "assert sys.argv[1:] == ['--save', 'b c']\nSTEPS, EVERY", 1)
    outcome = evaluate(script, sandbox, further=SAVING)
    assert outcome.status == "valid", (outcome.reason, outcome.log)
    assert outcome.trust == "verified", outcome.reason
    assert [flag.code for flag in outcome.flags] == []
    metrics = outcome.metrics
    assert (metrics["steps"], metrics["shards_opened"]) == (24, 2)
    assert 24 * 20 < metrics["train_ms"] < 1000 * metrics["wall_seconds"]
    assert metrics["loss"] < 10.7
    assert abs(metrics["saved_loss"] - metrics["loss"]) < 0.02 + 4 * metrics["saved_loss_error"]
    assert "as it printed; " in outcome.reason and "on the model that it saved" in outcome.reason


@pytest.mark.slow
def test_fewest_steps_are_of_several_runs(evaluate: Run, tmp_path: Path) -> None:
    """Of the same files, on seeds of their own; and the parts that are fixed may not change."""
    script = PLAIN.replace("began = ", 'print("seed", os.environ["AGENTKIT_SEED"])\nbegan = ', 1)
    outcome = evaluate(script, metric="steps", runs=2, target_loss=10.5)
    assert outcome.status == "valid", outcome.reason
    assert (outcome.metrics["steps"], outcome.metrics["runs"]) == (16, 2), "11 - 16 / 30 is 10.47"
    assert "mean loss 10.4667 of 2 runs at step 16" in outcome.reason
    seeds = [(tmp_path / "logs" / f"{name}-5.log").read_text() for name in ("training", "training-2")]
    assert "seed 5\n" in seeds[0] and "seed 1000005\n" in seeds[1]


@pytest.mark.slow
def test_who_opens_no_shard_trained_nothing(evaluate: Run) -> None:
    outcome = evaluate(PLAIN.replace('"data/fineweb10B/*.bin"', '"data/fineweb10B/*val*.bin"'))
    assert outcome.status == "flagged"
    assert "printed 24 steps, but opened none of the 2 training shards" in outcome.reason


def test_a_loss_that_misses_is_invalid_and_keeps_its_figures(evaluate: Run, tmp_path: Path) -> None:
    outcome = evaluate(PLAIN, target_loss=2.0)
    assert outcome.status == "invalid"
    assert "misses 2" in outcome.reason
    assert outcome.metrics["train_ms"] > 0
    smoked = tmp_path / "logs" / "smoke-1-5.log"
    smoked.unlink()
    assert evaluate(PLAIN, target_loss=2.0).status == "invalid"
    assert not smoked.exists(), "the same files are tried once"


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("import torch\nx = = 1\n", "train.py:2: SyntaxError"),
        ("import flash_attn_that_is_not_there\n", "no module flash_attn_that_is_not_there"),
        ("from torch.nn import Linaer\n", "torch.nn has no Linaer"),
    ],
)
def test_files_that_cannot_run_are_not_started(evaluate: Run, tmp_path: Path, script: str, told: str) -> None:
    outcome = evaluate(script)
    assert outcome.status == "crash"
    assert outcome.reason.startswith("smoke stage, files")
    assert told in outcome.reason
    assert not list((tmp_path / "logs").glob("smoke-*"))


def test_what_fails_on_one_device_never_reaches_all(evaluate: Run, tmp_path: Path) -> None:
    outcome = evaluate(PLAIN.replace("step > 0:", "setp > 0:"))
    assert outcome.status == "crash"
    assert "smoke stage, on 1 device: NameError: name 'setp' is not defined" in outcome.reason
    assert "Traceback" in outcome.log, "who repairs it has to see where it failed"
    logs = {path.name for path in (tmp_path / "logs").glob("*.log")}
    assert logs == {"smoke-1-5.log"}
    assert outcome.metrics == {}


@pytest.mark.slow
def test_a_script_that_wants_all_ranks_is_tried_on_all(evaluate: Run, tmp_path: Path) -> None:
    """It opens one shard of two, which is too few for its steps: that is advice."""
    script = PLAIN.replace("began = ", "assert world_size == 2\nbegan = ").replace("*.bin", "*1.bin")
    outcome = evaluate(script)
    assert outcome.status == "valid", outcome.reason
    assert outcome.metrics["shards_opened"] == 1
    assert [flag.code for flag in outcome.flags] == ["tokens_read"], "6,000 tokens for 24 steps of 256"
    assert {path.name for path in (tmp_path / "logs").glob("*.log")} == {
        "smoke-1-5.log", "smoke-2-5.log", "training-5.log",
    }  # fmt: skip


@pytest.mark.slow
def test_the_smoke_stage_stops_a_long_run_after_a_few_steps(evaluate: Run, tmp_path: Path) -> None:
    """It would take minutes; the run itself has 35 seconds, and is killed with all that it started."""
    outcome = evaluate(PLAIN.replace("= 24, 8, 20", "= 100_000, 8, 20"), seconds=35)
    assert outcome.status == "timeout"
    assert "did not end within 35 s" in outcome.reason
    smoked = (tmp_path / "logs" / "smoke-1-5.log").read_text()
    assert "step:3/100000" in smoked
    assert "train_ms" not in outcome.metrics, "it would look like the figure of a whole run"
    for log, processes in (("smoke-1", 2), ("training", 3)):
        found = processes_of(tmp_path / "logs" / f"{log}-5.log")
        assert len(found) == processes
        assert not [each for each in found if each.exists()]


@pytest.mark.slow
def test_a_smoke_stage_without_a_step_is_a_timeout(evaluate: Run, tmp_path: Path) -> None:
    outcome = evaluate(
        PLAIN.replace("STEPS + 1):", "STEPS + 1):\n    time.sleep(600)"), smoke={"seconds": 20}
    )
    assert outcome.status == "timeout"
    assert "no 3 training steps within 20 s on 1 device" in outcome.reason
    found = processes_of(tmp_path / "logs" / "smoke-1-5.log")
    assert len(found) == 2 and not [each for each in found if each.exists()]


@pytest.mark.slow
def test_a_clock_that_is_put_back_is_seen_from_outside(evaluate: Run) -> None:
    script = PLAIN.replace("= 24, 8, 20", "= 24, 8, 400").replace("{clock:.0f}ms", "{clock / 1000:.0f}ms")
    outcome = evaluate(script)
    assert outcome.status == "flagged"
    assert "printed_time_differs" in {flag.code for flag in outcome.flags}


@pytest.mark.slow
def test_shards_that_change_meanwhile_are_found(evaluate: Run, shards: Any) -> None:
    path = shards.shards.train[0]
    kept = path.read_bytes()
    script = PLAIN + f"\nwith open({str(path)!r}, 'r+b') as file:\n    file.seek(2000); file.write(b'x')\n"
    try:
        outcome = evaluate(script)
    finally:
        path.write_bytes(kept)
    assert outcome.status == "flagged"
    assert "fineweb_train_000001.bin" in outcome.reason


@pytest.mark.slow
def test_bubblewrap_keeps_them_from_changing(evaluate: Run, bubblewrap: Sandbox) -> None:
    script = PLAIN + "\nopen('data/fineweb10B/fineweb_train_000001.bin', 'r+b')\n"
    outcome = evaluate(script, bubblewrap)
    assert outcome.status == "crash"
    assert "Read-only file system" in outcome.reason


def test_arguments_are_a_list_of_strings(evaluate: Run) -> None:
    outcome = evaluate(PLAIN, further={"arguments.json": '{"a": 1}'})
    assert (outcome.status, "a list of up to 100 strings" in outcome.reason) == ("crash", True)


@pytest.mark.slow
def test_a_script_that_prints_nothing_that_can_be_read(evaluate: Run) -> None:
    outcome = evaluate("print('done')\n")
    assert outcome.status == "crash"
    assert "without a training step in a form that can be read" in outcome.reason


@pytest.mark.slow
def test_a_run_outlives_who_started_it(evaluate: Run, tmp_path: Path) -> None:
    """Killed in the middle of the training, and taken up again: no rank begins anew."""
    script = PLAIN.replace("= 24, 8, 20", "= 24, 8, 300")
    log = tmp_path / "logs" / "training-5.log"
    child = multiprocessing.get_context("fork").Process(
        target=evaluate, args=(script,), kwargs={"jobs_folder": tmp_path / "jobs"}
    )
    child.start()
    while not (log.is_file() and "step:3/24" in log.read_text()):
        assert child.is_alive()
        time.sleep(0.1)
    child.kill()
    child.join()
    outcome = evaluate(script, jobs_folder=tmp_path / "jobs")
    assert outcome.status == "valid", outcome.reason
    assert len(processes_of(log)) == 3
    assert 24 * 300 <= outcome.metrics["train_ms"] <= 1000 * outcome.metrics["wall_seconds"]
