from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.judge.code_text import code_text
from agentkit.judge.notebook import OUTPUT_LINES, as_script


def script(*cells: dict[str, Any]) -> str:
    return as_script(json.dumps({"cells": list(cells)})) or ""


def test_cells_and_outputs() -> None:
    outputs = [
        {"output_type": "stream", "text": ["loss 2.0\n", "loss 1.9"]},
        {"output_type": "display_data", "data": {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}},
        {"output_type": "error", "ename": "ValueError", "evalue": "no\nwhere", "traceback": ["..."]},
    ]
    assert script(
        {"cell_type": "markdown", "source": "# Title\ntext"},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2"], "outputs": outputs},
    ).split("\n") == [
        "# %% cell 1 [text]", "# # Title", "# text",
        "# %% cell 2 [code]", "x = 1", "y = 2",
        "# output:", "# > loss 2.0", "# > loss 1.9",
        "# output:", "# > [image/png, 8 characters]", "# > <Figure>",
        "# output:", "# > ValueError", "# > no", "# > where",
    ]  # fmt: skip


TEXT = st.text(st.sampled_from("a1#%\"'\n\r\u2028[]= "), max_size=30)


@given(st.lists(TEXT, max_size=4), TEXT)
def test_no_prose_and_no_output_becomes_code(prose: list[str], output: str) -> None:
    cells = [{"cell_type": "markdown", "source": each} for each in prose]
    printed = {"cell_type": "code", "source": "marker = 1", "outputs": [{"text": output}]}
    shown = script(*cells, printed, *cells)
    code = code_text("a.ipynb", shown).tokens
    assert code.split() == ["marker", "=", "1"]
    assert "\r" not in shown


def test_a_long_output_is_cut() -> None:
    shown = script({"cell_type": "code", "source": "", "outputs": [{"text": "line\n" * 500}]})
    assert shown.count("# > line") == OUTPUT_LINES and "more lines]" in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"cells": 3}',
        '{"cells": [3]}',
        '{"cells": [{"outputs": [3], "cell_type": "code"}]}',
    ],
)
def test_what_is_no_notebook(text: str) -> None:
    assert as_script(text) is None
