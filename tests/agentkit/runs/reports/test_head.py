from __future__ import annotations

from agentkit.runs.reports.head import facts, spent, warnings
from tests.agentkit.runs.reports.rows import row


def test_a_simulation_is_said_first() -> None:
    rows = [row(0.1, model="simulated/modest", simulated=True, trust="claimed"), row(0.2)]
    said = list(warnings(rows))
    assert said[0].startswith("SIMULATION: 1 of 2 runs were made without a live model (simulated/modest).")
    assert said[1].startswith("The answers of 1 runs are claimed")
    assert "all runs were made without" in next(warnings(rows[:1]))


def test_a_clean_sweep_has_no_warnings() -> None:
    assert list(warnings([row(0.1), row(0.2, seed=1)])) == []


def test_noise_and_unequal_budgets_are_said() -> None:
    unsure = row(0.1, measurable=False, caps={"attempts": 10.0})
    said = list(warnings([unsure, row(0.2), row(None, state="waiting", attempts=None, caps={})]))
    assert "within its own noise" in said[0]
    assert said[1] == "Runs differ in their caps on attempts: the mean scores mix budgets."
    published = row(0.1, measurable=False, reference_source="a paper")
    assert list(warnings([published])) == []


def test_every_run_is_counted() -> None:
    rows = [row(0.1), row(None, state="failed", tries=3), row(None, state="missing", attempts=None)]
    told = dict(facts(rows, ["axis.hints"], "sampled"))
    assert told["runs"] == "3: 1 finished, 1 failed, 1 missing"
    assert told["scores"] == "1; 2 missing"
    assert told["compared by"] == "hints"
    assert told["tries"].startswith("1 runs took more than one try")
    assert "all tasks like these" in told["intervals"]


def test_an_unknown_price_is_not_nothing() -> None:
    rows = [
        row(0.1, dollars=1.5, minutes=90.0, gpu_seconds=7200.0, tokens=10),
        row(0.1, dollars=None, minutes=30.0),
    ]
    assert spent(rows) == "2.0 hours of runs, 10 tokens, $1.50 and 1 runs at an unknown price, 2.0 GPU-hours"
    assert spent([row(0.1, tries=2, dollars=1.0)]).endswith("$1.00; failed tries not counted")
