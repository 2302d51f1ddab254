"""What a run may have written instead of what it should have."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentkit.contracts.sandbox import CommandResult

from ..conftest import module

MEASURED = {"base": 0.0, "fine_tuned": 0.25, "ttt": 0.75}


@pytest.fixture(scope="module")
def handed_in() -> Any:
    return module("ttt_mini.handed_in")


def ran(folder: Path) -> Any:
    result = CommandResult(status="ok", exit_code=0, output="", seconds=0, cpu_seconds=0)
    return module("examining").Ran(result, folder)


def arrays(model: Any, count: int, rank: int) -> dict[str, Any]:
    left = {f"{n}_left": np.ones((count, model.SHAPES[n][0], rank), np.float32) for n in model.ADAPTED}
    right = {f"{n}_right": np.ones((count, rank, model.SHAPES[n][1]), np.float32) for n in model.ADAPTED}
    return {**left, **right}


def test_adapters_are_read_and_others_refused(handed_in: Any, views: Any, tmp_path: Path) -> None:
    refused = module("examining").Refused
    (tmp_path / "adapters").mkdir()
    path = tmp_path / "adapters" / "ttt.npz"
    good = arrays(views.model, 2, 4)
    np.savez(path, **good)
    assert handed_in.size_of(handed_in.read_adapters(ran(tmp_path), "ttt", 2)[1]) == 4
    bad: list[dict[str, Any]] = [
        arrays(views.model, 2, 5),
        arrays(views.model, 3, 4),
        {**good, "where_right": np.full_like(good["where_right"], np.nan)},
        {**good, "task_left": np.array([{}] * 2, dtype=object)},
        {name: each for name, each in good.items() if name != "before_left"},
        {**good, "after_left": good["after_left"].astype(complex)},
    ]
    for each in bad:
        np.savez(path, **each)
        with pytest.raises(refused):
            handed_in.read_adapters(ran(tmp_path), "ttt", 2)
    for content in (b"", b"PK\x03\x04 no archive", bomb()):
        path.write_bytes(content)
        with pytest.raises(refused):
            handed_in.read_adapters(ran(tmp_path), "ttt", 2)


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("before_left.npy", bytes(80 * 1024**2))
    return packed.getvalue()


@pytest.mark.parametrize("choice", [3, -1, True, 1.0, "0", None])
def test_a_vote_is_a_place_in_its_list(handed_in: Any, tmp_path: Path, choice: Any) -> None:
    lists = [["a", "b", "c"]]
    (tmp_path / "votes.json").write_text(json.dumps({"flat": [2]}))
    assert handed_in.read_votes(ran(tmp_path), ["flat"], lists) == {"flat": [2]}
    (tmp_path / "votes.json").write_text(json.dumps({"flat": [choice]}))
    with pytest.raises(module("examining").Refused, match="is no place"):
        handed_in.read_votes(ran(tmp_path), ["flat"], lists)
    with pytest.raises(module("examining").Refused, match="no 1 choices under 'final'"):
        handed_in.read_votes(ran(tmp_path), ["final"], lists)


def test_reported_figures_are_compared_with_the_measured(handed_in: Any) -> None:
    assert handed_in.reported_error({"solved": MEASURED}, MEASURED) == 0
    assert handed_in.reported_error({"solved": {**MEASURED, "ttt": 0.5}}, MEASURED) == 0.25
    missing: list[Any] = [None, [], {"solved": 1}, {"solved": {**MEASURED, "ttt": None}}]
    for written in (*missing, {"solved": {"ttt": 0.75}}):
        assert handed_in.reported_error(written, MEASURED) == 1
    table = b"configuration,solved\nbase,0\nfine_tuned,0.25\nttt,0.75\n"
    assert handed_in.table_error(table, MEASURED) == 0
    assert handed_in.table_error(table.replace(b"0.75", b"nan"), MEASURED) == 1
    assert handed_in.table_error(None, MEASURED) == 1


def test_bars_have_the_heights_that_go_with_the_figures(handed_in: Any) -> None:
    def plot(heights: dict[str, Any]) -> bytes:
        bars = [f'<rect height="{each}" data-configuration="{name}"/>' for name, each in heights.items()]
        return f"<svg><rect width='9'/>{''.join(bars)}</svg>".encode()

    assert handed_in.plot_error(plot({"base": 0, "fine_tuned": 50, "ttt": 150}), MEASURED) < 1e-9
    assert handed_in.plot_error(plot({"base": 0, "fine_tuned": 5, "ttt": 150}), MEASURED) == pytest.approx(
        0.3
    )
    for wrong in (None, b"", plot({"ttt": 150}), plot({"base": 0, "fine_tuned": 0, "ttt": 0}), b"\xff\xfe"):
        assert handed_in.plot_error(wrong, MEASURED) == 1
