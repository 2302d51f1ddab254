"""A record is written with its proof or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.confirmation import Confirmation, Contest
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Metric
from agentkit.journal.log import Journal
from agentkit.journal.proof import NO_RECORD, RECORD, refuse_unproven
from agentkit.statistics.record_rule import judge
from agentkit.statistics.staged import plan_looks


def confirmed(pairs: int = 8, gain: float = 5.0, **verdict: Any) -> dict[str, Any]:
    def outcome(score: float) -> Outcome:
        return Outcome(status="valid", metrics={"score": score})

    contests = tuple(
        Contest(seed=seed, against=outcome(1.0), candidate=outcome(1.0 + gain + seed / 100))
        for seed in range(pairs)
    )
    found = Confirmation(
        task="toy/number", digest="d", machine="m", sandbox="local", metric=Metric(name="score"),
        candidate="attempt a1", candidate_files="c", against="the start files", against_files="s",
        first_seed=0, design=plan_looks(0.01), contests=contests,
    )  # fmt: skip
    decided = judge(found) or judge(confirmation_of(confirmed()))
    assert decided is not None
    told = found.model_copy(update={"verdict": decided.model_copy(update=verdict)})
    return told.model_dump(mode="json")


def confirmation_of(data: dict[str, Any]) -> Confirmation:
    return Confirmation.model_validate(data)


def test_a_proven_record_is_written_and_folded(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    data = confirmed()
    journal.append(RECORD, "a1", **data)
    assert journal.state.confirmed == data
    journal.close()
    again = Journal(tmp_path)
    assert again.state.confirmed == data
    again.close()


@pytest.mark.parametrize(
    "data",
    [
        confirmed(gain=-5.0),
        confirmed(gain=-5.0, record=True),
        confirmed(pairs=7),
        confirmed(level=0.5),
        {**confirmed(), "verdict": None},
    ],
    ids=["no gain", "said to be one", "too few pairs", "another level", "no verdict"],
)
def test_an_unproven_one_is_not(tmp_path: Path, data: dict[str, Any]) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(ValueError, match="no record can be written"):
        journal.append(RECORD, "a1", **data)
    assert journal.path.read_bytes() == b""
    assert journal.state.confirmed is None
    journal.close()


def test_a_record_without_measurements_is_no_confirmation() -> None:
    with pytest.raises(ValueError, match="Field required"):
        refuse_unproven(RECORD, {"record": True})


def test_whatever_else_is_written_needs_no_proof(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(NO_RECORD, "a1", **confirmed(gain=-5.0))
    journal.append("note", text="A record!")
    assert journal.state.confirmed is not None
    journal.close()
