"""A budget of several runs: its file, and what each run keeps beside it."""

from __future__ import annotations

import fcntl
import json
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.budget import SharedCaps
from agentkit.contracts.events import Event
from agentkit.contracts.messages import Usage
from agentkit.errors import BadFile, BudgetSpent, RunProblem, UsageError
from agentkit.journal import shared_budget
from agentkit.journal.fold import RunState
from agentkit.journal.shared_budget import Share, SharedBudget, exceeds, parse_line, read_caps, total_share

shares = st.builds(
    Share,
    st.none() | st.floats(0, 1e6),
    st.integers(0, 10**12),
    st.integers(0, 10**6),
    st.floats(0, 1e9),
)


def part(folder: Path, run: str = "r1", caps: str = "tokens = 1000") -> SharedBudget:
    file = folder / "team.toml"
    file.write_text(f"{caps}\n")
    return SharedBudget(file, read_caps(file), folder / "runs" / run, RunState())


def ask(shared: SharedBudget, tokens: int, key: str = "k", dollars: float | None = 0.0) -> None:
    with shared.change():
        shared.state.ledger.asked("a1", key, Usage(input_tokens=tokens, output_tokens=0, dollars=dollars))


def settle(shared: SharedBudget, tokens: int, key: str = "k", dollars: float | None = 0.0) -> None:
    usage = Usage(input_tokens=tokens, output_tokens=0, dollars=dollars)
    shared.state.ledger.settle("a1", key, usage, 0.0)
    shared.observe(Event(number=1, time=0.0, kind="reply"))


def table(folder: Path) -> dict[str, Share]:
    lines = (folder / "team.toml.used").read_text().splitlines(keepends=True)[1:]
    return {Path(run.strip('"')).name: share for run, share in map(parse_line, lines)}


def test_caps_are_those_of_the_file(tmp_path: Path) -> None:
    shared = part(tmp_path, caps="dollars = 4\ntokens = 2_000_000")
    assert shared.caps == SharedCaps(dollars=4.0, tokens=2_000_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one of the caps dollars, tokens, attempts, gpu_seconds"),
        ("dolars = 3", "'dolars'"),
        ("dollars = -1", "greater than or equal to 0"),
        ("dollars = true", "valid number"),
        ("dollars = nan", "finite number"),
        ("dollars = '3'", "valid number"),
        ("tokens = 1.5", "valid integer"),
        ("dollars = ", "TOML"),
        ("[caps]\ndollars = 3", "'caps'"),
    ],
)
def test_a_mistake_in_the_file_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadFile) as caught:
        part(tmp_path, caps=text)
    assert said in str(caught.value)
    assert "team.toml" in caught.value.message


def test_a_budget_that_is_not_there_is_said_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file") as caught:
        read_caps(tmp_path / "team.toml")
    assert "dollars = 20" in str(caught.value)


@given(shares, st.text(min_size=1))
def test_what_is_written_is_read_again_to_the_last_digit(share: Share, name: str) -> None:
    run = json.dumps(f"/runs/{name}")
    line = share.line(run).decode("ascii")
    assert line.splitlines(keepends=True) == [line], "one run, one line, whatever its folder is called"
    assert parse_line(line) == (run, share)
    assert len(line) == len(Share().line(run)), "so that it can be changed where it stands"


@given(st.lists(shares, max_size=8), st.randoms())
def test_the_sum_does_not_depend_on_the_order(several: list[Share], random: Any) -> None:
    total = total_share(several)
    assert total.tokens == sum(each.tokens for each in several)
    assert total.attempts == sum(each.attempts for each in several)
    assert (total.dollars is None) == any(each.dollars is None for each in several)
    shuffled = random.sample(several, len(several))
    assert total_share(shuffled)[1:3] == total[1:3]
    assert math.isclose(total_share(shuffled).dollars or 0.0, total.dollars or 0.0, rel_tol=1e-9)


