"""Every version on every seed, once, however often the process is stopped on the way."""

from __future__ import annotations

import asyncio

import pytest

from agentkit.errors import RunFailed
from agentkit.runs.ablation.design import WAYS, Design, Limits, Way, make_design
from agentkit.runs.ablation.findings import findings_of
from agentkit.runs.ablation.measuring import Measured, Place, measure
from agentkit.runs.ablation.record import FILE, Ablation
from agentkit.runs.ablation.subject import Subject
from agentkit.runs.kept import read_kept
from tests.agentkit.runs.ablation.conftest import START, WHOLE, MakeSubject, Mixing


def measured(
    place: Place, subject: Subject, seeds: int = 2, limits: Limits | None = None, ways: tuple[Way, ...] = WAYS
) -> Measured:
    def plan(ablation: Ablation) -> Design:
        return make_design(subject, ablation, ways=ways, seeds=seeds, limits=limits)

    return asyncio.run(measure(place, subject, plan))


def test_versions_are_measured_in_turn_on_the_same_seeds(
    place: Place, mixing: Mixing, make_subject: MakeSubject
) -> None:
    found = measured(place, make_subject())
    assert found.stopped == ""
    seeds = list(dict.fromkeys(seed for _, seed in mixing.evaluated))
    assert seeds[1] == seeds[0] + 1 and seeds[0] >= 10**6
    first, second = ([text for text, seed in mixing.evaluated if seed == each] for each in seeds)
    assert first == second[::-1]
    assert first[:2] == [START, WHOLE]
    assert len(set(first)) == len(first) == 8
    assert WHOLE.replace("width = 4", "width = 1").replace("Whole", "Start") in first
    assert START.replace("width = 1", "width = 4") in first


@pytest.mark.parametrize("stop_after", [0, 1, 7, 15])
def test_nothing_is_measured_twice(
    place: Place, mixing: Mixing, make_subject: MakeSubject, stop_after: int
) -> None:
    subject = make_subject()
    mixing.stop_after = stop_after
    with pytest.raises(KeyboardInterrupt):
        measured(place, subject)
    kept = read_kept(Ablation, subject.path / FILE)
    assert len(kept.measurements if kept else ()) == stop_after
    mixing.stop_after = None
    found = measured(place, subject)
    assert len(found.ablation.measurements) == 16
    assert len(set(mixing.evaluated)) == len(mixing.evaluated) == 16
    assert measured(place, subject).ablation == found.ablation
    assert len(measured(place, subject, seeds=3).ablation.measurements) == 24, "a seed more"
    assert len(mixing.evaluated) == 24


def test_what_breaks_is_not_measured_on_further_seeds(
    place: Place, mixing: Mixing, make_subject: MakeSubject
) -> None:
    whole = "width = 0\nrate = 3.0\nscore = 1 / (rate - 1 + width)\n"
    start = whole.replace("width = 0", "width = 1").replace("rate = 3.0", "rate = 1.0")
    subject = make_subject(start, whole)
    found = measured(place, subject, seeds=3)
    texts = [text for text, _ in mixing.evaluated]
    broken = [text for text in texts if "width = 0\nrate = 1.0" in text]
    assert len(broken) == 1
    assert len(texts) == 3 * 3 + 1
    assert found.stopped == ""


def test_an_attempt_that_does_not_run_here_is_no_subject(place: Place, make_subject: MakeSubject) -> None:
    subject = make_subject("a = 1\nscore = a\n", "a = 0\nscore = 1 / a\n")
    with pytest.raises(RunFailed, match="attempt a1 of r gives no figure here.*crash: division by zero"):
        measured(place, subject)


def test_a_budget_of_minutes_ends_it_in_time(place: Place, mixing: Mixing, make_subject: MakeSubject) -> None:
    """The run took no time that is known; what is measured does: a second each."""
    subject = Subject(**{**vars(make_subject()), "seconds": None})
    found = measured(place, subject, limits=Limits(minutes=0.1))
    assert (len(mixing.evaluated), found.stopped) == (6, "--minutes 0.1")
    told = findings_of("r", subject, found.design, found.ablation, found.stopped)
    assert (told.evaluations, told.stopped) == (6, "--minutes 0.1"), "what was measured is told"
    more = measured(place, subject, limits=Limits(minutes=1))
    assert (len(mixing.evaluated), more.stopped) == (16, "")


@pytest.mark.parametrize("limits", [Limits(evaluations=10), Limits(minutes=10 / 60)])
def test_a_budget_is_not_spent_by_what_another_plan_measured(
    place: Place, mixing: Mixing, make_subject: MakeSubject, limits: Limits
) -> None:
    subject = make_subject()
    measured(place, subject, seeds=3, ways=("add-in",))
    assert len(mixing.evaluated) == 15
    found = measured(place, subject, limits=limits, ways=("leave-out",))
    assert (len(mixing.evaluated), found.stopped) == (15 + 6, ""), "both ends are known"
