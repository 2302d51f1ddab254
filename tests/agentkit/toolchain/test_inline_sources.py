import pytest

from agentkit.toolchain.inline_sources import inline_cuda

TEXT = '''\
from torch.utils.cpp_extension import load_inline
SOURCE = """
__global__ void one() {}
"""
module = load_inline(name="m", cpp_sources="void f();", cuda_sources=[SOURCE, "// two"], functions=["f"])
'''


def test_the_texts_keep_the_lines_of_the_python_file() -> None:
    found = inline_cuda(TEXT, "model.py")
    assert found.startswith("#include <torch/types.h>")
    assert '#line 2 "model.py"\n\n__global__ void one() {}\n' in found
    assert '#line 5 "model.py"\n// two\n' in found


@pytest.mark.parametrize(
    "text",
    ["x = 1", "load_inline('m', 'cpp')", "load_inline(name='m', cuda_sources=read())", "load_inline()"],
)
def test_without_literals_there_is_nothing(text: str) -> None:
    assert inline_cuda(text, "m.py") == ""


def test_by_place_and_through_a_module() -> None:
    assert "// x" in inline_cuda("import torch\nt.cpp_extension.load_inline('m', '', '// x')", "m.py")
    with pytest.raises(SyntaxError):
        inline_cuda("def", "m.py")