@given(st.lists(st.tuples(st.sampled_from(["ask", "answer", "die"]), st.integers(0, 2), st.integers(0, 400))))
def test_the_file_is_the_fold_of_every_runs_own_ledger(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("team", numbered=True)
    runs = [part(folder, f"r{number}") for number in range(3)]
    for shared in runs:
        shared.keep()
    for number, (step, who, tokens) in enumerate(steps):
        shared, key = runs[who], f"k{number}"
        if step == "ask":
            ask(shared, tokens, key)
        elif step == "answer" and shared.state.ledger.open_calls:
            opened, (_, bound) = next(iter(shared.state.ledger.open_calls.items()))
            settle(shared, min(tokens, bound.input_tokens), opened)
        elif step == "die":
            before = table(folder)[f"r{who}"]
            state = shared.state
            state.ledger.lose_open_calls()
            runs[who] = SharedBudget(shared.file, shared.caps, shared.run, state)
            runs[who].keep()
            runs[who].keep()
            assert table(folder)[f"r{who}"] == before, "a resumed run is counted once"
        assert table(folder) == {f"r{each}": shared.own for each, shared in enumerate(runs)}
        for each, shared in enumerate(runs):
            with shared.change() as others:
                assert others == total_share(other.own for n, other in enumerate(runs) if n != each)


def test_what_one_reserves_the_others_see_until_it_is_settled(tmp_path: Path) -> None:
    one, other = part(tmp_path), part(tmp_path, "r2")
    one.keep()
    ask(other, 700)
    assert one.left() == other.left() == {"tokens": 300}
    assert one.others() == {str(other.run): Share(0.0, 700, 0, 0.0)}
    settle(other, 100)
    assert one.left() == {"tokens": 900}


def test_a_killed_run_stays_at_its_bound_and_a_resumed_one_corrects_it(tmp_path: Path) -> None:
    one, killed = part(tmp_path), part(tmp_path, "r2")
    ask(killed, 700)
    assert one.left() == {"tokens": 300}
    resumed = part(tmp_path, "r2")  # of whose journal nothing of the call is left
    resumed.keep()
    assert one.left() == {"tokens": 1000}
    assert list(table(tmp_path)) == ["r2"]


def test_a_block_that_raises_writes_nothing(tmp_path: Path) -> None:
    shared = part(tmp_path)
    shared.keep()
    with pytest.raises(ZeroDivisionError), shared.change():
        shared.state.ledger.asked("a1", "k", Usage(input_tokens=5, output_tokens=5))
        _ = 1 / 0
    assert table(tmp_path)["r1"] == Share()


def test_attempts_are_taken_as_long_as_there_are_some(tmp_path: Path) -> None:
    one, other = part(tmp_path, caps="attempts = 5"), part(tmp_path, "r2", caps="attempts = 5")
    assert one.take_attempts(3) == 3
    assert other.take_attempts(3) == 2
    assert one.left() == {"attempts": 0}
    said = other.spent("attempts").message
    assert "The cap of 5 attempts in" in said
    assert "r1 has used 3, this run 2; raise it there, then `agentkit resume" in said


def test_without_a_cap_on_attempts_all_are_given(tmp_path: Path) -> None:
    assert part(tmp_path).take_attempts(7) == 7


def test_a_message_names_those_who_used_most(tmp_path: Path) -> None:
    for number in range(6):
        ask(part(tmp_path, f"r{number}"), 10 * number)
    said = part(tmp_path, "mine").spent("tokens").message
    assert "r5 has used 50, r4 has used 40, r3 has used 30, 2 more 30, this run 0" in said


def test_a_price_that_is_not_known_is_said_with_its_run(tmp_path: Path) -> None:
    ask(part(tmp_path, "free"), 10, dollars=None)
    shared = part(tmp_path, caps="dollars = 3")
    with shared.change() as others:
        assert others.dollars is None
    assert shared.left() == {}
    assert "what free has spent has no known price" in shared.spent("dollars").message


def test_gpu_seconds_end_all_runs(tmp_path: Path) -> None:
    one, other = part(tmp_path, caps="gpu_seconds = 30.0"), part(tmp_path, "r2", caps="gpu_seconds = 30.0")
    one.check_gpu_seconds()
    other.state.ledger.computed("a1", {"metrics": {"gpu_seconds": 30.0}})
    other.keep()
    with pytest.raises(BudgetSpent, match="30 GPU-seconds .* r2 has used 30, this run 0"):
        one.check_gpu_seconds()


@pytest.mark.parametrize("damage", [b"{}", b"x" * 200, b"\xff"])
def test_a_damaged_file_is_said_and_not_taken_for_an_empty_one(tmp_path: Path, damage: bytes) -> None:
    shared = part(tmp_path)
    (tmp_path / "team.toml.used").write_bytes(damage)
    with pytest.raises(RunProblem, match="damaged"):
        shared.keep()
    assert (tmp_path / "team.toml.used").read_bytes() == damage


def test_a_line_that_was_cut_off_is_damage(tmp_path: Path) -> None:
    ask(part(tmp_path), 5)
    used = tmp_path / "team.toml.used"
    used.write_bytes(used.read_bytes()[:-9])
    with pytest.raises(RunProblem, match="damaged: a line is cut off"):
        part(tmp_path, "r2").keep()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    shared = part(tmp_path)
    (tmp_path / "team.toml.used").mkdir()
    with pytest.raises(RunProblem, match=r"team\.toml\.used cannot be written"):
        shared.keep()


def test_a_run_that_was_stopped_with_the_lock_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_budget, "LOCK_SECONDS", 0.2)
    shared = part(tmp_path)
    shared.keep()
    holder = os.open(tmp_path / "team.toml.used", os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    with pytest.raises(RunProblem, match="held the shared budget"):
        ask(shared, 5)
    os.close(holder)
    ask(shared, 5)
    assert shared.left() == {"tokens": 995}


@pytest.mark.parametrize(
    ("new", "old", "more"),
    [
        (Share(tokens=5), Share(tokens=6), False),
        (Share(tokens=5), Share(tokens=5), False),
        (Share(tokens=5), Share(tokens=6, attempts=-1), True),
        (Share(dollars=None), Share(dollars=9.0), True),
        (Share(dollars=9.0), Share(dollars=None), False),
        (Share(dollars=None), Share(dollars=None), False),
    ],
)
def test_only_more_need_be_on_disk_at_once(new: Share, old: Share, more: bool) -> None:
    assert exceeds(new, old) is more


def test_a_call_costs_little_with_a_hundred_runs(tmp_path: Path) -> None:
    for number in range(100):
        ask(part(tmp_path, f"20260101-120000-speedrun-record12-{number}"), 5)
    shared = part(tmp_path)
    took = []
    for number in range(50):
        began = time.perf_counter()
        ask(shared, 5, f"k{number}")
        settle(shared, 3, f"k{number}")
        took.append(time.perf_counter() - began)
    assert sorted(took)[25] < 0.01, "half a millisecond on an idle machine, most of it the disk's"
