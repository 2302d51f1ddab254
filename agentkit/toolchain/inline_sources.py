"""Inline sources: the CUDA text that a Python file hands to `torch.utils.cpp_extension.load_inline`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

HEAD = "#include <torch/types.h>\n#include <cuda.h>\n#include <cuda_runtime.h>\n"
"""Put first by `load_inline` itself."""


def inline_cuda(source: str, name: str) -> str:
    """One CUDA file, whose lines are those of the Python file `name` by `#line`. Empty: there is none.

    Texts are found where they are written as literals, in the call or in a name bound once to a literal.
    SyntaxError for a file that is no Python.
    """
    tree = ast.parse(source)
    bound = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    parts = [
        f'#line {line} "{name}"\n{text}\n'
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "load_inline"
        for line, text in literals(cuda_argument(call), bound)
    ]
    return HEAD + "".join(parts) if parts else ""


def cuda_argument(call: ast.Call) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == "cuda_sources":
            return keyword.value
    return call.args[2] if len(call.args) > 2 else None


def literals(node: ast.expr | None, bound: Mapping[str, ast.expr]) -> Iterator[tuple[int, str]]:
    """(line of its first character in the Python file, text)"""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    elif isinstance(node, ast.List | ast.Tuple):
        for each in node.elts:
            yield from literals(each, bound)
    elif isinstance(node, ast.Name) and node.id in bound:
        yield from literals(bound[node.id], {})
