"""Notebooks as a judge reads them: a script in which only the code cells are code.

Of the file itself most is quotation marks and pictures. Here every line of prose and of output is a comment,
whatever it says, so that no cell can pass for another (the form is Jupytext's "percent" script).
"""

from __future__ import annotations

import json
from typing import Any

OUTPUT_LINES = 40
"""Of each output, the first."""


def as_script(text: str) -> str | None:
    """None: not a notebook."""
    try:
        cells = json.loads(text)["cells"]
        if not isinstance(cells, list):
            return None
        return "\n".join(line for number, cell in enumerate(cells, 1) for line in _cell(cell, number))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _cell(cell: dict[str, Any], number: int) -> list[str]:
    source = _lines(cell.get("source", ""))
    if cell.get("cell_type") != "code":
        return [f"# %% cell {number} [text]", *(f"# {line}" for line in source)]
    found = [f"# %% cell {number} [code]", *source]
    for output in cell.get("outputs") or ():
        found.append("# output:")
        found += [f"# > {line}" for line in _output(output)]
    return found


def _output(output: dict[str, Any]) -> list[str]:
    """Pictures are named, not shown."""
    if "text" in output:
        return _cut(_lines(output["text"]))
    if "traceback" in output:
        return _cut([str(output.get("ename", "")), str(output.get("evalue", ""))])
    data = output.get("data") or {}
    shown = [
        f"[{kind}, {len(str(value))} characters]" for kind, value in data.items() if kind != "text/plain"
    ]
    return shown + _cut(_lines(data.get("text/plain", "")))


def _lines(source: object) -> list[str]:
    text = "".join(str(each) for each in source) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if text else []


def _cut(lines: list[str]) -> list[str]:
    # A line's end hidden in an element would start a line that is no comment.
    lines = [line for each in lines for line in each.split("\n")]
    left = len(lines) - OUTPUT_LINES
    return [*lines[:OUTPUT_LINES], f"[… {left} more lines]"] if left > 0 else lines
