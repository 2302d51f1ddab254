from __future__ import annotations

import pytest

from agentkit.errors import UnknownName
from agentkit.search import memory
from agentkit.search.operators import (
    AIRA_DEBUG,
    AIRA_DRAFT,
    AIRA_IMPROVE,
    DEBUG,
    DRAFT,
    IMPROVE,
    NOTHING,
)
from agentkit.search.pieces import OFF, PIECES, with_pieces
from agentkit.search.sections import complexity, parent_output, remaining

AIDE = {"draft": DRAFT, "improve": IMPROVE, "debug": DEBUG, "nothing": NOTHING}
AIRA = {"draft": AIRA_DRAFT, "improve": AIRA_IMPROVE, "debug": AIRA_DEBUG}


def test_aides_operators_with_all_of_airas_pieces_are_airas() -> None:
    """What differs is on record as a choice of the run, and no second scaffold is needed."""
    made = with_pieces(AIDE, ["siblings", "complexity", "parent-output", "stripped"])
    assert made["improve"] == AIRA_IMPROVE
    assert made["draft"].memory is memory.siblings
    assert complexity in made["draft"].sections
    assert made["nothing"] == NOTHING, "it asks no model"


def test_airas_without_them_show_and_keep_what_plain_ones_do() -> None:
    made = with_pieces(AIRA, [OFF + each for each in PIECES])
    assert [each.sections for each in made.values()] == [(), (), ()]
    assert {each.memory for each in made.values()} == {memory.nothing}
    assert {each.stores for each in made.values()} == {"reply"}


@pytest.mark.parametrize(
    ("piece", "operator", "section"),
    [
        ("complexity", "draft", complexity),
        ("remaining", "debug", remaining),
        ("parent-output", "improve", parent_output),
    ],
)
def test_a_section_is_there_once_however_often_it_is_asked_for(
    piece: str, operator: str, section: object
) -> None:
    made = with_pieces(AIRA, [piece, piece])
    assert made[operator].sections.count(section) == 1
    assert section not in with_pieces(AIRA, [piece, OFF + piece])[operator].sections


def test_leaving_out_siblings_leaves_another_memory_alone() -> None:
    assert with_pieces(AIDE, ["no-siblings"])["improve"].memory is memory.all_good
    assert with_pieces(AIDE, ["no-debug-chain"])["debug"].memory is memory.nothing
    assert with_pieces(AIDE, ["no-debug-chain"])["improve"].memory is memory.all_good


def test_a_piece_nobody_knows_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"no piece of a prompt 'sibling'[\s\S]*siblings"):
        with_pieces(AIDE, ["sibling"])
