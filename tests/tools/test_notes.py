import asyncio
from dataclasses import replace

import pytest

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog
from agentkit.contracts.tool import Note

KEPT = [
    Note(attempt="a1", text="A larger batch diverges above a rate of 0.02."),
    Note(attempt="a2", text="torch.compile with max-autotune takes four minutes and gains nothing."),
]


@pytest.fixture
def shared(context: ToolContext) -> ToolContext:
    return replace(context, notes=lambda: KEPT)


def call(context: ToolContext, **arguments: object) -> ToolResult:
    return asyncio.run(open_catalog().load("tool", "notes").call(context, arguments))


def test_a_note_is_kept_as_data_that_the_journal_holds(shared: ToolContext) -> None:
    kept = call(shared, text="  Muon wants weight decay 0.  ")
    assert (kept.ok, kept.data) == (True, {"note": "Muon wants weight decay 0."})
    assert call(shared, text=KEPT[0].text).data == {}


def test_notes_are_read_all_or_by_a_query(shared: ToolContext, context: ToolContext) -> None:
    assert call(shared).text.splitlines() == [
        "2 of 2 notes:",
        f"[a1] {KEPT[0].text}",
        f"[a2] {KEPT[1].text}",
    ]
    assert call(shared, query="does compile help").text.splitlines()[1:] == [f"[a2] {KEPT[1].text}"]
    assert call(shared, query="zebra").text == "0 of 2 notes."
    assert call(context).text == "0 of 0 notes."


def test_a_note_that_is_too_long_is_not_kept_and_many_are_cut(context: ToolContext) -> None:
    refused = call(context, text="x" * 2001)
    assert (refused.ok, refused.data) == (False, {})
    many = replace(context, notes=lambda: [Note(attempt=f"a{n}", text="y" * 2000) for n in range(50)])
    assert len(call(many).text) < 9000
