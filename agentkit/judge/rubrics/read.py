"""Any rubric: which form a file has is told by what is in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from agentkit.contracts.rubric import Rubric
from agentkit.errors import BadFile
from agentkit.judge.rubrics.end2end_lines import is_leaf
from agentkit.judge.rubrics.end2end_tree import form_rubric, parse_form
from agentkit.judge.rubrics.files import NoRubric, load_json, read_text, rubric_file
from agentkit.judge.rubrics.paperbench_form import parse_tree
from agentkit.judge.rubrics.toml_form import parse_rubric

TOML_LINE = re.compile(r"^\s*(?:\w+\s*=|\[\[?\w+\]\]?\s*$)", re.MULTILINE)
JSON_START = re.compile(r'\{|\[\s*[{"\]\d]')
FormName = Literal["toml", "end2end", "paperbench"]

__all__ = ["NoRubric", "form_of", "parse_any", "read_rubric", "sound"]


def read_rubric(path: Path) -> Rubric:
    """TOML, End2End-Bench's `rubric.md` or PaperBench's `rubric.json`; a folder stands for the one in it.

    Raises BadFile, also where there is no such file, and NoRubric for a folder without one.
    """
    path = rubric_file(path)
    return parse_any(read_text(path), path, _title_of(path))


def parse_any(text: str, path: object = "rubric", title: str = "") -> Rubric:
    """`title` is for forms that have none of their own."""
    match form_of(text):
        case "paperbench":
            return parse_tree(load_json(text, path), path, title)
        case "end2end":
            return form_rubric(parse_form(text, path))
        case "toml":
            return parse_rubric(text, path)


def form_of(text: str) -> FormName:
    """TOML where nothing speaks for another: its reader's errors are the plainest."""
    text = text.lstrip("\ufeff \t\r\n")
    if JSON_START.match(text):
        return "paperbench"
    # A comment of TOML begins like a heading of Markdown.
    marked = text.startswith("# ") or any(map(is_leaf, text.split("\n")))
    return "end2end" if marked and not TOML_LINE.search(text) else "toml"


def sound(rubric: Rubric, path: object, allowed: Sequence[str] = ()) -> Rubric:
    """The rubric, if its reader found nothing wrong but for the codes in `allowed`; else BadFile."""
    wrong = [each for each in rubric.diagnostics if each.code not in allowed]
    if wrong:
        lines = [f"{each.code} at {each.place}: {each.text}" for each in wrong]
        raise BadFile(path, wrong[0].place, "a rubric that agrees with itself", lines[0], *lines[1:])
    return rubric


def _title_of(path: Path) -> str:
    """`rice` for `rice/rubric.json` and `rice.rubric.json`."""
    name = path.name.removesuffix(".json").removesuffix("rubric").rstrip(".")
    return name or path.absolute().parent.name
