import math
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.outcome import Outcome, Status
from agentkit.contracts.task import Metric

figures = st.floats(allow_nan=False, allow_infinity=False)


def fitness(value: float, *, lower_is_better: bool, status: Status = "valid") -> float | None:
    metric = Metric(name="score", lower_is_better=lower_is_better)
    return metric.fitness(Outcome(status=status, metrics={"score": value, "other": 1e9}))


@given(figures, figures, st.booleans())
def test_the_better_figure_is_the_fitter_whichever_way_the_metric_runs(
    one: float, other: float, lower_is_better: bool
) -> None:
    first, second = (fitness(each, lower_is_better=lower_is_better) for each in (one, other))
    assert first is not None
    assert second is not None
    assert (first > second) == (one < other if lower_is_better else one > other)


@given(figures, st.booleans(), st.sampled_from(get_args(Status)))
def test_only_what_is_valid_has_a_fitness(value: float, lower_is_better: bool, status: Status) -> None:
    found = fitness(value, lower_is_better=lower_is_better, status=status)
    assert (found is None) == (status != "valid")


def test_a_figure_that_is_missing_or_no_number_is_no_fitness() -> None:
    assert fitness(math.nan, lower_is_better=True) is None
    assert Metric(name="loss").fitness(Outcome(status="valid", metrics={"score": 1.0})) is None
