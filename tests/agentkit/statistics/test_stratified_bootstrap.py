import math

import numpy as np
import pytest

from agentkit.statistics import aggregates
from agentkit.statistics.hierarchical_bootstrap import Tasks
from agentkit.statistics.stratified_bootstrap import stratified_interval
from tests.agentkit.statistics.reference import ask, asks_reference

TABLE = np.random.default_rng(3).gamma(1.0, 0.3, size=(19, 3))


@pytest.mark.parametrize("tasks_are", ["fixed", "sampled"])
def test_it_is_the_percentiles_of_tables_drawn_one_by_one(tasks_are: Tasks) -> None:
    chance = np.random.RandomState(5)
    means = []
    for _ in range(200):
        places = chance.choice(3, (3, 19))
        rows = np.arange(19) if tasks_are == "fixed" else chance.choice(19, (1, 19))[0]
        means.append(
            np.mean([TABLE[rows[task], places[run, task]] for run in range(3) for task in range(19)])
        )
    low, high = stratified_interval(TABLE, aggregates.mean, tasks_are=tasks_are, resamples=200, seed=5)
    assert (low, high) == pytest.approx(tuple(np.percentile(means, [2.5, 97.5])), abs=1e-9)


def test_tasks_that_are_drawn_too_make_it_wider() -> None:
    fixed = stratified_interval(TABLE, aggregates.iqm, resamples=500)
    sampled = stratified_interval(TABLE, aggregates.iqm, resamples=500, tasks_are="sampled")
    assert sampled[1] - sampled[0] > fixed[1] - fixed[0]


def test_it_takes_no_missing_cell() -> None:
    holed = TABLE.copy()
    holed[3, 1] = math.nan
    with pytest.raises(ValueError, match="no missing cells"):
        stratified_interval(holed, aggregates.mean)


class TestAgainstPublished:
    pytestmark = asks_reference

    @pytest.mark.parametrize("tasks_are", ["fixed", "sampled"])
    def test_it_is_rliables(self, tasks_are: Tasks) -> None:
        script = (
            "import numpy as np\nfrom rliable import library, metrics\n"
            "def both(x): return np.array([metrics.aggregate_mean(x), metrics.aggregate_iqm(x)])\n"
            "np.random.seed(11)\n"
            "found = library.get_interval_estimates({'a': np.array(question['table']).T}, both, reps=1500,\n"
            "    task_bootstrap=question['tasks'])[1]['a']\n"
            "answer = found.T.tolist()"
        )
        theirs = ask(script, {"table": TABLE.tolist(), "tasks": tasks_are == "sampled"})
        for figure, interval in zip((aggregates.mean, aggregates.iqm), theirs, strict=True):
            ours = stratified_interval(TABLE, figure, tasks_are=tasks_are, resamples=1500, seed=11)
            assert ours == pytest.approx(tuple(interval), abs=1e-9)
