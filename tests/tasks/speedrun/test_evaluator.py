"""The evaluator against real scripts in real sandboxes: an honest one, and one for each trick or mistake."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.task import Candidate
from agentkit.errors import AgentkitError
from agentkit.sandboxes.jobs.client import FolderJobs
from agentkit.sandboxes.local import LocalSandbox

pytestmark = pytest.mark.real
Evaluate = Callable[..., Outcome]
Module = Callable[[str], Any]


def test_an_honest_script_is_valid(evaluate: Evaluate, sandbox: Sandbox, honest: str, tmp_path: Path) -> None:
    pieces: list[bytes] = []
    script = honest.replace("def train():", "def train():\n    print('seed', os.environ['AGENTKIT_SEED'])")
    outcome = evaluate(script, sandbox, on_output=pieces.append)
    assert (outcome.status, outcome.trust, outcome.isolation) == ("valid", "verified", sandbox.name)
    assert outcome.flags == ()
    assert 2 < outcome.metrics["loss"] < 3.2
    assert 0.3 < outcome.metrics["cpu_seconds"] < 60
    assert outcome.metrics["wall_seconds"] > 0.3
    assert outcome.seconds > outcome.metrics["wall_seconds"]
    assert "meets 3.2" in outcome.reason
    assert b"".join(pieces) == b"seed 5\nstep:1/1 train_loss:2.5 train_time:900ms\n"
    assert outcome.log == "seed 5\nstep:1/1 train_loss:2.5 train_time:900ms\n"
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["training-5.log"]
    assert [path.name for path in (tmp_path / "candidate").iterdir()] == ["train.py"]


def test_a_loss_above_the_target_is_invalid_and_keeps_its_figures(
    evaluate: Evaluate, sandbox: Sandbox, honest: str
) -> None:
    outcome = evaluate(honest, sandbox, target_loss=1.0)
    assert outcome.status == "invalid"
    assert "misses 1" in outcome.reason
    assert set(outcome.metrics) >= {"cpu_seconds", "wall_seconds", "loss"}


MODEL = "return table[tokens] + 0.2 * torch.log1p(seen)"
BROKEN = [
    ("path = os", "raise OSError('disk')\n    path = os", "crash", "OSError: disk"),
    ('torch.save(counts.log(), "checkpoint.pt")', "pass", "invalid", "wrote no checkpoint.pt"),
    ('"checkpoint.pt")', '"checkpoint.pt"); os.truncate("checkpoint.pt", 10)', "crash", "load(checkpoint)"),
    ("train()\n    print", "import time; time.sleep(600)\n    print", "timeout", "did not end within 20 s"),
    (MODEL, f"{MODEL} * float('nan')", "invalid", "not all finite"),
    (MODEL, f"{MODEL}[:, :-1]".replace("table", "(table").replace("seen)", "seen))"), "invalid", "shape"),
    (MODEL, "raise KeyError(tokens.shape)", "crash", "KeyError"),
    (MODEL, "return None", "crash", "AttributeError"),
    ("def load(path):", "def load(path):\n    import time; time.sleep(600)", "timeout", "load(checkpoint)"),
    ("def load(path):", "def load(path):\n    os._exit(3)", "crash", "exit code 3"),
    ("def load(path):", "def lode(path):", "crash", "no attribute 'load'"),
]


@pytest.mark.parametrize(("old", "new", "status", "reason"), BROKEN, ids=[each[3] for each in BROKEN])
def test_a_mistake_is_told_plainly(
    evaluate: Evaluate,
    bubblewrap: Sandbox,
    honest: str,
    rules: Any,
    old: str,
    new: str,
    status: str,
    reason: str,
) -> None:
    assert old in honest
    patience = rules.patience.model_copy(update={"load": 20.0})
    outcome = evaluate(honest.replace(old, new, 1), bubblewrap, train_seconds=20, patience=patience)
    assert (outcome.status, outcome.trust) == (status, "verified")
    assert reason in outcome.reason
    if status == "crash" and "exit" not in reason:
        assert "Traceback" in outcome.log


def test_looking_ahead_is_flagged(evaluate: Evaluate, sandbox: Sandbox, honest: str) -> None:
    ahead = honest.replace(
        MODEL, "seen[:, :-1] += 1e6 * one_hot(tokens[:, 1:], 256)\n        return torch.log1p(seen)"
    )
    outcome = evaluate(ahead, sandbox)
    assert outcome.status == "flagged"
    assert [flag.code for flag in outcome.flags] == ["looks_ahead"]
    assert outcome.metrics["loss"] < 2, "the trick does lower the loss"


def test_a_short_context_is_invalid(evaluate: Evaluate, bubblewrap: Sandbox, honest: str) -> None:
    outcome = evaluate(honest.replace(MODEL, "return table[tokens]"), bubblewrap)
    assert outcome.status == "invalid"
    assert "48 tokens back" in outcome.reason


def test_learning_from_what_is_asked_is_invalid(evaluate: Evaluate, bubblewrap: Sandbox, honest: str) -> None:
    learning = honest.replace(MODEL, f"table.add_(seen[:, -1].mean(0))\n        {MODEL}")
    outcome = evaluate(learning, bubblewrap)
    assert outcome.status == "invalid"
    assert "depend on the window alone" in outcome.reason


def test_what_a_script_prints_is_only_compared(evaluate: Evaluate, bubblewrap: Sandbox, honest: str) -> None:
    outcome = evaluate(honest.replace("train_loss:2.5", "val_loss:0.01"), bubblewrap)
    assert outcome.status == "valid"
    assert outcome.metrics["loss"] > 2
    assert [flag.code for flag in outcome.flags] == ["printed_loss_differs"]


def test_prints_inside_load_do_not_disturb(evaluate: Evaluate, bubblewrap: Sandbox, honest: str) -> None:
    noisy = "def load(path):\n    print('R' * 100_000, flush=True); os.write(1, b'L' * 100)"
    outcome = evaluate(honest.replace("def load(path):", noisy), bubblewrap)
    assert outcome.status == "valid"
    assert "RRR" not in outcome.log


READ_ALL = """
    import pathlib
    found = [path for path in {names!r} if pathlib.Path(path).is_file() and pathlib.Path(path).stat().st_size]
    print("readable:", len(found), found[:3])
