import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Cost
from agentkit.contracts.messages import Usage
from agentkit.contracts.outcome import Outcome
from agentkit.journal.ledger import Ledger, add_costs, cost_of, total

usages = st.builds(
    Usage,
    input_tokens=st.integers(0, 10**6),
    output_tokens=st.integers(0, 10**5),
    dollars=st.one_of(st.none(), st.integers(0, 1000).map(float)),
)
costs = st.builds(cost_of, usages, st.integers(0, 1000).map(float))


@given(one=costs, other=costs, third=costs)
def test_costs_add_up_in_any_order(one: Cost, other: Cost, third: Cost) -> None:
    assert add_costs(one, other) == add_costs(other, one)
    assert add_costs(add_costs(one, other), third) == add_costs(one, add_costs(other, third))
    assert add_costs(one, Cost()) == one


def test_one_unknown_price_makes_the_sum_unknown_never_smaller() -> None:
    assert total([Cost(dollars=1.0), Cost(dollars=None), Cost(dollars=2.0)]).dollars is None


@given(st.lists(st.tuples(usages, usages, st.sampled_from(["answer", "lose", "leave"])), max_size=12))
def test_what_is_committed_is_never_less_than_what_is_spent(
    calls: list[tuple[Usage, Usage, str]],
) -> None:
    ledger = Ledger()
    for number, (bound, usage, end) in enumerate(calls):
        ledger.asked("a1", f"a1/code/{number}", bound)
        if end == "answer":
            ledger.settle("a1", f"a1/code/{number}", usage, 1.0)
        elif end == "lose":
            ledger.lose_open_calls()
        assert ledger.spent.tokens <= ledger.committed.tokens
        assert ledger.committed.tokens == ledger.committed_by("a1").tokens
        assert ledger.committed.dollars == ledger.committed_by("a1").dollars
    assert ledger.spent == total(ledger.by_attempt.values())


def test_a_call_is_reserved_then_settled_by_the_providers_count() -> None:
    ledger = Ledger()
    ledger.asked("a1", "k", Usage(input_tokens=90, output_tokens=100, dollars=1.0))
    assert ledger.spent == Cost()
    assert ledger.committed.dollars == 1.0
    ledger.settle("a1", "k", Usage(input_tokens=80, output_tokens=5, cached_tokens=60, dollars=0.25), 2.0)
    assert ledger.committed == ledger.spent
    assert ledger.spent == Cost(
        tokens=85, input_tokens=80, output_tokens=5, cached_tokens=60, dollars=0.25, seconds=2.0, calls=1
    )


def test_gpu_seconds_come_from_evaluations() -> None:
    ledger = Ledger()
    ledger.computed("a1", Outcome(status="valid", metrics={"gpu_seconds": 12.5}))
    ledger.computed("a1", {"metrics": {"gpu_seconds": 2.5}})
    ledger.computed("a1", {"metrics": {"loss": 2.0}})
    assert ledger.spent.gpu_seconds == pytest.approx(15.0)
    assert ledger.spent.calls == 0


def test_a_jobs_gpu_seconds_count_once() -> None:
    ledger = Ledger()
    for _ in range(2):  # a process that was killed has told it, and so does the one that resumed
        ledger.job_ended("a1", ("boot", 12, 345), 30.0)
    ledger.job_ended("a1", ("boot", 13, 400), 5.0)
    assert ledger.spent.gpu_seconds == 35.0
    ledger.computed("a1", {"metrics": {"gpu_seconds": 34.0}})
    assert ledger.by_attempt["a1"].gpu_seconds == 35.0, "the outcome tells of the same seconds"
    ledger.computed("a1", {"metrics": {"gpu_seconds": 4.0}})
    assert ledger.spent.gpu_seconds == 39.0, "and this one of others"


def test_an_evaluation_that_took_longer_than_its_jobs_adds_the_rest() -> None:
    ledger = Ledger()
    ledger.job_ended("a1", 1, 30.0)
    ledger.computed("a1", {"metrics": {"gpu_seconds": 40.0}})
    assert ledger.spent.gpu_seconds == 40.0
