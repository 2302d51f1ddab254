"""Which versions are measured, and what a budget holds."""

from __future__ import annotations

import pytest

from agentkit.contracts.outcome import Outcome
from agentkit.errors import UsageError
from agentkit.runs.ablation.design import Limits, Way, affordable, make_design, versions_for
from agentkit.runs.ablation.measuring import Place
from agentkit.runs.ablation.record import Ablation, Measurement, begin
from tests.agentkit.runs.ablation.conftest import MakeSubject


@pytest.fixture
def empty(place: Place, make_subject: MakeSubject) -> Ablation:
    subject = make_subject()
    return begin(subject.path / "none", place.task, place.sandbox, subject.opponents)


@pytest.mark.parametrize(
    ("ways", "names"),
    [
        (("leave-out", "add-in"), "start whole without e1,without e2,without e3 only e1,only e2,only e3"),
        (("leave-out",), "start whole without e1,without e2,without e3"),
        (("add-in",), "start whole only e1,only e2,only e3"),
    ],
)
def test_versions(empty: Ablation, make_subject: MakeSubject, ways: tuple[Way, ...], names: str) -> None:
    subject = make_subject()
    assert [each.inert != "" for each in subject.edits] == [False, False, False, True]
    design = make_design(subject, empty, ways=ways)
    assert [each.name for each in design.versions] == names.replace(",w", " w").replace(",o", " o").replace(
        " e", "_e"
    ).replace(" ", ",").replace("_", " ").split(",")
    assert len({each.files for each in design.versions}) == versions_for(3, len(ways))
    assert design.evaluations == 3 * len(design.versions)


def test_two_edits_are_each_what_is_left_without_the_other(
    empty: Ablation, make_subject: MakeSubject
) -> None:
    subject = make_subject("a = 1\nb = 1\n", "a = 2\nb = 2\n")
    design = make_design(subject, empty)
    assert len(design.versions) == versions_for(2, 2) == 4
    assert design.without["e1"] == design.alone["e2"]
    (single,) = make_subject("'1'\na = 1\n", "'2'\na = 2\n").active
    design = make_design(make_subject("'1'\na = 1\n", "'2'\na = 2\n"), empty)
    assert [each.name for each in design.versions] == ["start", "whole"]
    assert len(design.versions) == versions_for(1, 2)
    assert single.id == "e1"


def test_a_budget_takes_seeds_first(empty: Ablation, make_subject: MakeSubject) -> None:
    subject = make_subject()
    assert make_design(subject, empty, limits=Limits(evaluations=24)).seeds == 3
    assert make_design(subject, empty, limits=Limits(evaluations=23)).seeds == 2
    assert make_design(subject, empty, limits=Limits(minutes=16 * 2 / 60)).seeds == 2
    assert make_design(subject, empty, seeds=1, limits=Limits(evaluations=8)).seeds == 1


def test_a_budget_that_is_too_small_says_what_can_be_had(empty: Ablation, make_subject: MakeSubject) -> None:
    with pytest.raises(UsageError) as caught:
        make_design(make_subject(), empty, limits=Limits(evaluations=10))
    said = str(caught.value)
    assert "too small: 3 edits on 2 seeds take 16 evaluations; it holds 10." in said
    assert "It holds --only leave-out: 10 evaluations on 2 seeds" in said
    assert "It holds --seeds 1: 8 evaluations, and no interval" in said
    assert "a budget of 16 evaluations" in said
    with pytest.raises(UsageError, match=r"it holds 3 \(0.1 minutes at 2 s each\)"):
        make_design(make_subject(), empty, limits=Limits(minutes=0.1))
    with pytest.raises(UsageError, match="on 5 seeds take 40 evaluations.*\n.*It holds --seeds 4"):
        make_design(make_subject(), empty, seeds=5, limits=Limits(evaluations=35))


def test_what_was_measured_is_not_to_do_and_says_how_long_it_takes(
    empty: Ablation, make_subject: MakeSubject
) -> None:
    subject = make_subject()
    outcome = Outcome(status="valid", metrics={"score": 1.0}, seconds=7.0)
    files = subject.opponents.against.files
    known = Measurement(files=files, seed=empty.first_seed, outcome=outcome)
    design = make_design(subject, empty.model_copy(update={"measurements": (known,)}), seeds=1)
    to_do = design.to_do(empty.first_seed)
    assert len(to_do) == 7
    assert files not in [version.files for version, _ in to_do]
    assert design.seconds == 7.0


@pytest.mark.parametrize(
    ("limits", "seconds", "held"),
    [
        (Limits(), 1.0, None), (Limits(evaluations=4), None, 4), (Limits(minutes=1), None, None),
        (Limits(minutes=1), 10.0, 6), (Limits(evaluations=4, minutes=1), 10.0, 4),
        (Limits(evaluations=9, minutes=1), 10.0, 6),
    ],
)  # fmt: skip
def test_what_is_affordable(limits: Limits, seconds: float | None, held: int | None) -> None:
    assert affordable(limits, seconds) == held