"""


def test_held_out_files_are_empty_in_bubblewrap(
    evaluate: Evaluate, bubblewrap: Sandbox, honest: str, module: Module
) -> None:
    corpus = module("corpus")
    folder = Path(module("adapter").__file__).parent
    names = [str(path) for path in corpus.masked_files(corpus.running_stdlib())]
    names += [str(path) for path in module("masks").other_stdlibs(corpus.running_stdlib())]
    names += [str(folder / "files" / "pocket" / "record13.py"), str(folder / "adapter.py")]
    look = honest.replace("def train():", "def train():" + READ_ALL.format(names=names))
    assert "readable: 0 []" in evaluate(look, bubblewrap).log
    assert "readable: 0 []" not in evaluate(look, LocalSandbox()).log, "the look has teeth"


def test_the_library_still_works_around_the_masks(
    evaluate: Evaluate, bubblewrap: Sandbox, honest: str
) -> None:
    wide = "import json, logging, asyncio, unittest, http.client, multiprocessing, numpy, torch.optim\n"
    assert evaluate(wide + honest, bubblewrap).status == "valid"


def test_the_training_text_is_read_only_and_not_there_for_answers(
    evaluate: Evaluate, bubblewrap: Sandbox, honest: str
) -> None:
    write = "    open(path, 'ab').write(b'x')\n    with open"
    outcome = evaluate(honest.replace("    with open", write), bubblewrap)
    assert (outcome.status, outcome.flags) == ("crash", ())
    assert "/data/train.bin" in outcome.reason
    late = honest.replace("def load(path):", "def load(path):\n    open('/data/train.bin')")
    assert "/data/train.bin" in evaluate(late, bubblewrap).reason


def test_a_changed_training_text_is_flagged_where_nothing_stops_it(
    evaluate: Evaluate, honest: str, cache: Path, module: Module
) -> None:
    text = honest.replace(
        "    with open", "    os.chmod(path, 0o644); open(path, 'ab').write(b'x')\n    with open"
    )
    outcome = evaluate(text, LocalSandbox())
    assert outcome.status == "flagged"
    assert [flag.code for flag in outcome.flags] == ["tampered"]
    assert evaluate(honest, LocalSandbox()).status == "valid", "the text is made anew for the next one"


@pytest.mark.slow
def test_work_in_other_processes_counts(evaluate: Evaluate, sandbox: Sandbox, honest: str) -> None:
    burn = """def train():
    import time
    workers = []
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            if os.fork():
                os._exit(0)
            os.setsid()
            end = time.process_time() + 1.5
            while time.process_time() < end: pass
            open(f"done{os.getpid()}", "w").close()
            os._exit(0)
        os.waitpid(pid, 0)
    while len([name for name in os.listdir(".") if name.startswith("done")]) < 2: time.sleep(0.05)
