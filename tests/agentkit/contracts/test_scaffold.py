from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.record import Record
from agentkit.contracts.scaffold import NoSettings, Scaffold, ScaffoldMaker, scaffold
from agentkit.errors import BrokenPlugin, UsageError

CHECKOUT = Path(__file__).parents[3]


class WideSettings(Record):
    width: int = 2
    name: str = "n"


class NoPolicy:
    def select(self, *_: object) -> list[object]:
        return []


@scaffold
def wide(settings: WideSettings) -> Scaffold:
    """Several at once.

    More for a reader.
    """
    return Scaffold(policy=NoPolicy(), operators={}, width=settings.width)  # type: ignore[arg-type]


def test_name_purpose_and_settings_come_from_the_function() -> None:
    assert (wide.name, wide.purpose, wide.settings) == ("wide", "Several at once.", WideSettings)


def test_settings_are_filled_in_and_read_from_a_users_words() -> None:
    assert wide.build({}).width == 2
    assert wide.build({"width": "5"}).width == 5


@pytest.mark.parametrize(
    ("values", "fault"), [({"width": "many"}, "width = 'many'"), ({"widht": 3}, "widht = 3")]
)
def test_a_wrong_setting_is_named_with_what_there_is(values: dict[str, object], fault: str) -> None:
    with pytest.raises(UsageError, match=re.escape(fault)) as caught:
        wide.build(values)
    assert caught.value.lines == ("Its settings, with their defaults: width (2), name (n)",)


def without_parameter() -> Scaffold:
    raise AssertionError("never called")


def with_plain_words(settings: dict[str, int]) -> Scaffold:
    raise AssertionError("never called")


def with_two(settings: WideSettings, other: WideSettings) -> Scaffold:
    raise AssertionError("never called")


@pytest.mark.parametrize("function", [without_parameter, with_plain_words, with_two])
def test_a_function_without_settings_of_its_own_is_refused_where_it_is_made(function: object) -> None:
    with pytest.raises(BrokenPlugin, match="must take one parameter: its settings"):
        scaffold(function)  # type: ignore[arg-type]


AUTHOR = """\
from agentkit import Record, Scaffold, scaffold
class Mine(Record):
    width: int = 1
@scaffold
def right(settings: Mine) -> Scaffold:
    raise NotImplementedError
@scaffold  # line 7: settings that are no Record
def plain(settings: dict[str, int]) -> Scaffold:
    raise NotImplementedError
@scaffold  # line 10: no Scaffold comes back
def number(settings: Mine) -> int:
    return 3
"""


@pytest.mark.real
def test_the_type_checker_meets_a_mistake_in_the_authors_own_file(tmp_path: Path) -> None:
    assert isinstance(wide, ScaffoldMaker)
    (tmp_path / "author.py").write_text(AUTHOR)
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=",
         "--cache-dir=cache", "author.py"],
        cwd=tmp_path, env={**os.environ, "MYPYPATH": str(CHECKOUT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    errors = re.findall(r"^(\S+?):(\d+): error: .*(Settings|Scaffold)", result.stdout, re.MULTILINE)
    assert [each[:2] for each in errors] == [("author.py", "7"), ("author.py", "10")], result.stdout
    assert "Found 2 errors in 1 file" in result.stdout


class Waiting(Record):
    barrier: bool = False


class Knowing:
    def __init__(self, barrier: bool) -> None:
        self.barrier = barrier

    def select(self, *_: object) -> Sequence[Expansion]:
        return ()


@scaffold
def waiting(settings: Waiting) -> Scaffold:
    """Knows of a barrier."""
    return Scaffold(policy=Knowing(settings.barrier), operators={}, barrier=settings.barrier)


@scaffold
def plain(settings: NoSettings) -> Scaffold:
    """Does not."""
    return Scaffold(policy=Knowing(False), operators={})


@pytest.mark.parametrize(("told", "waits"), [(None, False), (True, True), (False, False)])
def test_a_barrier_that_is_asked_for_reaches_policy_and_search(told: bool | None, waits: bool) -> None:
    made = waiting.build({}, barrier=told)
    assert (made.barrier, getattr(made.policy, "barrier", None)) == (waits, waits)
    assert plain.build({}, barrier=told).barrier is waits
    assert waiting.build({"barrier": True}, barrier=False).barrier is False
    assert waiting.build({"barrier": True}).barrier is True
