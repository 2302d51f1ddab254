"""`agentkit simulate`."""

from __future__ import annotations

import json

import pytest

from agentkit.cli.main import main

SHORT = ["--seeds", "8", "--attempts", "12", "--landscape", "smooth"]


def test_a_table_a_landscape_with_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "flat", "tree", *SHORT, "--width", "2"]) == 0
    said = capsys.readouterr().out
    for words in ("smooth: one hill", "8 searches each", "12 attempts", "flat", "tree", "95 % interval"):
        assert words in said
    assert "deceptive" not in said


def test_json_has_all_figures_and_the_same_ones_again(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["simulate", "multi_aide", *SHORT, "--barrier", "--width", "8", "--slow", "0.5", "--json"]
    told = []
    for _ in range(2):
        assert main(words) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    assert told[0]["conditions"]["slow"] == 0.5
    (study,) = told[0]["landscapes"]["smooth"]
    assert (study["scaffold"], study["width"], study["barrier"]) == ("multi_aide", 8, True)
    assert list(study["after_attempts"]) == ["3", "6", "12"]
    best = study["after_attempts"]["12"]
    assert 0.0 <= best["low"] <= best["median"] <= best["high"] <= 1.0


def test_settings_of_a_scaffold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "aira_mcts", *SHORT, "--set", "exploration=1.4"]) == 0
    assert main(["simulate", "flat", *SHORT, "--set", "exploration=1.4"]) == 2
    assert "Its settings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["flat", "--landscape", "smoth"], "Did you mean: smooth?"),
        (["flat", "--seeds", "0"], "--seeds must be at least 1, not 0."),
        (["flat", "--crash", "1.5"], "--crash cannot be 1.5"),
        (["flatt"], "Did you mean: flat?"),
    ],
)
def test_mistakes_are_told(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main(["simulate", *words]) == 2
    assert message in capsys.readouterr().err
