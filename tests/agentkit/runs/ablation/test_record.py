"""What an ablation keeps, and for what it holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.errors import RunProblem
from agentkit.runs.ablation.measuring import Place
from agentkit.runs.ablation.record import FILE, Ablation, Measurement, begin
from agentkit.runs.kept import read_kept, write_kept
from tests.agentkit.runs.ablation.conftest import WHOLE, MakeSubject


def test_it_is_read_as_it_was_written_and_holds_for_one_task_and_one_pair_of_files(
    place: Place, make_subject: MakeSubject
) -> None:
    subject = make_subject()
    path = subject.path / FILE
    assert read_kept(Ablation, path) is None
    fresh = begin(path, place.task, place.sandbox, subject.opponents)
    outcome = Outcome(status="valid", metrics={"score": 1.0}, seconds=3.0)
    known = fresh.model_copy(update={"measurements": (Measurement(files="f", seed=4, outcome=outcome),)})
    subject.path.mkdir(parents=True)
    write_kept(path, known)
    assert begin(path, place.task, place.sandbox, subject.opponents) == known
    assert (known.outcome("f", 4), known.outcome("f", 5), known.seconds) == (outcome, None, 3.0)
    assert known.outcomes("f") == {4: outcome}
    with pytest.raises(RunProblem, match="begun when the task was another one; it has 1 measurements"):
        begin(path, replace(place.task, digest="other"), place.sandbox, subject.opponents)
    other = make_subject(whole=WHOLE.replace("4", "5"))
    with pytest.raises(RunProblem, match="begun of other files"):
        begin(path, place.task, place.sandbox, other.opponents)


def test_a_damaged_file_is_not_thrown_away(make_subject: MakeSubject) -> None:
    path = make_subject().path / FILE
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 1')
    with pytest.raises(RunProblem, match="cannot be read"):
        read_kept(Ablation, path)
