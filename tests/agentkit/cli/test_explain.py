from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from agentkit.cli.explain import add_arguments, read_words, run
from agentkit.errors import UnknownName, UsageError


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


def test_an_attempt_is_named_as_in_other_commands_or_with_a_slash() -> None:
    assert read_words(["a3"]) == ("latest", "a3")
    assert read_words(["20260101", "a3"]) == ("20260101", "a3")
    assert read_words(["20260101/a3"]) == ("20260101", "a3")
    assert read_words(["runs/20260101-x/a3"]) == ("runs/20260101-x", "a3")


@pytest.mark.parametrize("words", [["a", "b", "c"], ["run/"], ["/a3"], [""]])
def test_words_that_name_none(words: list[str]) -> None:
    with pytest.raises(UsageError, match="Next: agentkit explain RUN a3"):
        read_words(words)


def test_a_page_for_a_finished_run_and_one_that_was_cut_off(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("20260101/a3", "--runs-folder", str(runs)) == 0
    out = capsys.readouterr().out
    assert "a3 of 20260101-120000-speedrun-record12: debug of a2" in out
    assert "a2 had not worked (crash, failure 1 in a row)." in out
    assert "2 calls, 1,800 tokens in, 200 out, price unknown" in out
    assert "+window = 4 + step" in out
    assert "What a3 taught." in out
    assert call("a3", "--runs-folder", str(runs)) == 0
    out = capsys.readouterr().out
    assert "It has not been measured yet." in out
    assert "The attempt is not finished." in out


def test_json_has_all_of_it(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("20260101", "a2", "--json", "--runs-folder", str(runs)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["attempt"], told["parents"], told["finished"]) == (1, "a2", ["a1"], True)
    assert told["cost"]["tokens"] == 2000
    assert told["outcome"]["status"] == "crash"
    assert any("only valid attempt" in each for each in told["why"])


def test_unknown_names_are_answered_with_known_ones(runs: Path) -> None:
    with pytest.raises(UnknownName, match="Known: a1, a2, a3"):
        call("20260101", "a9", "--runs-folder", str(runs))
    with pytest.raises(UnknownName, match="There is no run 'nothing'"):
        call("nothing/a1", "--runs-folder", str(runs))
