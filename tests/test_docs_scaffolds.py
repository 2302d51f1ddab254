"""docs/scaffolds.md is true: it names every scaffold, rule and landscape, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.runs.checks.scaffold import RULES, check_scaffold
from agentkit.runs.simulation.landscapes import PURPOSES

CHECKOUT = Path(__file__).parents[1]
PAGE = (CHECKOUT / "docs" / "scaffolds.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    found = re.search(rf"^{re.escape(heading)}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"the page has no '{heading}'"
    return found.group(1)


def rows(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))


def test_every_scaffold_has_its_line_and_no_other() -> None:
    named = re.findall(
        r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", section("## Those that are here"), re.M))
    )
    built_in = [path.stem for path in (CHECKOUT / "scaffolds").glob("*.py")]
    assert sorted(named) == sorted(built_in)


def test_rules_and_landscapes_are_as_the_code_has_them() -> None:
    assert rows(section("## Check it")) == dict(RULES)
    assert rows(section("## Simulate it")) == dict(PURPOSES)


def test_the_example_is_a_scaffold_that_keeps_every_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written by following the page: at most forty lines, and no change to anything of ours."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", section("## Write one"), re.MULTILINE | re.DOTALL)
    assert len(code.splitlines()) <= 40
    (tmp_path / "scaffolds").mkdir()
    (tmp_path / "scaffolds" / "mine.py").write_text(f'"""Mine."""\n\n{code}')
    monkeypatch.chdir(tmp_path)
    report = check_scaffold(open_catalog().load("scaffold", "mine"), journals=60)
    assert report.breaches == []
    (check,) = re.findall(r"^```python\n(.*?)^```$", section("## Check it"), re.MULTILINE | re.DOTALL)
    exec(compile(check, "docs/scaffolds.md", "exec"), {})
