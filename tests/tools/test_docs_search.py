import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit import Mount, ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog

Use = Callable[..., ToolResult]


@pytest.fixture
def library(folder: Path) -> Path:
    place = folder / "docs"
    place.mkdir()
    (place / "cuda.md").write_text(
        "# Memory\n\nLoads of a warp are coalesced.\n\n## Shared\n\n\nBank conflicts serialise accesses.\n"
    )
    (place / "optim.rst").write_text("Muon orthogonalises the momentum of each matrix.\n")
    (place / "code.py").write_text("bank conflicts\n")
    return place


def test_the_nearest_passage_is_cited_by_file_and_line(use: Use, library: Path) -> None:
    result = use("docs_search", query="bank conflicts?", path="docs")
    assert result.ok
    assert result.data["cited"] == ["docs/cuda.md:8"]
    assert result.text.splitlines()[0] == "1 of 3 passages in 2 documents:"
    assert "## Shared" in result.text
    assert "Bank conflicts serialise" in result.text
    assert use("docs_search", query="muon").data["cited"] == ["docs/optim.rst:1"]
    assert "no word" in use("docs_search", query="zebra").text


def test_many_long_passages_are_cut(use: Use, library: Path) -> None:
    for number in range(40):
        (library / f"{number}.txt").write_text(f"warp {number} " + "word " * 5000)
    result = use("docs_search", query="warp word", max_results=100)
    assert len(result.text) <= 8000
    assert 5 <= len(result.data["cited"]) <= 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"query": " "}, "needs a `query`"),
        ({"query": "x", "path": "nowhere"}, "There is no nowhere"),
        ({"query": "x", "path": "../.."}, "outside the workspace"),
        ({"query": "x", "path": "/etc"}, "outside the workspace"),
    ],
)
def test_bad_input_is_refused_in_words(use: Use, arguments: dict[str, object], said: str) -> None:
    result = use("docs_search", **arguments)
    assert not result.ok
    assert said in result.text


def test_the_tasks_data_can_be_searched_and_what_it_hides_cannot(
    context: ToolContext, tmp_path: Path
) -> None:
    manual, secret = tmp_path / "host" / "manual", tmp_path / "host" / "manual" / "answers"
    secret.mkdir(parents=True)
    (manual / "page.md").write_text("Warps have 32 threads.\n")
    (secret / "key.md").write_text("Warps: the answer.\n")
    mounts = (Mount(source=manual, target=Path("/data/manual")),)

    def search(path: str, *masks: Path) -> ToolResult:
        environment = context.environment.model_copy(update={"mounts": mounts, "masks": masks})
        tool = open_catalog().load("tool", "docs_search")
        there = replace(context, environment=environment)
        return asyncio.run(tool.call(there, {"query": "warps", "path": path}))

    assert "/data/manual/page.md:1" in search("/data/manual").data["cited"]
    assert not search("/data/manual/../..").ok
    assert not search("/data/manual/answers", secret).ok
    assert not search("/data/manual", secret).ok
