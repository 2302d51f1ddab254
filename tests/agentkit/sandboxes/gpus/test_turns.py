from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agentkit.sandboxes.gpus.turns import MOST_SHARERS, Claim, allot, in_order

DEVICES = tuple(f"d{n}" for n in range(4))


def claim(name: str, run: str = "a", exclusive: bool = True, count: int = 1, *devices: str) -> Claim:
    return Claim(name, run, exclusive, count, DEVICES, devices)


CLAIMS = st.lists(
    st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(1, 4)), max_size=12
).map(lambda rows: [claim(f"{n:03}", *row) for n, row in enumerate(rows)])  # fmt: skip


def give(waiting: list[Claim], holding: list[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Waiting and holding once everyone whose turn it is has taken its devices."""
    turns = allot(waiting, holding)
    taken = [replace(each, devices=turns[each.name]) for each in waiting if each.name in turns]
    return [each for each in waiting if each.name not in turns], holding + taken


def assert_apart(holding: list[Claim]) -> None:
    exclusive = Counter(d for each in holding if each.exclusive for d in each.devices)
    sharers = Counter(d for each in holding if not each.exclusive for d in each.devices)
    assert all(count == 1 for count in exclusive.values())
    assert not exclusive.keys() & sharers.keys()
    assert all(count <= MOST_SHARERS for count in sharers.values())
    assert all(len(set(each.devices)) == each.count for each in holding)


@given(CLAIMS, st.randoms(use_true_random=False))
def test_everyone_gets_a_turn_and_nobody_meets(waiting: list[Claim], rng: random.Random) -> None:
    holding: list[Claim] = []
    for _ in range(4 * len(waiting) + 1):
        waiting, holding = give(waiting, holding)
        assert_apart(holding)
        assert holding or not waiting, "devices are free, but nobody may take them"
        if holding:
            holding.remove(rng.choice(holding))
    assert not waiting and not holding


@given(CLAIMS, st.randoms(use_true_random=False))
def test_those_whose_turn_it_is_may_come_in_any_order(waiting: list[Claim], rng: random.Random) -> None:
    """Processes look at different moments, and each takes only what is its own."""
    holding: list[Claim] = []
    for _ in range(6 * len(waiting) + 1):
        turns = allot(waiting, holding)
        if turns and (rng.random() < 0.7 or not holding):
            name = rng.choice(sorted(turns))
            holding += [replace(each, devices=turns[name]) for each in waiting if each.name == name]
            waiting = [each for each in waiting if each.name != name]
            assert_apart(holding)
        elif holding:
            holding.remove(rng.choice(holding))
    assert holding or not waiting


def test_a_run_with_one_job_is_before_the_second_of_a_run_with_twenty() -> None:
    many = [claim(f"{n:03}", "many") for n in range(20)]
    late = claim("999", "one")
    assert [each.name for each in in_order([*many, late], [])][:3] == ["000", "999", "001"]
    # One of the many has a device already: then the other run is first of all.
    first, rest = replace(many[0], devices=("d0",)), many[1:]
    assert in_order([*rest, late], [first])[0] is late


def test_new_sharers_do_not_starve_an_exclusive_job() -> None:
    holding = [claim(f"{n:03}", f"r{n}", False, 1, d) for n, d in enumerate(DEVICES)]
    writer, reader = claim("100", "w"), claim("200", "r", False)
    assert allot([reader], holding).keys() == {"200"}
    turns = allot([writer, reader], holding)
    assert turns.keys() == {"200"} and turns["200"] != ("d0",), "d0 is what the writer waits for"
    # As many sharers as there can be: still one device takes none of them, and drains.
    waiting = [writer, *(claim(f"{n}", f"q{n}", False) for n in range(200, 240))]
    waiting, holding = give(waiting, holding)
    use = Counter(d for each in holding for d in each.devices)
    assert sorted(use.values()) == [1, MOST_SHARERS, MOST_SHARERS, MOST_SHARERS]


def test_small_jobs_do_not_starve_one_that_needs_all() -> None:
    holding = [claim("000", "s", True, 1, "d0")]
    big, small = claim("100", "big", True, 4), claim("200", "other")
    assert allot([big, small], holding) == {}, "what is free is kept for the one that was first"
    assert allot([big, small], []) == {"100": DEVICES}


def test_one_that_waits_for_the_impossible_here_is_not_in_the_way_elsewhere() -> None:
    here = replace(claim("000", "x"), among=("d0",))
    assert allot([here, claim("001", "y")], [claim("h", "z", True, 1, "d0")]) == {"001": ("d1",)}