"""
    plain = evaluate(honest, sandbox).metrics["cpu_seconds"]
    assert evaluate(honest.replace("def train():\n", burn), sandbox).metrics["cpu_seconds"] > plain + 2.4


def test_training_inside_load_counts(evaluate: Evaluate, bubblewrap: Sandbox, honest: str) -> None:
    late = honest.replace(
        "def load(path):",
        "def load(path):\n    import time\n    while time.process_time() < 6: pass",
    )
    outcome = evaluate(late, bubblewrap, answer_cpu_seconds=3.0)
    assert outcome.metrics["answer_cpu_seconds"] > 5.9
    assert "while answering" in outcome.reason
    charged = outcome.metrics["answer_cpu_seconds"] - 3.0
    assert outcome.metrics["cpu_seconds"] > charged + 0.3


def test_a_checkpoint_that_was_handed_in_is_not_used(
    evaluate: Evaluate, bubblewrap: Sandbox, honest: str, tmp_path: Path
) -> None:
    (tmp_path / "candidate").mkdir()
    (tmp_path / "candidate" / "checkpoint.pt").write_bytes(b"prepared before")
    nothing = honest.replace('torch.save(counts.log(), "checkpoint.pt")', "pass")
    assert "wrote no checkpoint.pt" in evaluate(nothing, bubblewrap).reason


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_checkpoint_is_a_plain_file(
    evaluate: Evaluate, bubblewrap: Sandbox, honest: str, kind: str
) -> None:
    make = {"link": "os.symlink('/etc/passwd', 'checkpoint.pt')", "pipe": "os.mkfifo('checkpoint.pt')"}[kind]
    outcome = evaluate(honest.replace('torch.save(counts.log(), "checkpoint.pt")', make), bubblewrap)
    assert (outcome.status, "not a plain file" in outcome.reason) == ("invalid", True)


def test_a_link_out_of_the_workspace_is_refused(evaluate: Evaluate, honest: str, tmp_path: Path) -> None:
    (tmp_path / "candidate").mkdir()
    (tmp_path / "candidate" / "data").symlink_to("/etc")
    outcome = evaluate(honest, LocalSandbox())
    assert (outcome.status, outcome.metrics) == ("invalid", {})
    assert [flag.code for flag in outcome.flags] == ["audit:link", "link_out"]


def test_a_big_checkpoint_is_refused(evaluate: Evaluate, bubblewrap: Sandbox, honest: str) -> None:
    assert "are allowed" in evaluate(honest, bubblewrap, checkpoint_bytes=1000).reason


def test_it_is_prepared_first(module: Module, rules: Any, tmp_path: Path) -> None:
    evaluator = module("evaluator").PocketEvaluator(rules)
    with pytest.raises(AgentkitError, match="prepare"):
        jobs = FolderJobs(tmp_path / "jobs", LocalSandbox())
        asyncio.run(evaluator.evaluate(Candidate(tmp_path, LocalSandbox(), 0, tmp_path, jobs=jobs)))


def test_preparing_twice_is_as_once(module: Module, rules: Any, cache: Path) -> None:
    evaluator = module("evaluator").PocketEvaluator(rules)
    first = evaluator.prepare(cache)
    (mount,) = first.mounts
    stamp = (mount.source / "train.bin").stat().st_mtime_ns
    assert evaluator.prepare(cache) == first
    assert (mount.source / "train.bin").stat().st_mtime_ns == stamp
    assert [path.name for path in mount.source.iterdir()] == ["train.bin"], "nothing held out lies beside it"
    assert (str(mount.target), mount.writable, first.network) == ("/data", False, False)
    assert first.variables["AGENTKIT_DATA"] == "/data"
    assert first.variables["OMP_NUM_THREADS"] == "1"
    assert math.isclose(first.limits.seconds or 0, rules.train_seconds)


def test_torch_is_not_imported_to_see_whether_it_is_there(module: Module, rules: Any) -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom agentkit.catalog import open_catalog\n"
        "from agentkit.evaluation.benchmarks import load_task\n"
        "task = load_task(open_catalog(), 'speedrun/record12')\n"
        "assert list(task.evaluator.lacks()) == []\nassert 'torch' not in sys.modules\n"
    )
    checkout = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
