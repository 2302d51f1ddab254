import math
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.toolbox.training_log import TrainingLog
from agentkit.toolbox.training_report import CHARS, loss_against, report, shared_curves

TRACE = (
    "[rank0]: Traceback (most recent call last):\n"
    + "".join(f'[rank0]:   File "/workspace/model_{n}.py", line {n}, in forward\n' for n in range(30))
    + "[rank0]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\n"
)
TOKENS = 800


def training(steps: int, turn: int) -> Iterator[bytes]:
    """The log of a run whose loss climbs from `turn` on, and which then dies."""
    luck = random.Random(0)
    for step in range(steps):
        climb = 3 * max(0, step - turn) / (steps - turn)
        loss = 3.2 + 7 * math.exp(-8 * step / turn) + climb + luck.gauss(0, 0.05)
        if step == turn // 2:
            loss = 0.125
        yield (
            f"step:{step}/{steps} train_loss:{loss:.4f} lr:0.00100 grad_norm:{luck.random():.3f} "
            f"train_time:{step * 81}ms step_avg:81.20ms\n"
        ).encode()
        if step % 500 == 0:
            yield b"warning: worker %d is slow\n" % step
    yield TRACE.encode()


def tokens(text: str) -> int:
    """A little more than it is: cl100k_base takes a token for 2.3 to 2.5 characters of such text."""
    return len(text) * 10 // 23


@pytest.mark.parametrize(
    ("steps", "megabytes"), [(12_000, 1), pytest.param(530_000, 50, marks=pytest.mark.slow)]
)
def test_a_long_log_in_few_tokens_still_tells_what_a_decision_needs(steps: int, megabytes: int) -> None:
    turn = steps * 3 // 4
    log = TrainingLog()
    for line in training(steps, turn):
        log.feed(line)
    log.finish()
    text = report(log)
    assert log.size >= megabytes * 1_000_000
    assert tokens(text) <= TOKENS
    last = log.curves["train_loss"].last
    assert f"last {last[1]:.4g} at {steps - 1}" in text
    assert f"lowest 0.125 at {turn // 2}" in text
    diverged = float(text.split("worse for good since step ")[1].split(",")[0])
    assert turn < diverged < turn + (steps - turn) // 2
    assert "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB." in text
    assert "Traceback (most recent call last)" in text
    curve = text.split("means by last step: ")[1].split("\n")[0]
    assert len(curve.split()) <= 40


@given(st.lists(st.text(max_size=300), max_size=30), st.lists(st.floats(), max_size=50))
def test_no_log_makes_it_long(lines: list[str], losses: list[float]) -> None:
    log = TrainingLog()
    log.feed("\n".join([*lines, *(f"step 1 loss: {each}" for each in losses)]).encode("utf-8", "replace"))
    log.finish()
    assert len(report(log)) <= CHARS


def test_the_validation_loss_comes_first_and_settings_are_no_curves() -> None:
    log = TrainingLog()
    for step in range(60):
        log.feed(b"step %d loss %d lr 0.1 acc=%d\n" % (step, 100 - step, step))
        if step % 10 == 0:
            log.feed(b"val_loss: %d\n" % (90 - step))
    text = report(log)
    assert text.index("val_loss: last") < text.index("\nloss: last")
    assert "also, last: lr 0.1, acc 59" in text


def test_a_run_is_compared_with_its_rival_at_the_same_step() -> None:
    def run(offset: float) -> TrainingLog:
        log = TrainingLog()
        for step in range(100):
            log.feed(f"step {step} loss {offset + 10 - step / 50} lr 0.1\n".encode())
        return log

    pair = shared_curves(run(2.0), run(0.0))
    assert pair is not None
    assert pair[0].name == "loss"
    lost = loss_against(*pair)
    assert lost is not None
    assert 0.2 < lost < 0.3
    assert shared_curves(run(0.0), TrainingLog()) is None
