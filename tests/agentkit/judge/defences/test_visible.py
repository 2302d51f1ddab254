from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.judge.defences.visible import HIDDEN, in_one_line, plain, visible, visible_name

ODD = st.text(st.sampled_from('ab \n\t"\\\u202e\u200b\U000e0041\ufe0f\x00\x1b\u2028\udc80аé'), max_size=30)


@pytest.mark.parametrize(
    "character",
    ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "\U000e0067", "\ufe01",
     "\U000e0101", "\u3164", "\u2800", "\x00", "\x1b", "\x85", "\r", "\u2028", "\udc80", "\ue000", "\u034f"],
)  # fmt: skip
def test_what_is_not_seen_is_written_out(character: str) -> None:
    assert visible(f"a{character}b") == f"a\\u{{{ord(character):x}}}b"


def test_what_is_seen_stays() -> None:
    text = "x = 1\n\ty = 'é 日本 Ж ∑ 👩'\u00a0"
    assert visible(text) == text


@given(ODD)
def test_nothing_hidden_is_left_and_twice_is_once(text: str) -> None:
    shown = visible(text)
    assert not HIDDEN.search(shown)
    assert visible(shown) == shown
    assert shown.count("\n") == text.count("\n")


@given(ODD, ODD)
def test_two_names_never_look_the_same(first: str, second: str) -> None:
    assert (visible_name(first) == visible_name(second)) is (first == second)
    assert not set(visible_name(first)) & set('\n\t"')
    assert in_one_line(visible_name(first)) == visible_name(first)


@given(ODD)
def test_a_plain_text_has_as_many_lines(text: str) -> None:
    assert plain(text).count("\n") == text.count("\n")


def test_a_plain_text_is_what_a_reader_takes_it_for() -> None:
    assert plain("gr\u200bader") == "grader"
    assert plain("grаder nоte") == "grader note"  # with Cyrillic letters
    assert plain("gr&#97;der &amp; judge") == "grader & judge"
    assert plain("".join(chr(0xE0000 + ord(each)) for each in "hi")) == "hi"
    assert plain("ｇｒａｄｅｒ") == "grader"
    assert plain("оно само") == "оно само"
