import subprocess
import sys

import pytest

from agentkit.source.languages import Language, language_of, parse


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/train.py", "python"), ("kernel.cu", "cuda"), ("X.CUH", "cuda"), ("m.hpp", "cpp"),
        ("notes.md", None), ("py", None), (".py", None),
    ],
)  # fmt: skip
def test_the_suffix_tells_the_language(path: str, language: Language | None) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("async def f(): pass", "python"),
        ("template<class T> struct S { T a; };", "cpp"),
        ("__global__ void k(float* a) {} void f() { k<<<1, 2>>>(0); }", "cuda"),
    ],
)
def test_each_grammar_reads_its_own(source: str, language: Language) -> None:
    assert not parse(source.encode(), language).root_node.has_error


def test_importing_loads_no_grammar() -> None:
    code = (
        "import sys, agentkit.source.syntax, agentkit.source.outline, agentkit.source.view\n"
        "print([name for name in sys.modules if name.startswith('tree_sitter') or name == 'pydantic'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
