"""docs/scaffolds.md is true: it names every scaffold, rule and landscape, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.cli.main import main
from agentkit.runs.checks.scaffold import RULES, check_scaffold
from agentkit.runs.simulation.landscapes import PURPOSES
from agentkit.search.pieces import PIECES

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


def test_the_guide_in_contributing_leads_to_a_scaffold_in_forty_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its commands are typed as they stand there, in an empty folder; nothing of ours is touched."""
    page = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (guide,) = re.findall(r"^## Add a scaffold$(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL)
    commands = [each for each in re.findall(r"`agentkit ([^`]+)`", guide) if "TASK" not in each]
    assert [each.split()[0] for each in commands] == ["new", "check", "simulate"]
    monkeypatch.chdir(tmp_path)
    for command in commands:
        few = ["--journals", "40"] if command.startswith("check") else []
        few += ["--seeds", "3", "--attempts", "6"] if command.startswith("simulate") else []
        assert main([*command.split(), *few]) == 0, capsys.readouterr().err
    assert "It keeps every rule." in capsys.readouterr().out
    written = tmp_path / "scaffolds" / "mine.py"
    assert len(written.read_text(encoding="utf-8").splitlines()) <= 40


def test_the_page_on_prompts_names_every_piece_that_can_be_switched() -> None:
    page = (CHECKOUT / "docs" / "search.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"^\| piece \|.*?(?=\n\n)", page, re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == list(PIECES)
