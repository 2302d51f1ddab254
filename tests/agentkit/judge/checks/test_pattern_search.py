from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.judge.checks.pattern_search import PLAIN, Place, find_in_texts, find_pattern, find_places
from agentkit.judge.evidence import JudgeFault


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@given(st.sampled_from(["a", "^b", "c$", "(?s)a.b", "ü", "x?"]), st.text("abcü\n x", max_size=40))
@settings(max_examples=15, deadline=None)
def test_finds_what_the_matcher_finds(pattern: str, text: str) -> None:
    match = re.search(pattern, text, re.MULTILINE)
    assert asyncio.run(find_pattern(pattern, text)) == (None if match is None else match.start())


def test_a_search_that_does_not_end_is_no_verdict_and_leaves_nothing() -> None:
    async def wait_for_it() -> None:
        with pytest.raises(JudgeFault, match=r"did not end within 0\.5 s"):
            await find_pattern(r"(a+)+$", "a" * 60 + "b", seconds=0.5)
        assert children() == before

    before = children()
    begun = time.monotonic()
    asyncio.run(wait_for_it())
    assert time.monotonic() - begun < 10


def test_a_search_that_dies_is_no_verdict() -> None:
    with pytest.raises(JudgeFault, match="ended with 1"):
        asyncio.run(find_pattern("(", "text"))


def test_a_large_text_is_passed_on() -> None:
    text = "x" * 3_000_000 + "\nneedle"
    assert asyncio.run(find_pattern("^needle$", text)) == 3_000_001


def test_a_caller_that_gives_up_leaves_no_process_behind() -> None:
    async def give_up() -> None:
        search = asyncio.create_task(find_pattern(r"(a+)+$", "a" * 60 + "b", seconds=60))
        async with asyncio.timeout(30):
            while children() == before:
                await asyncio.sleep(0.01)
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        assert children() == before  # here, because closing the loop would end them too

    before = children()
    asyncio.run(give_up())


def test_all_places_up_to_so_many() -> None:
    text = "acc 6.7 %\nacc 3.3 %\nacc 1 %\n"
    found = asyncio.run(find_places(r"acc ([\d.]+)", text, 2))
    assert found == [Place(0, 0, "6.7"), Place(0, 10, "3.3")]


def test_the_first_of_several_texts() -> None:
    assert find_in_texts("^b", ["a", "a\nb", "b"]) == Place(1, 2, "b")
    assert find_in_texts("c", ["a", "b"]) is None
    assert find_in_texts("c", []) is None
    with pytest.raises(JudgeFault, match=r"did not end within 0\.5 s"):
        find_in_texts(r"(a+)+$", ["a" * 60 + "b"], seconds=0.5)
    with pytest.raises(JudgeFault, match="ended with 1"):
        find_in_texts("(", ["a"])


def test_a_plain_pattern_needs_no_process() -> None:
    before = children()
    assert find_in_texts(r"def b\b", ["def bc", "x\ndef b(): ..."]) == Place(1, 2, "def b")
    assert find_in_texts(r"^b$", ["ab", "a\nb"]) == Place(1, 2, "b")
    with pytest.raises(JudgeFault, match="is no pattern"):
        find_in_texts(r"\q", ["q"])
    assert children() == before
    for one in ("a+", "(a)", "a{2}", "a|b", "[a]", r"a\1", r"\N{DASH}"):
        assert not PLAIN.fullmatch(one)
