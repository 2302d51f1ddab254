"""Asking on the number task: what is recorded is not asked again, what could pass a cap is not asked."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import Message, ModelRequest, Reply, Usage
from agentkit.contracts.model import ModelCard, Price
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Metric
from agentkit.errors import BudgetSpent, CutOff, ModelProblem
from agentkit.search.ask import ask, model_for, no_more_than, standing
from agentkit.search.context import RunContext
from agentkit.search.conversation import Conversation, opening

DRAFT = Expansion(operator="draft")
CHEAP = {"scripted/numbers": ModelCard(output_tokens=1000, price=Price(input=1.0, output=1.0))}
"""A call of this model costs at most about a thousandth of a dollar."""


def begin(bench: Any, model: Any, **changes: Any) -> RunContext:
    run: RunContext = bench.open(None, model, **changes)
    if "a1" not in run.journal.state.selected:
        run.journal.append("selected", "a1", **DRAFT.model_dump(mode="json"))
    return run


def say(run: RunContext, words: str = "What now?", index: int = 0) -> Reply:
    conversation = Conversation(opening("system", words))
    return asyncio.run(ask(run.work("a1"), "plan", index, conversation))


def notes(run: RunContext) -> list[str]:
    lines = [json.loads(line) for line in run.journal.path.read_text().splitlines()]
    return [line["data"]["text"] for line in lines if line["kind"] == "note"]


def test_a_recorded_reply_is_given_again_whole_and_costs_nothing(bench: Any, number_model: Any) -> None:
    run = begin(bench, number_model(["10"]))
    first = say(run)
    run.journal.close()

    nobody = number_model(["20"])
    again = begin(bench, nobody, budget=Budget(tokens=0, dollars=0.0, minutes=0.0))
    count = again.journal.state.count
    assert say(again) == first
    assert first.message.text == "plan of a1: 10"
    assert nobody.asked == []
    assert (again.journal.state.count, notes(again)) == (count, [])
    again.journal.close()


def test_a_changed_prompt_is_noted_and_asked_again(bench: Any, number_model: Any) -> None:
    run = begin(bench, number_model(["10"]))
    say(run)
    run.journal.close()

    changed = number_model(["20"])
    again = begin(bench, changed)
    assert say(again, "What else?").message.text == "plan of a1: 20"
    assert changed.asked == ["a1/plan/0"]
    assert notes(again) == ["The prompt of a1/plan/0 is not the recorded one, so the model is asked again."]
    assert say(again, "What else?").message.text == "plan of a1: 20"
    assert changed.asked == ["a1/plan/0"], "the new reply has taken the place of the old"
    again.journal.close()


def test_the_reply_is_recorded_before_anyone_sees_it_and_joins_the_conversation(
    bench: Any, number_model: Any
) -> None:
    run = begin(bench, number_model(["10"]))
    conversation = Conversation(opening("system", "user"))
    asked_with = conversation.digest
    reply = asyncio.run(ask(run.work("a1"), "plan", 0, conversation))
    recorded = run.journal.state.replies["a1/plan/0"]
    assert recorded["digest"] == asked_with
    assert Message.model_validate(recorded["message"]) == reply.message == conversation.messages[-1]
    run.journal.close()


@pytest.mark.parametrize(
    ("budget", "cap"),
    [
        (Budget(tokens=200), "200 tokens"),
        (Budget(dollars=0.0001), "0.0001 dollars"),
        (Budget(minutes=59), "59 minutes"),
    ],
)
def test_a_call_that_could_pass_a_cap_is_not_begun(
    bench: Any, number_model: Any, budget: Budget, cap: str
) -> None:
    work_an_hour(bench)
    model = number_model(["10"])
    run = begin(bench, model, budget=budget, cards=CHEAP)
    with pytest.raises(BudgetSpent, match=cap) as caught:
        say(run)
    assert model.asked == []
    option = f"--{cap.split()[1]}"
    assert caught.value.lines == (f"Next: raise it with `agentkit resume {run.folder} {option} …`.",)
    run.journal.close()


def test_a_call_that_caps_leave_room_for_is_made(bench: Any, number_model: Any) -> None:
    work_an_hour(bench)
    model = number_model(["10"])
    run = begin(bench, model, budget=Budget(tokens=5000, dollars=0.1, minutes=61), cards=CHEAP)
    say(run)
    assert model.asked == ["a1/plan/0"]
    run.journal.close()


def test_what_earlier_calls_cost_counts(bench: Any, number_model: Any) -> None:
    """Each call of this model is billed a cent; under three cents there is no room for a fourth."""
    model = number_model(["10"])
    run = begin(bench, model, budget=Budget(dollars=0.03), cards=CHEAP)
    with pytest.raises(BudgetSpent, match=r"0\.03 dollars"):
        for index in range(9):
            say(run, index=index)
    assert len(model.asked) == 3
    run.journal.close()


def test_under_a_dollar_cap_a_model_without_a_price_is_not_asked(bench: Any, number_model: Any) -> None:
    model = number_model(["10"])
    run = begin(bench, model, budget=Budget(dollars=1000.0))
    with pytest.raises(BudgetSpent, match="1000 dollars"):
        say(run)
    assert model.asked == []
    run.journal.close()


def test_a_model_that_fails_has_no_reply_and_holds_no_money(bench: Any) -> None:
    class Failing:
        name = "scripted/numbers"
        offers_tools = True

        async def reply(self, request: object) -> Reply:
            raise ModelProblem("The key was refused.")

    run = begin(bench, Failing(), cards=CHEAP)
    with pytest.raises(ModelProblem, match="The key was refused"):
        say(run)
    assert run.journal.state.replies == {}
    assert run.journal.state.ledger.committed.dollars == 0.0
    run.journal.close()


def work_an_hour(bench: Any) -> None:
    """The journal of an earlier process that was at it for sixty minutes, yesterday."""
    yesterday = time.time() - 86_400
    events = [("run_started", yesterday), ("note", yesterday + 3600), ("run_resumed", time.time())]
    lines = [
        json.dumps({"v": 1, "n": number, "t": when, "kind": kind, "attempt": "", "data": {}})
        for number, (kind, when) in enumerate(events)
    ]
    (bench.folder / "run").mkdir()
    (bench.folder / "run" / "journal.jsonl").write_text("".join(f"{line}\n" for line in lines))


def test_planners_coders_and_reviewers_may_be_different_models(bench: Any, number_model: Any) -> None:
    models = {role: number_model([role]) for role in ("planner", "coder", "reviewer", "judge")}
    run = begin(bench, None, models=models)
    asked = {stage: model_for(run, stage) for stage in ("plan", "debug", "code", "review")}
    assert asked == {
        "plan": models["planner"],
        "debug": models["planner"],
        "code": models["coder"],
        "review": models["reviewer"],
    }
    run.journal.close()


def finish(run: RunContext, id: str, score: float) -> None:
    run.journal.append("selected", id, **DRAFT.model_dump(mode="json"))
    outcome = Outcome(status="valid", metrics={"score": score})
    fitness = run.task.metric.fitness(outcome)
    attempt = Attempt(id=id, operator="draft", outcome=outcome, fitness=fitness)
    run.journal.append("attempt", id, **attempt.model_dump(mode="json"))


def test_a_model_is_told_the_best_the_direction_and_what_is_left(bench: Any, number_model: Any) -> None:
    task = bench.task(metric=Metric(name="score", unit="s", lower_is_better=True))
    budget = Budget(attempts=5, dollars=2.0, tokens=9000, minutes=30)
    run = begin(bench, number_model([]), task=task, budget=budget, reference="The target is 3 s.")
    assert standing(run.work("a1"), "plan").splitlines()[:2] == [
        "The target is 3 s.",
        "No attempt is valid yet. score: lower is better.",
    ]
    finish(run, "a2", 4.0)
    finish(run, "a3", 8.0)
    lines = standing(run.work("a1"), "plan").splitlines()
    assert lines[1] == "Best so far: 4 s (attempt a2); lower is better."
    assert "Attempts left after this one: 2." in lines
    assert "Dollars left: 2.00." in lines
    assert "Tokens left: 9,000." in lines
    assert any(line.startswith("Minutes left: ") for line in lines)
    run.journal.close()


def test_without_caps_none_is_spoken_of(bench: Any, number_model: Any) -> None:
    run = begin(bench, number_model([]), budget=Budget(attempts=None))
    assert standing(run.work("a1"), "plan") == "No attempt is valid yet. score: higher is better."
    run.journal.close()


def test_under_a_cap_a_call_that_was_cut_off_is_reserved_again(
    bench: Any, number_model: Any, list_policy: Any
) -> None:
    class Cutting:
        """Two calls are cut off and may have been billed, the third is answered."""

        name = "scripted/cutting"
        offers_tools = True
        calls = 0

        async def reply(self, request: ModelRequest) -> Reply:
            self.calls += 1
            if self.calls < 3:
                problem = CutOff("the connection was lost")
                problem.usage = Usage(input_tokens=100, output_tokens=50, dollars=0.5, upper_bound=True)
                raise problem
            usage = Usage(input_tokens=90, output_tokens=5, dollars=0.25)
            return Reply(message=Message(role="assistant", text="at last"), usage=usage)

    model = Cutting()
    cards = {model.name: ModelCard(price=Price(input=1000.0, output=1000.0), output_tokens=1000)}
    run = bench.open(list_policy([]), model, budget=Budget(dollars=5.0), cards=cards)
    run.journal.append("selected", "a1", operator="draft", parents=[], params={})
    conversation = Conversation(opening("system", "user"))
    reply = asyncio.run(ask(run.work("a1"), "plan", 0, conversation))
    assert reply.message.text == "at last"
    spent = run.journal.state.ledger.spent
    assert (spent.dollars, spent.calls, spent.lost_calls) == (1.25, 3, 2)
    assert not run.journal.state.ledger.open_calls
    run.journal.close()


def test_a_clients_bound_is_never_taken_for_more_than_was_reserved() -> None:
    bound = Usage(input_tokens=100, output_tokens=50, dollars=0.5, upper_bound=True)
    wide = Usage(input_tokens=400, output_tokens=20, dollars=2.0, upper_bound=True)
    kept = no_more_than(wide, bound)
    assert (kept.input_tokens, kept.output_tokens, kept.dollars) == (100, 20, 0.5)
    counted = wide.model_copy(update={"upper_bound": False})
    assert no_more_than(counted, bound) == counted, "what a provider counted is what it billed"
