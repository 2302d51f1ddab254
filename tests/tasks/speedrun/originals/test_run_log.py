"""Logs taken apart; their text is made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

Import = Callable[[str], Any]
SCRIPT = "import os\n\nprint('a')\n"


def test_an_older_log_begins_with_a_rule(originals: Import, logs: Any) -> None:
    log = originals("run_log").split_log(logs[0](SCRIPT, "step:1/2\n"))
    assert dict(log.files) == {"train_gpt.py": SCRIPT}
    assert "nvidia-smi" in log.machine
    assert log.printed == "step:1/2\n"


def test_a_newer_log_has_one_newline_more_and_further_files(originals: Import, logs: Any) -> None:
    text = logs[1](SCRIPT, "step:1/2\n", triton_kernels="import triton\n", dc_triton_kernels="x = 1")
    log = originals("run_log").split_log(text)
    assert dict(log.files) == {
        "train_gpt.py": SCRIPT,
        "triton_kernels.py": "import triton\n",
        "dc_triton_kernels.py": "x = 1",
    }
    assert list(log.files)[0] == "train_gpt.py"
    assert log.printed == "step:1/2\n"


def test_what_the_loader_says_before_a_further_rule_is_printed_too(originals: Import, logs: Any) -> None:
    rule = "=" * 100 + "\n"
    log = originals("run_log").split_log(logs[1](SCRIPT, "tokens: 10\n" + rule + "step:1/2\n"))
    assert log.printed == "tokens: 10\nstep:1/2\n"


@pytest.mark.parametrize("text", ["", "s:0 tel:11.0\ns:1 tel:10.9\n", "=" * 100 + "\n" + "=" * 100 + "\nx"])
def test_a_log_without_source_is_told(originals: Import, text: str) -> None:
    module = originals("run_log")
    with pytest.raises(module.NoSource):
        module.split_log(text)


@given(st.text(st.characters(codec="utf-8", exclude_characters="=\r"), min_size=1))
def test_any_script_comes_out_as_it_went_in(module: Import, script: str) -> None:
    from_log = module("originals.run_log").split_log
    rule = "=" * 100 + "\n"
    script = "x" + script
    assert from_log(rule + script + "\n" + rule + "m\n" + rule).files["train_gpt.py"] == script + "\n"
    if "-" * 40 not in script:
        assert from_log(script + "\n" + rule + "m\n" + rule).files["train_gpt.py"] == script
