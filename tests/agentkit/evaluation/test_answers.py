"""The harness's end of a child that answers: every kind of bytes that may come, and a real child."""

from __future__ import annotations

import asyncio
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from agentkit.contracts.sandbox import Channel, CommandResult, Environment, Limits
from agentkit.evaluation.answers import PROGRAM, Answerer, ModelFile, open_answerer
from agentkit.evaluation.asked_child import BadAnswer
from agentkit.sandboxes.local import LocalSandbox

TOKENS = np.arange(6, dtype=np.uint8).reshape(2, 3)
SHAPE = (2, 3, 4)


@dataclass
class ScriptedJob:
    """A child that says what was written down for it, whatever it is asked."""

    says: bytes
    hangs: bool = False
    """Instead of ending when it has said everything."""
    output: str = "its own words"
    heard: list[bytes] = field(default_factory=list)
    stopped: int = 0

    @property
    def channel(self) -> Channel:
        return self

    async def write(self, data: bytes) -> None:
        self.heard.append(data)

    async def read(self, count: int) -> bytes:
        data, self.says = self.says[:count], self.says[count:]
        if len(data) < count:
            if self.hangs:
                await asyncio.sleep(3600)
            raise EOFError
        return data

    async def wait(self) -> CommandResult:
        return CommandResult(status="failed", exit_code=3, output=self.output, seconds=1.0, cpu_seconds=0.5)

    async def stop(self) -> CommandResult:
        self.stopped += 1
        return await self.wait()


