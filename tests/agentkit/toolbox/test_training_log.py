import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.toolbox.training_log import TrainingLog

LINES = [
    b"step:100/5960 train_loss:3.4 val_loss:3.5 train_time:12345ms step_avg:81.2ms\n",
    b"iter 10: loss 2.3451, time 123.45ms, mfu 12.5%\n",
    b'{"step": 7, "loss": 1e-3, "lr": 6e-4}\n',
    b"\r 10%|#   | 1/10 loss=2.5\r 20%|##  | 2/10 loss=2.4\n",
    b"epoch 3: acc=0.91\n",
    b"loss: nan\n",
    b"[rank0]: Traceback (most recent call last):\n",
    b'[rank0]:   File "train.py", line 3, in <module>\n',
    b"[rank0]: RuntimeError: CUDA out of memory\n",
    b"\xff\x00 no text at all " + b"x" * 5000 + b"\n",
    b"no newline at the end",
]


def read(*pieces: bytes) -> TrainingLog:
    log = TrainingLog()
    for piece in pieces:
        log.feed(piece)
    log.finish()
    return log


def state(log: TrainingLog) -> str:
    """`repr`, since NaN is not equal to itself."""
    return repr((log.lines, log.size, log.curves, log.clocks, log.step, log.trace, log.errors, log.last))


@given(st.lists(st.sampled_from(LINES), max_size=12), st.lists(st.integers(0, 6000), max_size=8))
def test_it_does_not_matter_how_the_bytes_were_split(lines: list[bytes], cuts: list[int]) -> None:
    data = b"".join(lines)
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[first:last] for first, last in zip(bounds, bounds[1:], strict=False)]
    assert state(read(*pieces)) == state(read(data))


@given(st.binary(max_size=3000))
def test_any_bytes_are_read(data: bytes) -> None:
    log = read(data)
    assert log.size == len(data)
    assert len(log.curves) <= 24


@pytest.mark.parametrize(
    ("line", "step", "figures"),
    [
        (LINES[0], 100, {"train_loss": 3.4, "val_loss": 3.5}),
        (LINES[1], 10, {"loss": 2.3451, "mfu": 12.5}),
        (LINES[2], 7, {"loss": 0.001, "lr": 0.0006}),
        (LINES[4], None, {"acc": 0.91}),
        (b"{'loss': 0.25, 'epoch': 1.5, 'step': 3}", 3, {"loss": 0.25}),
        (b"2026-01-01T12:00:00Z INFO step=1,000 x", 1000, {}),
        (b"iter 12,345,678: loss 1,024.5, tokens=3,1", 12_345_678, {"loss": 1024.5, "tokens": 3}),
        (b"betas=0.9,0.999 window=1,0000 step=7,89,000", 7, {"betas": 0.9, "window": 1}),
        (b"step=1_000 loss=-inf", 1000, {"loss": -math.inf}),
        (b"version: 1.2.3 mem: 3GB info: none", None, {}),
        (b"train/loss = 4.5e+1, grad_norm=.5", None, {"train/loss": 45.0, "grad_norm": 0.5}),
    ],
)
def test_figures_are_read_as_they_are_written(
    line: bytes, step: float | None, figures: dict[str, float]
) -> None:
    log = read(line)
    assert log.step == step
    assert {name: curve.last[1] for name, curve in log.curves.items()} == figures


def test_times_come_in_seconds_and_are_no_curves() -> None:
    assert read(LINES[0]).clocks == {"train_time": pytest.approx(12.345), "step_avg": pytest.approx(0.0812)}
    assert read(LINES[1]).clocks == {"time": pytest.approx(0.12345)}


def test_a_bar_that_redraws_its_line_gives_each_of_its_values() -> None:
    curve = read(LINES[3]).curves["loss"]
    assert (curve.count, curve.best[1]) == (2, 2.4)


def test_a_line_without_a_step_belongs_to_the_last_one_that_was_named() -> None:
    log = read(b"step 5 loss 3.0\nval_loss: 2.9\n")
    assert log.curves["val_loss"].last == (5.0, 2.9)


def test_the_last_traceback_is_kept_and_errors_alike_are_counted_together() -> None:
    log = read(*LINES[6:9], b"step 1 loss 2\n", *[b"worker %d: NCCL error 3\n" % each for each in range(50)])
    assert log.traces == 1
    assert log.trace[0].endswith("(most recent call last):")
    assert log.trace[-1] == "[rank0]: RuntimeError: CUDA out of memory"
    assert ("worker 0: NCCL error 3", 50) in log.errors.values()


def test_a_word_without_end_costs_no_more_than_its_length() -> None:
    began = time.process_time()
    read(*[b"a/" * 900 + b"\n"] * 300, b"b" * 3_000_000)
    assert time.process_time() - began < 10
