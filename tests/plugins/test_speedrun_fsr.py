"""`agentkit speedrun fsr`, as it is typed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.main import main

HEAD = "model,scaffold,hints,start,run"
STARTS = [*range(1, 6), *range(7, 21)]
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run the command on a table of that text; exit code, output and errors."""

    def command(text: str, *flags: str) -> tuple[int, str, str]:
        path = tmp_path / "runs.csv"
        path.write_text(text)
        code = main(["speedrun", "fsr", str(path), *flags])
        return code, *capsys.readouterr()

    return command


def fsr_table(values: dict[int, list[str]]) -> str:
    rows = (
        f"m,aide,text,{start},{number},{fsr}"
        for start, each in values.items()
        for number, fsr in enumerate(each)
    )
    return "\n".join([f"{HEAD},fsr", *rows])


def cells(output: str, rules: str) -> list[dict[str, Any]]:
    document = json.loads(output)
    assert document["rules"] == rules
    found: list[dict[str, Any]] = document["cells"]
    return found


@pytest.mark.parametrize("rules", ["ours", "paper2025"])
def test_published_vectors_from_times(say: Say, rules: str) -> None:
    table = f"{HEAD},train_ms,val_loss\na,s,none,1,1,2188124,3.28\nb,s,none,12,1,288319,3.28\n"
    code, output, _ = say(table, "--rules", rules, "--json")
    assert code == 0
    one, twelve = cells(output, rules)
    assert one["mean"] == (2968348 - 2188124) / 758422
    assert twelve["mean"] == pytest.approx(1.05301, abs=5e-6)


def test_the_json_has_the_promised_fields(say: Say) -> None:
    promised = {"model", "scaffold", "hints", "mean", "interval", "iqm", "n", "tasks", "missing"}
    table = fsr_table({start: ["0.5", "0.25", ""] for start in STARTS if start != 9})
    for flags, rules in (((), "ours"), (("--rules", "paper2025"), "paper2025")):
        code, output, _ = say(table, "--json", *flags)
        assert code == 0
        (cell,) = cells(output, rules)
        assert promised < set(cell)
        assert (cell["model"], cell["scaffold"], cell["hints"]) == ("m", "aide", "text")
        assert cell["mean"] == pytest.approx(0.25)
        low, high = cell["interval"]
        assert low < 0.25 < high
        assert cell["missing"] == [9]
    assert "mean_clipped" not in cell


def test_the_rules_differ_as_they_should(say: Say) -> None:
    table = fsr_table({1: ["1", "1", "1", "", "", ""], 20: ["0", "0", "0"]})
    (ours,) = cells(say(table, "--json")[1], "ours")
    (paper,) = cells(say(table, "--json", "--rules", "paper2025")[1], "paper2025")
    assert (ours["mean"], ours["tasks"], ours["n"]) == (0.25, 2, 9)
    assert (paper["mean"], paper["tasks"], paper["n"]) == (1.0, 1, 6)


def test_the_table_is_readable_and_says_what_is_missing(say: Say) -> None:
    code, output, _ = say(fsr_table({start: ["0.5", "0.7"] for start in STARTS if start not in (3, 4)}))
    assert code == 0
    head, row = output.splitlines()[:2]
    assert head.split() == [
        "model", "scaffold", "hints", "mean", "interval", "clipped", "iqm", "runs", "tasks", "missing",
    ]  # fmt: skip
    assert row.split()[:4] == ["m", "aide", "text", "0.600"]
    assert row.split()[-3:] == ["34", "17", "3-4"]
    assert "m aide text: no run of start 3-4: the mean is over 17 of 19 tasks" in output


def test_the_papers_plus_minus_is_shown_as_one(say: Say) -> None:
    _, output, _ = say(fsr_table({1: ["0.9", "0.6", "0"], 2: ["0.5", "0.2", "0.2"]}), "--rules", "paper2025")
    head, row = output.splitlines()[:2]
    assert "±" in head.split()
    assert row.split()[3:5] == ["0.400", "0.173"]


