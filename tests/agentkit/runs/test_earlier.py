"""What helped in one run is shown in the next, where its operators retrieve."""

from __future__ import annotations

from pathlib import Path

import pytest

import agentkit
from agentkit.errors import UnknownName
from agentkit.runs.earlier import gains_of_run, gains_of_runs

RETRIEVING = """\
\"\"\"One draft that is shown what has helped.\"\"\"

from dataclasses import replace

from agentkit import Expansion, Record, Scaffold, scaffold
from agentkit.search.operators import DRAFT
from agentkit.search.retrieval import retrieved


class Policy:
    def select(self, tree, pending, room, rng):
        return [Expansion(operator="draft")]


class Settings(Record):
    \"\"\"None.\"\"\"


@scaffold
def mine(settings: Settings) -> Scaffold:
    \"\"\"One draft that is shown what has helped.\"\"\"
    return Scaffold(Policy(), {"draft": replace(DRAFT, sections=(retrieved(),))}, attempts=1)
"""


def test_what_helped_is_read_from_a_run_with_its_figures_and_diffs(project: Path) -> None:
    run = agentkit.solve("toy/number", model="scripted/demo", sandbox="local")
    found = gains_of_run(run.folder)
    assert [(each.parent, each.attempt, each.before, each.after) for each in found] == [
        ("start", "a1", "1", "20"),
        ("a3", "a4", "30", "40"),
    ], "a3 mended a failure, which has no figure"
    assert {(each.run, each.task) for each in found} == {(run.path.name, "toy/number")}
    assert "-30\n+40" in found[1].diff.replace("\r", "")
    assert found[1].description.splitlines()[0] == "I write 20."


def test_the_next_run_is_shown_it_and_a_resumed_one_again(project: Path) -> None:
    first = agentkit.solve("toy/number", model="scripted/demo", sandbox="local")
    (project / "scaffolds").mkdir()
    (project / "scaffolds" / "mine.py").write_text(RETRIEVING)
    run = agentkit.solve(
        "toy/number", model="scripted/demo", sandbox="local", scaffold="mine", earlier=(first.path.name,)
    )
    prompt = run.folder.blobs.get(run.folder.state().prompts["a1/plan/0"]).decode()
    assert f"| {first.path.name}/a4 | a3 | 30 | 40 | I write 40. | It was 40. |" in prompt
    assert "+40" in prompt


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="nowhere"):
        gains_of_runs(("nowhere",), tmp_path)