def logits_bytes(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bytes:
    return struct.pack(f"<cI{values.ndim}I", b"L", values.ndim, *values.shape) + values.tobytes()


def error_bytes(message: bytes) -> bytes:
    return struct.pack("<cI", b"E", len(message)) + message


def ask(
    job: ScriptedJob, *, secret: bool = False, seconds: float = 5.0
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return asyncio.run(Answerer(job).ask(TOKENS, 4, seconds=seconds, secret=secret))


GOOD = np.linspace(-1, 1, 24, dtype=np.float32).reshape(SHAPE)


def test_a_good_answer_comes_back_as_it_was_sent() -> None:
    job = ScriptedJob(logits_bytes(GOOD))
    np.testing.assert_array_equal(ask(job), GOOD)
    assert job.heard == [struct.pack("<cII", b"B", 2, 3) + TOKENS.tobytes()]
    wide = ScriptedJob(logits_bytes(GOOD))
    asyncio.run(Answerer(wide).ask(TOKENS.astype(np.int64), 4, seconds=5.0))
    assert wide.heard == [struct.pack("<cII", b"q", 2, 3) + TOKENS.astype(np.int64).tobytes()]


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        (logits_bytes(GOOD.reshape(3, 2, 4)), "wrong_shape"),
        (logits_bytes(GOOD.reshape(2, 12)), "wrong_shape"),
        (struct.pack("<cI", b"L", 2**32 - 1), "wrong_shape"),
        (struct.pack("<cI3I", b"L", 3, 2**31, 2**31, 2**31), "wrong_shape"),
        (logits_bytes(GOOD * np.float32(np.nan)), "not_finite"),
        (logits_bytes(np.full(SHAPE, np.inf, dtype=np.float32)), "not_finite"),
        (b"\x80\x04pickle", "protocol"),
        (error_bytes(b"Traceback\nValueError: no"), "crash"),
        (struct.pack("<cI", b"E", 2**32 - 1) + b"x" * 20_000, "crash"),
        (logits_bytes(GOOD)[:-1], "crash"),
        (b"", "crash"),
    ],
)
def test_anything_else_is_a_bad_answer(says: bytes, fault: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        ask(ScriptedJob(says))
    assert caught.value.fault == fault
    assert caught.value.reason


def test_one_wrong_number_among_many_is_found() -> None:
    values = GOOD.copy()
    values[1, 2, 3] = np.nan
    with pytest.raises(BadAnswer, match="finite"):
        ask(ScriptedJob(logits_bytes(values)))


def test_silence_ends_the_child() -> None:
    job = ScriptedJob(logits_bytes(GOOD)[:10], hangs=True)
    began = time.monotonic()
    with pytest.raises(BadAnswer, match=r"within 0\.05 s") as caught:
        ask(job, seconds=0.05)
    assert caught.value.fault == "timeout"
    assert job.stopped == 1
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("says", [error_bytes(b"ValueError: the text was: SECRET"), b""])
def test_a_child_that_saw_a_secret_is_not_quoted(says: bytes) -> None:
    """Else held-out text could travel through an error message into the next attempt."""
    with pytest.raises(BadAnswer) as hidden:
        ask(ScriptedJob(says, output="SECRET"), secret=True)
    assert "SECRET" not in hidden.value.reason + hidden.value.text
    with pytest.raises(BadAnswer) as shown:
        ask(ScriptedJob(says, output="SECRET"))
    assert "SECRET" in shown.value.reason + shown.value.text


def test_a_secret_stays_one() -> None:
    """Asked something known after something secret, it may still remember."""

    async def twice() -> BadAnswer:
        answerer = Answerer(ScriptedJob(logits_bytes(GOOD) + error_bytes(b"SECRET")))
        await answerer.ask(TOKENS, 4, seconds=5.0, secret=True)
        with pytest.raises(BadAnswer) as caught:
            await answerer.ask(TOKENS, 4, seconds=5.0, secret=False)
        return caught.value

    error = asyncio.run(twice())
    assert "SECRET" not in error.reason + error.text


SCRIPT = """
import os, sys, torch
print("printed while imported")
os.write(1, b"written to descriptor 1")

def load(checkpoint):
    print("printed inside load")
    assert sys.stdin.read() == ""
    bias = torch.tensor([float(each) for each in open(checkpoint)])
    return lambda tokens: tokens[..., None] + bias.double()

if __name__ == "__main__":
    raise SystemExit("the answering child must not train")
"""


@pytest.mark.real
def test_a_real_child_answers_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "model.txt").write_text("0.5\n1.5\n2.5\n3.5\n")

    async def talk() -> Answerer:
        environment = Environment(limits=Limits(seconds=120))
        model = ModelFile("train.py", "model.txt")
        async with open_answerer(LocalSandbox(), tmp_path, model, environment, load_seconds=100) as answerer:
            for tokens in (TOKENS, TOKENS.astype(np.int64), TOKENS + 200):
                logits = await answerer.ask(tokens, 4, seconds=100)
                expected = tokens[..., None].astype(np.float32) + np.array([0.5, 1.5, 2.5, 3.5])
                np.testing.assert_array_equal(logits, expected)
        return answerer

    answerer = asyncio.run(talk())
    assert answerer.result is not None
    assert answerer.result.cpu_seconds > 0
    assert "printed while imported" in answerer.result.output, "prints go to stderr, not into the channel"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("def load(checkpoint): raise ValueError('bad weights')", "ValueError: bad weights"),
        ("syntax error here", "SyntaxError"),
        ("import os\ndef load(checkpoint): os._exit(7)", "exit code 7"),
        ("x = 1", "no attribute 'load'"),
        ("raise SystemExit('leaving')", "SystemExit: leaving"),
    ],
)
def test_a_model_that_does_not_load(tmp_path: Path, script: str, reason: str) -> None:
    (tmp_path / "train.py").write_text(script)

    async def load() -> None:
        model = ModelFile("train.py", "model.txt")
        environment = Environment(limits=Limits(seconds=60))
        async with open_answerer(LocalSandbox(), tmp_path, model, environment, load_seconds=50):
            pass

    with pytest.raises(BadAnswer) as caught:
        asyncio.run(load())
    assert caught.value.fault == "crash"
    assert reason in caught.value.reason
    if "exit code" not in reason:
        assert caught.value.text.startswith("Traceback")


def test_a_load_that_hangs_is_ended(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import time\ndef load(checkpoint): time.sleep(3600)")

    async def load(load_seconds: float, seconds: float) -> None:
        model = ModelFile("train.py", "model.txt")
        environment = Environment(limits=Limits(seconds=seconds))
        async with open_answerer(LocalSandbox(), tmp_path, model, environment, load_seconds=load_seconds):
            pass

    for load_seconds, seconds in ((1.0, 60.0), (60.0, 1.0)):
        with pytest.raises(BadAnswer) as caught:
            asyncio.run(load(load_seconds, seconds))
        assert caught.value.fault == "timeout"


def test_the_childs_program_is_text_that_compiles() -> None:
    compile(PROGRAM.read_text(encoding="utf-8"), "answerer", "exec")
