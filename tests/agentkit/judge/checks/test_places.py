from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agentkit.judge.checks.kinds import run_check
from agentkit.judge.evidence import Evidence
from tests.agentkit.judge.test_images import png


@pytest.fixture
def look(tmp_path: Path) -> Any:
    (tmp_path / "plot.png").write_bytes(png(40, 30))
    (tmp_path / "blank.png").write_bytes(png(4, 4, [[(255, 255, 255)] * 4] * 4))
    (tmp_path / "woven.png").write_bytes(png(4, 4, interlaced=1))
    (tmp_path / "fake.png").write_text("a plot")
    (tmp_path / "a.py").write_text("seed = 42\r\nlr  = 0.1\nmore()\n")

    def run(**check: Any) -> tuple[str, str]:
        found = asyncio.run(run_check(check, Evidence(folder=tmp_path)))
        return found.status, found.evidence

    return run


def test_a_picture(look: Any) -> None:
    assert look(kind="image", file="plot.png", min_width=40, min_height=30) == (
        "passed", "plot.png: PNG picture, 40 x 30 pixels, not blank; asked: at least 40 x 30",
    )  # fmt: skip
    assert look(kind="image", file="plot.png", min_width=41)[0] == "failed"
    assert look(kind="image", file="plot.png", min_height=31)[0] == "failed"


def test_a_blank_one(look: Any) -> None:
    assert look(kind="image", file="blank.png")[0] == "failed"
    assert look(kind="image", file="blank.png", not_blank=False)[0] == "passed"


def test_one_of_which_it_cannot_be_told(look: Any) -> None:
    assert look(kind="image", file="woven.png")[0] == "error"
    assert look(kind="image", file="woven.png", not_blank=False)[0] == "passed"


def test_no_picture(look: Any) -> None:
    assert look(kind="image", file="fake.png") == (
        "failed",
        "fake.png is no PNG, JPEG or SVG picture, or a broken one",
    )
    assert look(kind="image", file="gone.png")[0] == "failed"


def test_a_text_in_its_lines(look: Any) -> None:
    assert look(kind="span", file="a.py", text="seed = 42 lr = 0.1") == (
        "passed", "a.py, lines 1 to 4: seed = 42 lr = 0.1",
    )  # fmt: skip
    assert look(kind="span", file="a.py", text="lr =\n0.1", first_line=2, last_line=2)[0] == "passed"
    assert look(kind="span", file="a.py", text="lr = 0.1", first_line=3)[0] == "failed"
    assert look(kind="span", file="a.py", text="lr = 0.1", last_line=1)[0] == "failed"
    assert look(kind="span", file="a.py", text="more()", first_line=3, last_line=900)[0] == "passed"


@pytest.mark.parametrize(
    "check", [{"text": " "}, {"text": "a", "first_line": 3, "last_line": 2}, {"text": "a", "first_line": 0}]
)
def test_a_span_that_cannot_be(look: Any, check: dict[str, Any]) -> None:
    assert look(kind="span", file="a.py", **check)[0] == "error"
