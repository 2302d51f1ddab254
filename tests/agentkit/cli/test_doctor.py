from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from agentkit.catalog import Catalog, open_catalog
from agentkit.cli.checkup import Check
from agentkit.cli.doctor import (
    add_arguments,
    check_benchmark,
    check_demonstration,
    check_sandboxes,
    examine,
    print_checks,
    run,
)
from agentkit.kits import Kit

ADAPTER = """\
import agentkit


class Sizes:
    purpose = "for a test"
    profiles = ("small", "large")

    def entries(self):
        return []

    def load(self, name, profile):
        raise LookupError(name)


benchmark = Sizes()
"""


def kit_with(folder: Path, name: str, source: str) -> Catalog:
    """A project folder with one benchmark whose adapter is `source`."""
    (folder / "tasks" / name).mkdir(parents=True)
    (folder / "tasks" / name / "adapter.py").write_text(source)
    return open_catalog(folder)


def test_the_sizes_of_a_benchmark(tmp_path: Path) -> None:
    catalog = kit_with(tmp_path, "sized", ADAPTER)
    found = check_benchmark(catalog, catalog.find("benchmark", "sized"))
    assert (found.state, found.detail) == ("info", "sizes: small, large")


def test_a_broken_adapter_is_a_finding_and_not_the_end(tmp_path: Path) -> None:
    catalog = kit_with(tmp_path, "broken", "import agentkit\n\nraise ValueError('no')\n")
    found = check_benchmark(catalog, catalog.find("benchmark", "broken"))
    assert found.state == "optional" and "adapter.py" in found.detail


def test_without_the_demonstration_the_machine_is_not_ready(tmp_path: Path) -> None:
    found = check_demonstration(Catalog([Kit("empty", tmp_path, "empty")]))
    assert found.state == "missing" and "speedrun" in found.detail


def test_one_sandbox_that_works_is_enough() -> None:
    found = {check.name: check.state for check in check_sandboxes()}
    assert found["sandbox local"] == "ok" and "missing" not in found.values()


def test_a_mistake_in_the_settings_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "agentkit.toml").write_text("[solve]\nseed = 'many'\n")
    monkeypatch.chdir(tmp_path)
    found = {check.name: check for check in examine(None)}
    assert found["runs folder"].state == "missing" and "agentkit.toml" in found["runs folder"].detail


@pytest.mark.parametrize("state", ["missing", "ok"])
def test_what_is_missing_is_said_with_its_remedy(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    check = Check("torch", "missing" if state == "missing" else "ok", "it does not load", "pip install it")
    print_checks([check], ready=state == "ok")
    out = capsys.readouterr().out
    assert ("to mend it: pip install it" in out) == (state == "missing")
    assert ("missing: torch." in out) == (state == "missing")
    assert ("This machine is ready." in out) == (state == "ok")


@pytest.mark.real
def test_the_exit_code_says_whether_the_demonstration_can_run(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    code = run(parser.parse_args(["--json"]))
    content = json.loads(capsys.readouterr().out)
    states = [check["state"] for check in content["checks"]]
    assert content["ready"] == ("missing" not in states)
    assert code == (0 if content["ready"] else 3)
    names = [check["name"] for check in content["checks"]]
    for name in ("Python", "torch", "sandbox local", "runs folder", "task speedrun/record12", "model keys"):
        assert name in names
