from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.ranking import scores, words

TEXTS = ("a larger batch", "warm up the learning_rate", "fuse the attention kernel", "nothing of the sort")


def best(query: str) -> str:
    found = scores(query, TEXTS)
    return TEXTS[found.index(max(found))]


def test_names_are_taken_apart_at_underscores() -> None:
    assert words("Set learning_rate=3e-4, ÉTÉ") == ["set", "learning", "rate", "3e", "4", "été"]


def test_the_text_that_shares_rare_words_is_nearest() -> None:
    assert best("what learning rate?") == "warm up the learning_rate"
    assert best("the kernel of attention") == "fuse the attention kernel"
    assert scores("the", TEXTS)[0] == 0.0


def test_the_scores_are_those_of_the_formula() -> None:
    """By hand: two texts of two words each, one holds the word once. idf = ln(1 + 1.5 / 1.5) = ln 2."""
    assert scores("fast", ["fast code", "slow code"]) == pytest.approx([0.693147, 0.0], abs=1e-6)


def test_a_word_said_often_counts_less_each_time_and_a_long_text_is_held_against_it() -> None:
    once, twice, long = scores("fast", ["fast a", "fast fast", "fast a b c d e f g"])
    assert once < twice < 2 * once
    assert long < once


def test_of_nothing_nothing_is_near() -> None:
    assert scores("fast", []) == []
    assert scores("", ["fast"]) == [0.0]
    assert scores("fast", ["", ""]) == [0.0, 0.0]


@given(st.lists(st.text("abc ", max_size=12), max_size=12), st.text("abc ", max_size=12))
def test_a_score_is_the_texts_own_and_not_its_places(texts: list[str], query: str) -> None:
    order = list(range(len(texts)))
    random.Random(1).shuffle(order)
    shuffled = scores(query, [texts[index] for index in order])
    assert shuffled == pytest.approx([scores(query, texts)[index] for index in order])
    assert all(each >= 0 for each in shuffled)
