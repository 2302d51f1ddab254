"""Languages: which grammar reads a file, loaded when first used."""

from __future__ import annotations

from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import tree_sitter

Language = Literal["python", "cpp", "cuda"]

SUFFIXES: dict[str, Language] = {
    ".py": "python", ".pyi": "python",
    ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".c++": "cpp",
    ".h": "cpp", ".hh": "cpp", ".hpp": "cpp", ".hxx": "cpp",
    ".cu": "cuda", ".cuh": "cuda",
}  # fmt: skip


def language_of(path: str | PurePath) -> Language | None:
    """By the suffix; None for a file that no grammar of ours reads."""
    return SUFFIXES.get(PurePath(path).suffix.lower())


def parse(source: bytes, language: Language) -> tree_sitter.Tree:
    """Never fails: what does not fit the grammar becomes ERROR and MISSING nodes."""
    from tree_sitter import Parser

    return Parser(grammar(language)).parse(source)


@cache
def grammar(language: Language) -> tree_sitter.Language:
    from tree_sitter import Language as Grammar

    if language == "python":
        import tree_sitter_python

        return Grammar(tree_sitter_python.language())
    if language == "cpp":
        import tree_sitter_cpp

        return Grammar(tree_sitter_cpp.language())
    import tree_sitter_cuda

    return Grammar(tree_sitter_cuda.language())
