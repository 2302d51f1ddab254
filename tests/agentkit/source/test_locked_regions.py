from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.locked_regions import changed_parts, newly_changed

PYTHON = """\
class Model:
    @cached
    def loss(self, x):
        return x

    def other(self):
        return 1


def loss(x):
    return 2
"""
CUDA = """\
namespace timing_of {
float measure(int n) {
  return n;
}
}
__global__ void kernel(float* y) { y[0] = 1; }
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("return x", "return 0", "Model.loss (changed: return 0)"),
        ("@cached", "@traced", "Model.loss (changed: @traced)"),
        ("def loss(self", "def losses(self", "Model.loss (removed)"),
        ("return 1", "return 3", ""),
        ("return 2", "return 3", ""),
        ("    @cached\n", "    # why\n\n    @cached\n", ""),
    ],
)
def test_a_definition_is_known_by_its_whole_name(old: str, new: str, told: str) -> None:
    found = newly_changed(PYTHON, PYTHON.replace(old, new, 1), [PYTHON], ["Model.loss"], "m.py")
    assert found == ([told] if told else [])


def test_definitions_of_cuda_and_texts_that_no_grammar_reads() -> None:
    changed = CUDA.replace("return n", "return 0").replace("= 1", "= 2")
    parts = ["timing_of.measure", "kernel"]
    assert set(changed_parts(changed, CUDA, parts, "k.cu")) == set(parts)
    assert changed_parts(changed, CUDA, parts, "k.txt") == {}


def test_a_part_may_be_as_in_any_of_the_tasks_texts() -> None:
    other = PYTHON.replace("return x", "return 5")
    assert newly_changed(PYTHON, other, [PYTHON, other], ["Model.loss"], "m.py") == []
    assert newly_changed(None, "", [PYTHON, other], ["Model.loss"], "m.py") == ["Model.loss (removed)"]
    assert newly_changed(PYTHON, other, [], ["Model.loss"], "m.py") == []


@given(st.text(alphabet="ab(:\n\t é", max_size=40))
def test_a_text_is_never_otherwise_than_itself(text: str) -> None:
    assert changed_parts(PYTHON + text, PYTHON + text, ["timing", "loss", "validation"], "m.py") == {}
    assert newly_changed(text, text, [PYTHON], ["loss"], "m.py") == []