def test_times_measured_elsewhere(say: Say, tmp_path: Path) -> None:
    ends = tmp_path / "ends.json"
    ends.write_text(json.dumps({"12": {"unit": "s", "start": 200, "target": 100}}))
    table = f"{HEAD},train_ms,val_loss\nm,s,none,12,1,150000,3.1\n"
    _, output, _ = say(table, "--json", "--reference", str(ends))
    assert cells(output, "ours")[0]["mean"] == 0.5
    ends.write_text(json.dumps({"12": {"unit": "s", "start": 100, "target": 100}}))
    code, _, errors = say(table, "--json", "--reference", str(ends))
    assert code == 1
    assert "faster than the start" in errors
    _, output, _ = say(table, "--json", "--reference", str(ends), "--rules", "paper2025")
    assert cells(output, "paper2025")[0]["mean"] == 0


def test_the_paper_is_no_reference_for_the_pocket(say: Say) -> None:
    table = f"{HEAD},profile,train_ms,val_loss\nm,s,none,12,1,%s,20000,2.2\n"
    for flags in ((), ("--reference", "paper")):
        code, output, errors = say(table % "pocket", *flags)
        assert (code, output) == (2, "")
        assert "eight H100s" in errors and "another machine and other scripts" in errors
    assert say(table % "gpu8", "--reference", "paper")[0] == 0


def test_a_reference_for_fsr_is_refused(say: Say) -> None:
    code, _, errors = say(fsr_table({1: ["0.5"]}), "--reference", "paper")
    assert code == 2
    assert "relative to a reference already" in errors


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.csv"], 1, "No such file"),
        ([], 2, "FILE"),
        (["runs.csv", "--rules", "mine"], 2, "'paper2025'"),
    ],
)
def test_mistakes_of_the_command(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main(["speedrun", "fsr", *arguments]) == code
    assert said in capsys.readouterr().err


def test_a_mistake_in_the_table_names_its_line(say: Say) -> None:
    code, output, errors = say(fsr_table({1: ["0.5", "fast"]}), "--json")
    assert (code, output) == (1, "")
    assert "Line 3: m,aide,text,1,1,fast" in errors


PAGE = (Path(__file__).parents[2] / "docs" / "speedrun_scores.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert isinstance(found, str)
    return found


def test_the_example_of_the_page_gives_what_the_page_shows(say: Say) -> None:
    shown = block("text").partition("\n")[2]
    _, output, _ = say(block("csv"))
    assert output.startswith(shown)


def test_the_reference_of_the_page_is_one(say: Say, tmp_path: Path) -> None:
    ends = tmp_path / "ends.json"
    ends.write_text(block("json"))
    table = f"{HEAD},train_ms,val_loss\nm,s,none,12,1,290200,3.1\nm,s,none,13,1,273500,3.1\n"
    _, output, _ = say(table, "--json", "--reference", str(ends))
    assert cells(output, "ours")[0]["mean"] == 1.0


def test_the_page_names_every_rule_of_the_paper() -> None:
    rules = re.findall(r"^\|.*\| `(\w+)`(?:, `(\w+)`)? \|$", PAGE.partition("## Rules `paper2025`")[2], re.M)
    named = {name for pair in rules for name in pair if name}
    assert len(named) == 11
    module = import_module("agentkit.builtin.tasks.speedrun.scores.paper2025")
    assert [name for name in named if not hasattr(module, name)] == ["missing"]


HEAVY = """
import sys
from importlib import import_module
for name in ("runs", "reference", "ours", "paper2025", "command"):
    import_module(f"agentkit.builtin.tasks.speedrun.scores.{name}")
print([name for name in ("numpy", "torch", "langgraph", "litellm", "rich") if name in sys.modules])
"""


def test_scoring_imports_nothing_heavy() -> None:
    result = subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_runs_at_a_horizon_are_kept_apart(say: Say) -> None:
    """A part of the steps, to another loss: another task under the same start."""
    head = f"{HEAD},fsr,profile\n"
    code, _, errors = say(f"{head}m,s,none,12,1,0.5,gpu1@0.1\nm,s,none,12,2,0.4,gpu1\n")
    assert code == 2
    assert "mixes runs at a horizon (gpu1@0.1)" in errors and "the profiles gpu1, gpu1@0.1" in errors
    code, output, _ = say(f"{head}m,s,none,12,1,0.5,gpu1@0.1\n", "--json")
    assert (code, cells(output, "ours")[0]["mean"]) == (0, 0.5)
    code, _, errors = say(f"{HEAD},train_ms,val_loss,profile\nm,s,none,12,1,9,5.1,gpu1@0.1\n")
    assert code == 2 and "another loss than 3.28" in errors
