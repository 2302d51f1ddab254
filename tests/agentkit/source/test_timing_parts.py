"""Which statements belong to the timing of a script."""

from __future__ import annotations

import pytest

from agentkit.source.statements import read_program
from agentkit.source.timing_parts import timing_parts


def lines(text: str) -> list[tuple[int, str]]:
    """(line, weight) of each part."""
    return [(part.line, part.weight) for _, part in timing_parts(read_program(text))]


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "import time as t\nt.perf_counter_ns()",
        "from time import monotonic as now\nnow()",
        "import torch\ntorch.cuda.synchronize()",
        "import torch\nstart = torch.cuda.Event(enable_timing=True)",
        "x = 1\nstart.elapsed_time(end)",
        "from timeit import default_timer\ndefault_timer()",
    ],
)
def test_clocks(text: str) -> None:
    assert lines(text) == [(2, "light")]


@pytest.mark.parametrize(
    "text",
    ["import time\ntime.sleep(1)", "import time\ntime.ctime()", "x = 1\nx.time()", "x = 1\nmy.time.time()"],
)
def test_what_is_no_clock(text: str) -> None:
    assert lines(text) == []


def test_a_reading_is_followed_to_where_it_is_shown() -> None:
    text = (
        "import time\nspent = 0\nbegan = time.time()\nother = 3\nspent += 1000 * (time.time() - began)\n"
        "seconds = spent / 1000\nminutes = seconds / 60\nprint(f'train_time:{minutes}')\nprint(other)\n"
    )
    assert [line for line, _ in lines(text)] == [2, 3, 5, 6, 7, 8]


def test_what_is_shown_is_followed_back() -> None:
    assert [line for line, _ in lines("a = 1\nb = 2\nprint(f'train_time:{b}ms')\n")] == [2, 3]


def test_what_prints_it_belongs_to_it_if_it_is_the_scripts_own() -> None:
    text = (
        "def log(text):\n    print(text)\ndef other(text):\n    print(text)\n"
        "log(f'train_time:{t}')\nother(1)\n"
    )
    assert [line for line, _ in lines(text)] == [1, 2, 5]


def test_work_is_marked_once_between_the_parts_and_through_calls() -> None:
    text = (
        "import time\ndef step():\n    inner()\ndef inner():\n    loss.backward()\n    optimizer.step()\n"
        "step()\nstep()\nt = time.time()\nstep()\nprint(f'train_time:{t}')\n"
    )
    assert [line for line, _ in lines(text)] == [7, 9, 10, 11]


@pytest.mark.parametrize(
    "text",
    ["time.time = fake", "time = Fake()", "def time(): pass", "def f():\n    global time\n    time = 0"],
)
def test_a_clock_that_is_replaced_weighs_everywhere(text: str) -> None:
    found = lines(f"import time\nt = time.time()\n{text}\n")
    assert [weight for _, weight in found if weight == "everywhere"] == ["everywhere"]
