"""One child in a sandbox: what it is asked, what the clock holds, and what cannot be faked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentkit.contracts.sandbox import Environment, Limits, Sandbox
from agentkit.evaluation.asked_child import BadAnswer
from agentkit.evaluation.kernels.asking import ECHO, SCRIPT, Answered, KernelChild, open_kernel
from agentkit.evaluation.kernels.exchange import capacity_for
from agentkit.evaluation.kernels.inputs import lay

pytestmark = pytest.mark.real

SHAPE = (40, 30)
ENVIRONMENT = Environment(limits=Limits(seconds=120))
Ask = Callable[..., list[Answered]]


@pytest.fixture
def ask(tmp_path: Path, sandbox: Sandbox) -> Ask:
    """Ask a kernel `times` times; with `then` something is done with the child afterwards."""

    async def run(text: str | None, times: int, seconds: float, then: Any) -> list[Answered]:
        (tmp_path / SCRIPT).write_text(text or "")
        capacity = capacity_for([4800, 4800])
        script = SCRIPT if text is not None else ECHO
        rng = np.random.default_rng(1)
        found = []
        async with open_kernel(sandbox, tmp_path, script, ENVIRONMENT, capacity, 60.0) as child:
            for _ in range(times):
                inputs = [lay(rng.standard_normal(SHAPE, dtype=np.float32), "strided", rng)]
                inputs = [lay(inputs[0].view.copy(), "plain", rng)]
                answered = await child.ask(inputs, SHAPE, "float32", rng, seconds)
                found.append(answered)
                if text is not None and "honest" in text:
                    assert np.array_equal(answered.output, inputs[0].view + 1)
            if then:
                await then(child)
        return found

    def start(text: str | None, times: int = 3, seconds: float = 30.0, then: Any = None) -> list[Answered]:
        return asyncio.run(run(text, times, seconds, then))

    return start


def test_an_honest_kernel(ask: Ask) -> None:
    async def count(child: KernelChild) -> None:
        assert await child.count_threads(30.0) >= 1
        assert child.busy_seconds > 0

    found = ask("def kernel(x): return x + 1  # honest", then=count)
    assert all(each.changed == () and 0 < each.seconds < 30 for each in found)


def test_the_echo_answers_zeros(ask: Ask) -> None:
    assert all(not each.output.any() for each in ask(None))


def test_the_clock_holds_the_whole_call_whatever_the_child_does_to_its_own(ask: Ask) -> None:
    text = """
import time
sleep = time.sleep
for name in ("time", "perf_counter", "monotonic", "clock_gettime", "sleep"):
    setattr(time, name, lambda *a: 0)
def kernel(x):
    sleep(0.3)
    return x + 1
"""
    assert all(each.seconds >= 0.3 for each in ask(text))


def test_work_put_off_is_missing_from_the_output(ask: Ask) -> None:
    """An answer before the work is done: the output is copied at once, and still holds NaN."""
    text = """
import os, sys, threading, time
import numpy as np
def kernel(x):
    frame = sys._getframe(2).f_locals
    frame["answers"].write(b"D" + bytes.fromhex(frame["question"]["nonce"]))
    frame["answers"].flush()
    time.sleep(0.2)
    return x + 1
"""
    (found,) = ask(text, times=1)
    assert np.isnan(found.output).all()


def test_an_answer_to_another_question_is_none(ask: Ask) -> None:
    text = """
import sys
def kernel(x):
    sys._getframe(2).f_locals["answers"].write(b"D" + bytes(8))
    return x + 1
"""
    with pytest.raises(BadAnswer) as caught:
        ask(text)
    assert caught.value.fault == "protocol"


@pytest.mark.parametrize("cheat", ["os.truncate(path, 0); os._exit(0)", "os.truncate(path, 64)"])
def test_cutting_the_file_harms_only_the_child(ask: Ask, cheat: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        ask(f"import os, sys\ndef kernel(x):\n    path = sys.argv[2]\n    {cheat}\n    return x + 1")
    assert caught.value.fault in ("crash", "protocol")


def test_an_input_that_is_written_to_is_seen(ask: Ask) -> None:
    text = """
import ctypes
def kernel(x):
    out = x + 1
    ctypes.memset(x.__array_interface__["data"][0], 0, 4)
    return out
"""
    assert [each.changed for each in ask(text)] == [(1,)] * 3


def test_prints_and_leftovers_do_not_disturb(ask: Ask) -> None:
    ask("import os\ndef kernel(x):\n    print('D' * 50); os.write(1, b'R')\n    return x + 1  # honest")


@pytest.mark.parametrize(
    ("text", "fault", "words"),
    [
        ("import time\ndef kernel(x): time.sleep(60)", "timeout", "kernel() did not answer within 2 s"),
        ("import os\ndef kernel(x): os._exit(7)", "crash", "exit code 7"),
        ("raise ValueError('no')", "crash", "ValueError: no"),
        ("def kernel(x): raise KeyError('there')", "crash", "KeyError: 'there'"),
    ],
)
def test_mistakes_are_told(ask: Ask, text: str, fault: str, words: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        ask(text, seconds=2.0)
    assert caught.value.fault == fault
    assert words in caught.value.reason
