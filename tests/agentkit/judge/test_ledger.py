from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, Reply, Usage
from agentkit.errors import BudgetSpent, CutOff, ModelProblem, RunProblem
from agentkit.journal.redaction import Redactor
from agentkit.judge.ledger import Answer, CallKey, Ledger
from agentkit.models.bounds import with_usage

BOUND = Usage(input_tokens=100, output_tokens=50, dollars=0.5, upper_bound=True)
REQUEST = ModelRequest(
    position=CallPosition(attempt="leaf", operator="judge", nth=0, stage="judge", index=0),
    messages=(Message(role="user", text="Is it met?"),),
    digest="d1",
)


class Echo:
    """Says its name, or fails as it is told."""

    name = "scripted/echo"
    offers_tools = False

    def __init__(self, problem: ModelProblem | None = None, text: str = "met") -> None:
        self.problem, self.text, self.asked = problem, text, 0

    async def reply(self, request: ModelRequest) -> Reply:
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        usage = Usage(input_tokens=7, output_tokens=3, dollars=0.25)
        return Reply(message=Message(role="assistant", text=self.text), usage=usage, seconds=1.5)


async def answered(ledger: Ledger, key: str, model: Echo) -> Answer:
    """As a judge asks: only what is not known."""
    known = await ledger.known(key)
    return known or await ledger.call("one", key, model, REQUEST, BOUND, {"leaf": "leaf"})


