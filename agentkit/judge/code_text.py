"""Which characters of a file are code: what a comment, a docstring or a string says proves nothing.

Python, C++ and CUDA are read by their syntax, notebooks as the scripts they are shown as; for other languages
comments and strings are told by their marks alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from agentkit.source.languages import Language, language_of, parse

if TYPE_CHECKING:
    import tree_sitter

HASH = {".sh", ".bash", ".zsh", ".r", ".jl", ".rb", ".pl", ".mk", ".cmake", ".dockerfile", ".nix"}
SLASH = {".c", ".js", ".mjs", ".ts", ".jsx", ".tsx", ".java", ".go", ".rs", ".swift", ".kt", ".scala", ".cs",
         ".hip", ".cl", ".metal", ".proto"}  # fmt: skip
HASH_NAMES = {"makefile", "dockerfile"}
SETTINGS = {".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".conf", ".gin"}
SETTINGS_NAMES = {"requirements.txt", "environment.yml", "pyproject.toml"}
PROSE_WORDS = 6
"""A setting's value with more words than this is prose."""


@dataclass(frozen=True)
class CodeText:
    """Texts as long as the file's own, line for line, with blanks in place of what is no code."""

    tokens: str
    """Without comments and without what strings say."""
    searchable: str
    """Without comments and strings that stand by themselves; strings within code stay."""


@lru_cache(maxsize=16_384)  # asked of each file for each leaf
def is_code(path: str) -> bool:
    name = PurePosixPath(path.lower())
    suffix = name.suffix
    known = language_of(name) is not None or suffix == ".ipynb" or suffix in HASH | SLASH
    return known or name.name in HASH_NAMES


@lru_cache(maxsize=16_384)
def is_settings(path: str) -> bool:
    name = PurePosixPath(path.lower())
    return name.suffix in SETTINGS or name.name in SETTINGS_NAMES


def code_text(path: str, text: str) -> CodeText:
    """Of a file that is neither code nor settings: nothing."""
    name = PurePosixPath(path.lower())
    language: Language | None = "python" if name.suffix == ".ipynb" else language_of(name)
    if language is not None:
        return _by_syntax(text, language)
    if name.suffix in HASH or name.name in HASH_NAMES:
        return _by_marks(_without_here_texts(text), _HASH_MARKS)
    if name.suffix in SLASH:
        return _by_marks(text, _SLASH_MARKS)
    if is_settings(path):
        return _settings(text)
    nothing = _blanks(text)
    return CodeText(nothing, nothing)


BARE = (
    "string", "concatenated_string", "identifier", "attribute", "subscript", "integer", "float", "true",
    "false", "none", "ellipsis", "comparison_operator", "not_operator", "boolean_operator", "binary_operator",
    "unary_operator", "tuple", "expression_list", "parenthesized_expression",
)  # fmt: skip
"""Python: a statement of only this does nothing, and words of prose may be one (`score is full`)."""
STRINGS = (
    "string_start", "string_content", "string_end", "escape_sequence", "raw_string_content",
    "raw_string_delimiter", "system_lib_string", '"',
)  # fmt: skip
NEVER = re.compile(r"\s*(?:el)?(?:if|while)\s*\(?\s*(?:False|0|None)\s*\)?\s*:|\s*#\s*if\s+0\s*$")
GUARDED = ("if_statement", "elif_clause", "while_statement")


def _by_syntax(text: str, language: Language) -> CodeText:
    # One byte for each character, so that the parser's offsets are the text's.
    source = _NOT_ASCII.sub("x", text).encode()
    tokens, searchable = bytearray(_blanks(text).encode()), bytearray(_blanks(text).encode())
    for node in _code_nodes(parse(source, language).root_node, source):
        span = slice(node.start_byte, node.end_byte)
        searchable[span] = source[span]
        if node.type not in STRINGS:
            tokens[span] = source[span]
    shown = searchable.decode()
    if not text.isascii():
        shown = "".join(own if mark != " " else " " for own, mark in zip(text, shown, strict=True))
    return CodeText(tokens.decode(), shown)


def _code_nodes(root: tree_sitter.Node, source: bytes) -> Iterator[tree_sitter.Node]:
    """The leaves of the tree that are code or a string within code."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "comment" or node.is_error or _does_nothing(node):
            continue
        if _never_runs(node, source):
            waiting += [each for each in [node.child_by_field_name("alternative")] if each is not None]
        elif node.child_count and node.type != "string_content":
            waiting += node.children
        else:
            yield node


def _does_nothing(node: tree_sitter.Node) -> bool:
    if node.type != "expression_statement" or not node.child_count:
        return False
    inner = node.children[0]
    # `criterion: satisfied` is to Python a variable without a value.
    declares = inner.type == "assignment" and inner.child_by_field_name("right") is None
    return declares or inner.type in BARE


def _never_runs(node: tree_sitter.Node, source: bytes) -> bool:
    """What follows `if False:` or `#if 0`."""
    head = node if node.type == "preproc_if" else node.parent
    if head is None or (node is not head and (node.type != "block" or head.type not in GUARDED)):
        return False
    start = source.rfind(b"\n", 0, head.start_byte) + 1
    end = source.find(b"\n", head.start_byte)
    return bool(NEVER.match(source[start : end if end >= 0 else len(source)].decode()))


_STRING = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_HASH_MARKS = re.compile(rf"(?P<comment>(?<!\S)\#[^\n]*)|(?P<string>{_STRING})")
_SLASH_MARKS = re.compile(
    rf"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<string>{_STRING}|`(?:\\.|[^`\\])*`)", re.DOTALL
)
_HERE_TEXT = re.compile(
    r"""(<<-?[ \t]*(['"]?)(\w+)\2[^\n]*\n)(.*?)(?=^[ \t]*\3[ \t]*$|\Z)""", re.DOTALL | re.MULTILINE
)
_SETTING_MARKS = re.compile(rf"(?P<comment>(?<!\S)[#;][^\n]*)|(?P<string>{_STRING})")
_SETTING_VALUE = re.compile(r"(?:(?<=[:=])|^)[ \t][^\n:=]*$", re.MULTILINE)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def _by_marks(text: str, marks: re.Pattern[str]) -> CodeText:
    tokens = marks.sub(lambda match: _blanks(match[0]), text)
    searchable = marks.sub(lambda match: _blanks(match[0]) if match["comment"] else match[0], text)
    return CodeText(tokens, searchable)


def _without_here_texts(script: str) -> str:
    return _HERE_TEXT.sub(lambda match: match[1] + _blanks(match[4]), script)


def _settings(text: str) -> CodeText:
    """Keys and short values; a long value is prose."""

    def keep(match: re.Match[str]) -> str:
        return _blanks(match[0]) if match["comment"] or _is_prose(match[0]) else match[0]

    kept = _SETTING_MARKS.sub(keep, text)
    kept = _SETTING_VALUE.sub(lambda match: _blanks(match[0]) if _is_prose(match[0]) else match[0], kept)
    return CodeText(kept, kept)


def _is_prose(value: str) -> bool:
    return len(value.split()) > PROSE_WORDS


def _blanks(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
