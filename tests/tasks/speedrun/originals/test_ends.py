"""Both ends of a task, out of a folder shaped like a checkout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import MissingRequirement


@pytest.fixture
def ends(originals: Callable[[str], Any]) -> Any:
    return originals("ends")


@pytest.fixture
def original(originals: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda name: originals("ladder").ladder()[name]


def test_files_have_the_names_of_the_workspace(ends: Any, original: Any, made_checkout: Any) -> None:
    start, target = ends.read_ends(original("record12"), *made_checkout.of("gpu8"))
    assert dict(start.files) == {"train.py": "print('twelve')\n"}
    assert list(target.files) == ["train.py", "triton_kernels.py"]
    assert start.origin.endswith("12.txt")


def test_words_for_the_command_line_do_not_reach_the_other_end(
    ends: Any, original: Any, made_checkout: Any
) -> None:
    start, target = ends.read_ends(original("record3"), *made_checkout.of("gpu1"))
    assert json.loads(start.files["arguments.json"]) == ["--a=1", "--accumulation=8", "--val_max_steps=160"]
    assert json.loads(target.files["arguments.json"]) == []


def test_sums_of_gradients_are_averaged_on_one_gpu_only(
    ends: Any, original: Any, made_checkout: Any, originals: Any
) -> None:
    one = ends.read_ends(original("record18"), *made_checkout.of("gpu1"))
    all_ = ends.read_ends(original("record18"), *made_checkout.of("gpu8"))
    note = originals("averaging").NOTE
    assert [note in end.files["train.py"] for end in (*one, *all_)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("name", "told"),
    [("record20", "without a word"), ("record1", "8 ranks"), ("medium3", "nobody has looked")],
)
def test_one_gpu_is_refused_with_the_reason(
    ends: Any, original: Any, made_checkout: Any, name: str, told: str
) -> None:
    with pytest.raises(MissingRequirement, match=told) as raised:
        ends.read_ends(original(name), *made_checkout.of("gpu1"))
    assert "--profile gpu8" in str(raised.value)


def test_files_are_written_once_and_mended(ends: Any, tmp_path: Path) -> None:
    files = {"train.py": "a\r\nb\n", "kernels.py": "é"}
    first = ends.write_files(tmp_path, files)
    assert first["train.py"].read_bytes() == b"a\r\nb\n"
    time = first["train.py"].stat().st_mtime_ns
    assert ends.write_files(tmp_path, files) == first
    assert first["train.py"].stat().st_mtime_ns == time
    first["train.py"].write_text("edited")
    assert ends.write_files(tmp_path, files)["train.py"].read_bytes() == b"a\r\nb\n"
    assert ends.write_files(tmp_path, {"train.py": "other"})["train.py"].parent != first["train.py"].parent
    assert sorted(path.name[:7] for path in tmp_path.iterdir() if "partial" in path.name) == []


def test_what_a_script_wants_is_seen_in_it(ends: Any) -> None:
    row = ends.requirements_of("import triton\nfrom kernels import get_kernel\nflash_attn_interface = 1\n")
    assert (row.needs, row.packages) == (("triton", "fa3"), ("kernels",))
    row = ends.requirements_of("from flash_attn_interface import f\ntorch._scaled_mm\n")
    assert (row.needs, row.packages) == (("fp8", "fa3"), ("flash_attn_interface",))


def test_a_hint_loses_what_it_says_about_the_miniature(ends: Any) -> None:
    assert ends.full_size_hint("# A\n\nb\n\n## In the miniature\n\nc\n") == "# A\n\nb\n"
