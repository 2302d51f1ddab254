"""From what runs printed to a verdict; the runs are made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Import = Callable[[str], Any]


@pytest.fixture
def weigh(originals: Import, module: Import) -> Callable[..., Any]:
    printed, weighing, rules = originals("printed"), originals("weighing"), originals("rules")

    def run(*runs: dict[int, float], metric: str = "steps", target: float = 3.28) -> Any:
        rule = printed.TimingRule.WARMED_UP
        held = rules.OriginalRules(
            metric=metric, target_loss=target, ranks=1, timing=rule, shards=1, seconds=1.0, runs=len(runs)
        )
        said = []
        for losses in runs:
            text = "".join(
                f"step:{step}/9000 val_loss:{loss:.4f} train_time:{step}ms\n" for step, loss in losses.items()
            )
            result = printed.read_result(text, target, rule)
            said.append(weighing.Said(result, losses))
        findings = module("training").Findings()
        try:
            weighing.weigh(said, held, findings)
        except module("training").Refused as refused:
            findings.status, findings.reason = refused.status, refused.reason
        return findings

    return run


def test_the_score_is_the_earliest_step_of_all_runs(weigh: Callable[..., Any]) -> None:
    found = weigh(
        {2600: 3.290, 2690: 3.279, 2900: 3.271}, {2600: 3.288, 2690: 3.276, 2900: 3.270},
        {2600: 3.289, 2690: 3.275, 2900: 3.272},
    )  # fmt: skip
    assert (found.status, found.metrics["steps"], found.metrics["runs"]) == ("valid", 2690, 3)
    assert found.metrics["loss"] == pytest.approx((3.279 + 3.276 + 3.275) / 3)
    assert "(3.28 - mean) * sqrt(n) = 0.0058, at least 0.004" in found.reason


def test_a_mean_that_is_not_low_enough_is_invalid_with_its_figures(weigh: Callable[..., Any]) -> None:
    found = weigh({100: 3.279, 200: 3.278}, {100: 3.279, 200: 3.278})
    assert (found.status, found.metrics["steps"]) == ("invalid", 200)
    assert "mean loss 3.2780 of 2 runs at step 200" in found.reason and "0.004 is needed" in found.reason
    assert weigh({100: 3.2}, {200: 3.2}).reason == "there is no step that all 2 runs validated"


def test_without_a_target_it_is_the_last_step(weigh: Callable[..., Any]) -> None:
    found = weigh({100: 9.0, 200: 8.0}, {100: 9.0, 200: 7.0}, target=float("inf"))
    assert (found.status, found.metrics["steps"], found.metrics["loss"]) == ("valid", 200, 7.5)


def test_a_time_is_of_the_last_validation(weigh: Callable[..., Any]) -> None:
    assert weigh({100: 3.2, 200: 3.28}, metric="train_ms").status == "valid"
    assert weigh({100: 3.2, 200: 3.2801}, metric="train_ms").status == "invalid"
