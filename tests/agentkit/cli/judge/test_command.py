from __future__ import annotations

import pytest

from agentkit.cli.main import main


def test_help_names_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--help"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("run", "lint", "explain", "replay", "diff", "calibrate", "render"))


@pytest.mark.parametrize("words", [[], ["rnu"], ["run"]])
def test_words_that_are_missing_or_wrong(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", *words]) == 2
    assert "--help" in capsys.readouterr().err