def test_a_call_is_on_disk_before_its_answer_is_used(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    answer = asyncio.run(answered(ledger, "k1", Echo()))
    assert (answer.text, answer.nonce, answer.error) == ("met", ledger.nonce, "")
    events = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert [each["kind"] for each in events] == ["opened", "asked", "reply"]
    assert events[1]["data"]["digest"] == "d1"
    assert events[2]["data"]["usage"]["dollars"] == 0.25
    assert ledger.cost.calls == 1
    assert ledger.cost.usage == Usage(input_tokens=7, output_tokens=3, dollars=0.25)
    ledger.close()


def test_what_was_answered_is_never_asked_again(tmp_path: Path) -> None:
    model = Echo()
    for _ in range(2):
        ledger = Ledger(tmp_path)
        answer = asyncio.run(answered(ledger, "k1", model))
        assert (answer.text, answer.cached) == ("met", False)
        ledger.close()
    assert model.asked == 1


def test_a_failure_is_no_answer_and_is_tried_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    cut = with_usage(CutOff("no reply came in time."), BOUND)
    failed = asyncio.run(answered(ledger, "k1", Echo(cut)))
    assert (failed.text, failed.error, failed.usage) == ("", "no reply came in time.", BOUND)
    assert ledger.cost.failed_calls == 1
    assert ledger.cost.usage.upper_bound
    ledger.close()
    again = Ledger(tmp_path)
    assert asyncio.run(answered(again, "k1", Echo())).text == "met"
    assert again.cost.usage.dollars == 0.75
    again.close()
    replay = Ledger(tmp_path, replay=True)
    assert asyncio.run(answered(replay, "k1", Echo())).text == "met"


def test_a_replay_needs_no_model_and_writes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    asyncio.run(answered(ledger, "k1", Echo()))
    asyncio.run(answered(ledger, "k2", Echo(ModelProblem("limited."))))
    asyncio.run(ledger.refuse("one", "k3", "the cap is reached"))
    ledger.close()
    before = (tmp_path / "calls.jsonl").read_bytes()
    model, replay = Echo(), Ledger(tmp_path, replay=True)
    assert asyncio.run(answered(replay, "k1", model)).text == "met"
    assert asyncio.run(answered(replay, "k2", model)).error == "limited."
    with pytest.raises(BudgetSpent, match="the cap is reached"):
        asyncio.run(answered(replay, "k3", model))
    with pytest.raises(RunProblem, match="no answer for leaf leaf"):
        asyncio.run(answered(replay, "k4", model))
    assert model.asked == 0
    assert (replay.nonce, replay.cost) == (ledger.nonce, ledger.cost)
    assert (tmp_path / "calls.jsonl").read_bytes() == before


def test_there_must_be_something_to_replay(tmp_path: Path) -> None:
    with pytest.raises(RunProblem, match="no judging to replay"):
        Ledger(tmp_path / "none", replay=True)


def test_an_earlier_judgings_answer_is_taken_over_and_paid_there(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "first")
    asyncio.run(answered(first, "k1", Echo()))
    first.close()
    model, second = Echo(), Ledger(tmp_path / "second", earlier=[tmp_path / "first"])
    answer = asyncio.run(answered(second, "k1", model))
    assert (answer.text, answer.cached, answer.nonce, model.asked) == ("met", True, first.nonce, 0)
    assert (second.cost.calls, second.cost.cached_calls, second.cost.usage.dollars) == (0, 1, 0.0)
    assert second.nonce != first.nonce
    second.close()
    replay = Ledger(tmp_path / "second", replay=True)
    assert asyncio.run(answered(replay, "k1", model)).cached


def test_two_processes_cannot_write_one_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    with pytest.raises(RunProblem):
        Ledger(tmp_path)
    ledger.close()
    Ledger(tmp_path).close()


def test_secrets_are_taken_out_before_anything_uses_them(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, Redactor({"KEY": "hush-hush-hush-1"}))
    answer = asyncio.run(answered(ledger, "k1", Echo(text="the key is hush-hush-hush-1")))
    assert answer.text == "the key is [redacted:KEY]"
    ledger.close()
    assert b"hush-hush" not in (tmp_path / "calls.jsonl").read_bytes()


def test_every_part_of_a_key_counts() -> None:
    key = CallKey("leaf", "files", "prompt", "model", "parameters", 0, 0)
    values: list[Any] = list(key)
    others = []
    for place, value in enumerate(values):
        changed = 1 if isinstance(value, int) else "x"
        others.append(CallKey._make([*values[:place], changed, *values[place + 1 :]]))
    assert len({each.digest for each in [key, *others]}) == 8


CHILD = """
import asyncio, sys
from pathlib import Path
from agentkit.contracts.messages import Message, Reply, Usage
from agentkit.judge.ledger import Ledger
from tests.agentkit.judge.test_ledger import BOUND, REQUEST, Echo, answered

class Hangs(Echo):
    async def reply(self, request):
        print("hanging", flush=True)
        await asyncio.sleep(600)

async def main():
    ledger = Ledger(Path(sys.argv[1]))
    await answered(ledger, "k1", Echo())
    await answered(ledger, "k2", Hangs())

asyncio.run(main())
"""


@pytest.mark.real
def test_killed_in_the_middle_it_loses_the_call_under_way_and_no_other(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        cwd=checkout, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(checkout)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == b"hanging\n"
    time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    model, ledger = Echo(), Ledger(tmp_path)
    assert asyncio.run(answered(ledger, "k1", model)).text == "met"
    assert model.asked == 0
    # The lost call may have been billed, and stays at its bound.
    assert (ledger.cost.calls, ledger.cost.failed_calls, ledger.cost.usage.dollars) == (2, 1, 0.75)
    assert asyncio.run(answered(ledger, "k2", model)).text == "met"
    assert (model.asked, ledger.cost.usage.dollars) == (1, 1.0)
    ledger.close()
    ledger = Ledger(tmp_path)
    assert ledger.cost.usage.dollars == 1.0
    ledger.close()


def test_a_ledger_that_is_opened_again_keeps_its_nonce(tmp_path: Path) -> None:
    first = Ledger(tmp_path)
    first.close()
    second = Ledger(tmp_path)
    second.close()
    assert second.nonce == first.nonce == Ledger(tmp_path, replay=True).nonce


def test_a_failure_after_a_refusal_is_what_is_replayed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    asyncio.run(ledger.refuse("one", "k1", "the cap is reached"))
    asyncio.run(answered(ledger, "k1", Echo(ModelProblem("limited."))))
    ledger.close()
    replay = Ledger(tmp_path, replay=True)
    assert asyncio.run(answered(replay, "k1", Echo())).error == "limited."
