"""Whole evaluations in real sandboxes: honest kernels, broken ones, and those that cheat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.errors import BrokenPlugin, RunProblem
from agentkit.evaluation.kernels.evaluator import KernelEvaluator, cpu_excess
from agentkit.evaluation.kernels.problem import Work

pytestmark = pytest.mark.real

Evaluate = Callable[..., Outcome]

FAST = "import numpy as np\ndef kernel(x):\n    return np.tanh(x)\n"
SAME = """import numpy as np
def kernel(x):
    out = np.empty(x.shape, x.dtype)
    for row in range(len(x)):
        out[row] = np.tanh(x[row])
    return out
"""


def codes(outcome: Outcome) -> set[str]:
    return {each.code for each in outcome.flags}


def test_an_honest_gain_is_measured(bench: Evaluate) -> None:
    outcome = bench(FAST)
    assert (outcome.status, outcome.trust) == ("valid", "verified"), outcome.reason
    assert outcome.isolation in ("bubblewrap", "local")
    assert not {code for code in codes(outcome) if code.startswith("audit:")}
    figures = outcome.metrics
    assert 1 < figures["speedup_lo"] <= figures["speedup"] <= figures["speedup_hi"]
    assert 0 < figures["seconds"] < figures["baseline_seconds"]
    assert figures["transport_seconds"] > 0
    assert 0 <= figures["error_ratio"] <= 1
    assert figures["calls"] > 20


def test_the_baseline_itself_has_about_one(walled: Evaluate) -> None:
    outcome = walled(SAME, calls=(15, 15))
    assert outcome.status == "valid", outcome.reason
    assert outcome.metrics["speedup_lo"] < 1.4
    assert outcome.metrics["speedup_hi"] > 0.7


CHEATS = {
    "keeps answers by size": (
        "import numpy as np\nkept = {}\ndef kernel(x):\n"
        "    return kept.setdefault((x.shape, x.dtype.name), np.tanh(x))\n",
        "invalid", "wrong values", "",
    ),
    "keeps answers by address": (
        "import numpy as np\nkept = {}\ndef kernel(x):\n"
        "    place = x.__array_interface__['data'][0] // 2**20, x.shape, x.dtype.name\n"
        "    return kept.setdefault(place, np.tanh(x))\n",
        "invalid", "wrong values", "",
    ),
    "is right at first only": (
        "import numpy as np\ncalls = []\ndef kernel(x):\n    calls.append(1)\n"
        "    return np.tanh(x) if len(calls) < 6 else np.empty(x.shape, x.dtype)\n",
        "invalid", "wrong values", "",
    ),
    "is right for large sizes only": (
        "import numpy as np\ndef kernel(x):\n"
        "    return np.tanh(x) if x.size > 2000 else np.zeros(x.shape, x.dtype)\n",
        "invalid", "wrong values", "",
    ),
    "has less precision": (
        "import numpy as np\ndef kernel(x):\n    return np.tanh(x.astype('float16')).astype(x.dtype)\n",
        "invalid", "the error against float64", "",
    ),
    "writes to its input": (
        "import ctypes, numpy as np\ndef kernel(x):\n    out = np.tanh(x)\n"
        "    ctypes.memset(x.__array_interface__['data'][0], 0, 4)\n    return out\n",
        "flagged", "wrote to its input", "input_written",
    ),
    "forges an answer": (
        "import sys, numpy as np\ndef kernel(x):\n"
        "    sys._getframe(2).f_locals['answers'].write(b'D' + bytes(8))\n    return np.tanh(x)\n",
        "flagged", "does not belong", "forged_answer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_gets_no_score(walled: Evaluate, name: str) -> None:
    text, status, words, code = CHEATS[name]
    outcome = walled(text)
    assert (outcome.status, outcome.trust) == (status, "verified"), outcome.reason
    assert words in outcome.reason
    assert not code or code in codes(outcome)


def test_work_in_other_threads_wins_nothing(walled: Evaluate) -> None:
    """They work between the calls, too; on a full machine their CPU time alone may not tell."""
    outcome = walled(
        "import threading, numpy as np\nbuffer = np.ones(100_000)\n"
        "def burn():\n    while True: np.sqrt(buffer, out=buffer)\n"
        "for _ in range(3): threading.Thread(target=burn, daemon=True).start()\n"
        "def kernel(x):\n    return np.tanh(x)\n"
    )
    assert {"threads", "audit:background_thread"} <= codes(outcome)
    assert outcome.status == "invalid", outcome.reason
    assert "worked between calls" in outcome.reason or "3 threads running" in outcome.reason


def test_threads_that_only_wait_are_refused_too(walled: Evaluate) -> None:
    """CPU time says nothing about them: what decides is that they are there."""
    outcome = walled(
        "import threading, time, numpy as np\n"
        "for _ in range(3): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        "def kernel(x):\n    return np.tanh(x)\n"
    )
    assert outcome.status == "invalid"
    assert outcome.reason == "the kernel left 3 threads running; its own is all it may have"


def test_what_cpu_time_is_allowed(walled: Evaluate) -> None:
    rules = walled.evaluator(cpu_share=1.2, cpu_slack=0.5).rules  # type: ignore[attr-defined]
    assert cpu_excess(10.0, rules) == pytest.approx(2.5)


def test_a_file_that_is_not_there_or_not_plain(walled: Evaluate, tmp_path: Path) -> None:
    outcome = walled(None)
    assert outcome.status == "invalid"
    assert outcome.reason == "nothing to measure: no kernel.py"
    (tmp_path / "candidate" / "kernel.py").symlink_to(tmp_path / "baseline.py")
    outcome = walled(None)
    assert outcome.status == "invalid"
    assert "not a plain file" in outcome.reason
    assert "audit:link" in codes(outcome)


def test_nothing_but_the_kernel_crosses(walled: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "candidate").mkdir()
    for name in ("sitecustomize.py", "conftest.py", "numpy.py", "extra.py"):
        (tmp_path / "candidate" / name).write_text("raise SystemExit(3)")
    assert walled(FAST).status == "valid"
    outcome = walled("import extra\n" + FAST)
    assert (outcome.status, "No module named 'extra'" in outcome.reason) == ("crash", True)
    assert {"audit:startup_file"} <= codes(outcome)


def test_the_reference_is_not_in_the_childs_process_or_files(walled: Evaluate) -> None:
    """It looks for everything that this test and the evaluator hold, and finds nothing."""
    outcome = walled(
        "import gc, os, sys\nimport numpy as np\n"
        "def kernel(x):\n"
        "    names = {getattr(each, '__name__', '') for each in gc.get_objects()}\n"
        "    assert not {'KernelEvaluator', 'KernelProblem', 'tanh_reference'} & names\n"
        "    assert not [name for name in sys.modules if name.startswith('agentkit')]\n"
        "    assert sorted(os.listdir('.')) == ['kernel.py'], os.listdir('.')\n"
        "    assert os.listdir('/exchange') == ['data']\n"
        "    return np.tanh(x)\n"
    )
    assert outcome.status == "valid", outcome.reason


def test_faster_than_the_machine_can_be_is_flagged(walled: Evaluate) -> None:
    """By a task that declares absurdly much work: no honest clock could show so little time for it."""
    walled.problem = type(walled.problem)(  # type: ignore[attr-defined]
        **{**vars(walled.problem), "work": lambda sizes, width: Work(bytes=1e15)}  # type: ignore[attr-defined]
    )
    outcome = walled(FAST)
    assert (outcome.status, "beyond_machine" in codes(outcome)) == ("flagged", True)
    assert outcome.metrics["speedup"] > 0


def test_a_great_gain_is_shown_to_a_reader(walled: Evaluate) -> None:
    outcome = walled(FAST, review_speedup=1.01)
    assert (outcome.status, "speedup_review" in codes(outcome)) == ("valid", True)


def test_files_of_the_task_are_compared_before_and_after(bench: Evaluate, tmp_path: Path) -> None:
    """Where the candidate cannot have reached them, somebody else changed them: no attempt is blamed."""
    evaluator: KernelEvaluator = bench.evaluator()  # type: ignore[attr-defined]
    (tmp_path / "candidate").mkdir()
    (tmp_path / "candidate" / "kernel.py").write_text(FAST)
    reference = evaluator.problem.reference
    baseline = tmp_path / "baseline.py"

    def meanwhile(x: object) -> object:
        baseline.write_text(SAME + "# slower\n")
        return reference(x)

    evaluator.problem = type(evaluator.problem)(**{**vars(evaluator.problem), "reference": meanwhile})
    if bench.sandbox.name == "local":  # type: ignore[attr-defined]
        outcome = bench.run(evaluator)  # type: ignore[attr-defined]
        assert (outcome.status, "tampered" in codes(outcome)) == ("flagged", True)
    with pytest.raises(RunProblem, match="decides the score changed"):
        bench.run(evaluator)  # type: ignore[attr-defined]


def test_a_baseline_that_fails_is_the_tasks_fault(walled: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "baseline.py").write_text("raise KeyError('broken')\n")
    with pytest.raises(BrokenPlugin, match="broken"):
        walled(FAST)
    (tmp_path / "baseline.py").write_text("def kernel(x): return x / 0 if x.size < 2000 else None\n")
    with pytest.raises(BrokenPlugin, match="baseline"):
        walled(FAST)


def test_a_child_that_hangs_or_ends(walled: Evaluate) -> None:
    assert walled("import time\ndef kernel(x): time.sleep(60)\n", answer_seconds=2.0).status == "timeout"
    assert walled("import time\ntime.sleep(60)\n", load_seconds=2.0).status == "timeout"
    outcome = walled("import os\ndef kernel(x): print('bye'); os._exit(0)\n")
    assert (outcome.status, "bye" in outcome.log) == ("crash", True)
