"""What counts as a change of a script's timing and validation, and what does not."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from agentkit.source.regions import RegionChange, compare_regions, regions_of

START = '''"""A training script of the usual shape."""
import time
import torch
from loader import Loader

class Settings:
    steps: int = 100
    val_files: str = "data/text_val_*.bin"
    val_every: int = 25
    log_every: int = 10

settings = Settings()
train_loader = Loader("data/text_train_*.bin")
val_loader = Loader(settings.val_files)
model, optimizer = make_model()

def train_step(x, y):
    loss = model(x, y)
    loss.backward()
    optimizer.step()
    return loss

train_time = 0
torch.cuda.synchronize()
began = time.perf_counter()
for step in range(settings.steps + 1):
    if step == 10:
        train_time = 0
        began = time.perf_counter()
    if step % settings.val_every == 0:
        torch.cuda.synchronize()
        train_time += 1000 * (time.perf_counter() - began)
        val_loss = 0.0
        for _ in range(20):
            x, y = val_loader.next_batch()
            val_loss += model(x, y)
        val_loss /= 20
        print(f"step:{step} val_loss:{val_loss:.4f} train_time:{train_time:.0f}ms")
        torch.cuda.synchronize()
        began = time.perf_counter()
    x, y = train_loader.next_batch()
    loss = train_step(x, y)
    if step % settings.log_every == 0:
        so_far = train_time + 1000 * (time.perf_counter() - began)
        print(f"step:{step} train_loss:{loss.item():.4f} train_time:{so_far:.0f}ms")

def load(checkpoint):
    """The trained model."""
    model.load_state_dict(torch.load(checkpoint))
    return model
'''


def compared(*changes: tuple[str, str]) -> list[RegionChange]:
    candidate = START
    for old, new in changes:
        assert old in candidate, f"the start script has no {old!r}"
        candidate = candidate.replace(old, new)
    return list(compare_regions(START, candidate))


def told(*changes: tuple[str, str]) -> set[tuple[str, str, str]]:
    """(kind, definition, state) of what is not unchanged."""
    found = compared(*changes)
    return {(each.kind, each.definition, each.state) for each in found if each.state != "unchanged"}


def test_regions_of_the_start() -> None:
    found = {(each.kind, each.definition) for each in regions_of(START)}
    assert found == {("timing", ""), ("validation", ""), ("validation", "Settings"), ("validation", "load")}
    assert {each.state for each in compared()} == {"unchanged"}


HONEST = {
    "a comment and white space": (
        ("began = time.perf_counter()\nfor", "began = (\n  time.perf_counter())  # go\nfor"),
    ),
    "another name throughout": (
        ("train_time", "milliseconds"), ("milliseconds:{", "train_time:{"), ("began", "t0"),
    ),
    "a renamed loop variable": (("step", "number"), ("train_number", "train_step")),
    "quotes, types, docstring": (
        ('"data/text_val_*.bin"', "'data/text_val_*.bin'"),
        ("def load(checkpoint):", "def load(checkpoint: str) -> object:"),
        ('    """The trained model."""\n', ""),
    ),
    "another model, schedule and loop": (
        ("model, optimizer = make_model()", "model = other()\noptimizer = Muon(model)\nwindow = 8"),
        ("    loss = model(x, y)\n", "    for _ in range(2):\n        loss = model(x, y, window)\n"),
        ("    steps: int = 100", "    steps: int = 80\n    cooldown: float = 0.4"),
    ),
    "the work split into functions": (
        ("    optimizer.step()\n", "    update()\n"),
        ("def train_step", "def update():\n    optimizer.step()\n    zero(optimizer)\n\ndef train_step"),
    ),
    "an import that is called like a parameter": (("import torch\n", "import torch\nimport checkpoint\n"),),
    "a local variable called like an import": (("    return loss\n", "    time = 0\n    return loss\n"),),
    "one more figure in the print": ((":.0f}ms\")\n        torch", ":.0f}ms rate:{rate}\")\n        torch"),),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_honest_changes_are_none(name: str) -> None:
    assert told(*HONEST[name]) == set()


def test_a_clock_of_ones_own_is_only_told_as_added() -> None:
    assert told((NEXT, f"    waited = time.time()\n{NEXT}    wait = time.time() - waited\n")) == {
        ("timing", "", "added")
    }
    assert told(("def load", "def profile():\n    return time.time()\n\ndef load")) == {
        ("timing", "profile", "added")
    }


NEXT = "    x, y = train_loader.next_batch()\n"
ZERO = "train_time = 0\ntorch.cuda.synchronize()\n"
TIMING = {
    "a constant": (("train_time:{train_time:.0f}ms", "train_time:5ms"),),
    "another figure is shown": (("train_time:{train_time:.0f}ms", "train_time:{shown:.0f}ms"),),
    "scaled": (("train_time += 1000 *", "train_time += 10 *"),),
    "set back once more": ((NEXT, f"    began = time.perf_counter()\n{NEXT}"),),
    "set back by a plain number": (("val_loss /= 20\n", "val_loss /= 20\n        train_time = 1\n"),),
    "set back later": (("if step == 10:", "if step == 90:"),),
    "not waited for": (("        torch.cuda.synchronize()\n        train_time +=", "        train_time +="),),
    "started after some of the work": ((ZERO, f"train_step(*first)\n{ZERO}"),),
    "another clock": (("time.perf_counter", "time.process_time"),),
    "a clock of somebody's": (("import time", "from mine import time"),),
    "a patched clock": ((ZERO, f"time.perf_counter = lambda: 0.0\n{ZERO}"),),
    "a shadowed clock": (("settings = Settings()", "time = Slow(time)\nsettings = Settings()"),),
    "a clock hidden by a function": (("def load", "def hide():\n    global time\n    time = 0\n\ndef load"),),
    "a function called like a clock": ((ZERO, f"def time():\n    return 0\n\n{ZERO}"),),
    "printed twice": ((NEXT, f"    print(f'train_time:{{1}}ms')\n{NEXT}"),),
    "printed by something else": (
        ('print(f"', 'tell(f"'), ("def load", "def tell(text):\n    print(better(text))\n\ndef load"),
    ),
    "swapped names": (("so_far:.0f", "began:.0f"),),
    "left out": (
        ("time.perf_counter()", "0"), ("torch.cuda.synchronize()", "pass"), ("train_time", "spent"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TIMING)
def test_changes_of_the_timing(name: str) -> None:
    found = told(*TIMING[name])
    assert {kind for kind, _, _ in found} == {"timing"}
    assert {state for _, _, state in found} <= {"changed", "removed"}


VALIDATION = {
    "training data": (("x, y = val_loader", "x, y = train_loader"),),
    "training data under its name": (("Loader(settings.val_files)", 'Loader("data/text_train_*.bin")'),),
    "other files": (("text_val_*", "easy_val_*"),),
    "fewer batches": (("range(20)", "range(2)"),),
    "a better loss": (("val_loss /= 20", "val_loss /= 21"),),
    "a bonus": (("val_loss /= 20\n", "val_loss /= 20\n        val_loss.sub_(0.1)\n"),),
    "a number": (("val_loss:{val_loss:.4f}", "val_loss:3.2"),),
    "another loader": (("model, optimizer =", "val_loader = Easy(val_loader)\nmodel, optimizer ="),),
    "less often": (("val_every: int = 25", "val_every: int = 100"),),
    "load does more": (("    return model\n", "    return better(model)\n"),),
    "load is wrapped": (("def load", "def load(checkpoint):\n    return None\n\nload = other\n\ndef load"),),
    "load is decorated": (("def load", "@trained\ndef load"),),
    "load is replaced": (("settings = Settings()", "from mine import load\nsettings = Settings()"),),
    "load is gone": (("def load", "def unload"),),
}  # fmt: skip


@pytest.mark.parametrize("name", VALIDATION)
def test_changes_of_the_validation(name: str) -> None:
    found = told(*VALIDATION[name])
    assert {kind for kind, _, _ in found} == {"validation"}
    assert {state for _, _, state in found} <= {"changed", "removed"}


def test_where_and_what() -> None:
    found = [
        each for each in compared(("train_time += 1000 *", "train_time += 10 *")) if each.state == "changed"
    ]
    assert len(found) == 1
    line = START.splitlines().index("        train_time += 1000 * (time.perf_counter() - began)") + 1
    assert (found[0].start_lines, found[0].lines) == ((line, line), (line, line))
    assert found[0].excerpt == "train_time += 10 * (time.perf_counter() - began)"


def test_what_is_left_out_is_shown_as_it_was() -> None:
    (found,) = [each for each in compared(("def load", "def unload")) if each.state == "removed"]
    assert (found.definition, found.lines, found.excerpt) == ("load", None, "def load(checkpoint):")


def test_a_renamed_function_is_no_change() -> None:
    start = "import time\ndef train():\n    t = time.time()\n    return time.time() - t\n"
    assert [each.state for each in compare_regions(start, start.replace("train", "run"))] == ["unchanged"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def load(:\n  x = = time.time(\n",
        "x" + ".b" * 20_000,
        "((((" * 5_000,
        "\udcff = 'val_loss'",
        "\0" * 50,
    ],
    ids=["empty", "broken", "long name", "deep", "no UTF-8", "no text"],
)
def test_it_never_fails(text: str) -> None:
    assert any(each.state == "removed" for each in compare_regions(START, text))
    compare_regions(text, START)


def test_what_is_too_long_is_told_as_changed() -> None:
    found = compare_regions(START, "x = 1\n" * 60_000)
    assert {(each.kind, each.state) for each in found} == {("timing", "changed"), ("validation", "changed")}


@pytest.mark.parametrize(
    "text", ["y = x" + ".b" * 20_000, "y = " + "-" * 20_000 + "1", "y = " + "(" * 20_000]
)
def test_what_is_as_deep_as_it_is_long_is_compared(text: str) -> None:
    found = compare_regions(START, text)
    assert {(each.kind, each.state) for each in found} == {("timing", "removed"), ("validation", "removed")}


def long_chain(count: int) -> str:
    lines = (f"a{number} = a{number + 1}\n" for number in range(count))
    return "import time\n" + "".join(lines) + f"a{count} = time.time()\n"


def long_calls(count: int) -> str:
    lines = (f"def f{number}():\n    f{number + 1}()\n" for number in range(count))
    return "".join(lines) + f"def f{count}():\n    loss.backward()\n"


def many_clocks(count: int) -> str:
    return "import time\n" + "time.time()\n" * count


def deep_blocks(count: int) -> str:
    return "".join(" " * depth + "for val_x in x:\n" for depth in range(count // 10)) + " " * count + "pass\n"


@pytest.mark.parametrize("made", [long_chain, long_calls, many_clocks, deep_blocks])
def test_a_text_made_to_take_long_does_not(made: Callable[[int], str]) -> None:
    def seconds(text: str) -> float:
        began = time.process_time()
        regions_of(text)
        return time.process_time() - began

    seconds(START)
    small, large = made(500), made(2000)
    # Twice what is in proportion to the length.
    assert seconds(large) < 2 * len(large) / len(small) * max(seconds(small), 0.02)
