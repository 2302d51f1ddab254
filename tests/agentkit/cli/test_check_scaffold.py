"""`agentkit check scaffold NAME`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.cli.main import main

GREEDY = '''
from agentkit import Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import DRAFT

class Settings(Record):
    extra: int = 0

class Policy:
    def __init__(self, extra):
        self.extra = extra

    def select(self, tree, pending, room, rng):
        return [Expansion(operator="draft")] * (room + self.extra)

@scaffold
def mine(settings: Settings) -> Scaffold:
    """Mine."""
    return Scaffold(policy=Policy(settings.extra), operators={"draft": DRAFT}, attempts=9)
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "scaffolds").mkdir()
    (tmp_path / "scaffolds" / "mine.py").write_text(GREEDY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_scaffold_of_ones_own_that_keeps_the_rules(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "scaffold", "mine", "--journals", "20"]) == 0
    said = capsys.readouterr().out
    for words in ("mine on 25 journals", "kept", "resume", "Next: agentkit simulate mine"):
        assert words in said


def test_one_that_breaks_a_rule_fails_and_says_where(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", "scaffold", "mine", "--journals", "20", "--set", "extra=1"]
    assert main(words) == 1
    assert "Broken: room." in capsys.readouterr().out
    assert main([*words, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["failed"], said["broken"]) == (True, ["room"])
    assert said["breaches"][0] == {
        "rule": "room",
        "journal": "no attempt",
        "found": "the policy Policy returned 2 expansions for room 1",
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["scaffold"], "Which scaffold?"),
        (["scaffold", "mne"], "Did you mean: mine"),
        (["scaffold", "mine", "--exploits"], "--exploits is for tasks"),
        (["toy/number", "mine"], "one word too many"),
        (["toy/number", "--journals", "3"], "--journals is for a scaffold"),
    ],
)
def test_words_that_do_not_fit_together(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["check", *words]) == 2
    assert message in capsys.readouterr().err
