"""What an ablation comes to: effects, breaks, and edits that act on each other."""

from __future__ import annotations

import asyncio

import pytest

from agentkit.contracts.outcome import Flag, Outcome
from agentkit.runs.ablation.design import WAYS, Design, Way, make_design
from agentkit.runs.ablation.findings import Findings, findings_of
from agentkit.runs.ablation.measuring import Place, measure
from agentkit.runs.ablation.record import Ablation, Measurement
from agentkit.runs.ablation.subject import Subject
from agentkit.statistics.record_rule import DISTURBED
from tests.agentkit.runs.ablation.conftest import MakeSubject, Mixing


def found(place: Place, subject: Subject, seeds: int = 2, ways: tuple[Way, ...] = WAYS) -> Findings:
    def plan(ablation: Ablation) -> Design:
        return make_design(subject, ablation, seeds=seeds, ways=ways)

    measured = asyncio.run(measure(place, subject, plan))
    return findings_of("r", subject, measured.design, measured.ablation, measured.stopped)


def test_products_interact_and_sums_do_not(place: Place, make_subject: MakeSubject) -> None:
    findings = found(place, make_subject())
    assert findings.whole is not None and findings.whole.gain.value == pytest.approx(13)
    assert findings.whole.fsr is not None and findings.whole.fsr.value == pytest.approx(1)
    width, depth, rate, text = findings.edits
    assert [each.interacts for each in findings.edits] == [True, True, False, False]
    for edit, out, alone in ((width, 9, 3), (depth, 8, 2), (rate, 2, 2)):
        assert edit.left_out is not None and edit.added is not None
        assert edit.left_out.gain.value == pytest.approx(out)
        assert edit.added.gain.value == pytest.approx(alone)
        assert edit.left_out.fsr is not None and edit.left_out.fsr.value == pytest.approx(out / 13)
    assert (text.left_out, text.added, text.without) == (None, None, None)
    assert text.inert
    left, won = findings.sums
    assert (left.of, left.sum.value, left.beyond.value, left.interact) == ("left out", 19, -6, True)
    assert (won.of, won.sum.value, won.beyond.value, won.interact) == ("added", 7, 6, True)
    assert (findings.evaluations, findings.planned, findings.seeds) == (16, 16, 2)
    assert findings.trust == "verified"
    assert Findings.model_validate_json(findings.model_dump_json()) == findings


def test_a_sum_of_parts_does_not_interact(place: Place, make_subject: MakeSubject) -> None:
    start = "a = 1\nb = 1.0\nscore = a + b\n"
    findings = found(place, make_subject(start, start.replace("1\n", "3\n").replace("1.0", "1.7")))
    assert not any(each.interacts for each in findings.edits)
    assert [each.interact for each in findings.sums] == [False, False]


def test_what_breaks_or_misses_a_rule_is_said(place: Place, make_subject: MakeSubject) -> None:
    start = "depth = 1\nmend = 1\nscore = depth / mend\nbroken = depth > 2 * mend\n"
    whole = "depth = 0.5\nmend = 0.25\nscore = depth / mend\nbroken = depth > 2 * mend\n"
    findings = found(place, make_subject(start, whole))
    depth, mend, *_ = findings.edits
    assert mend.alone is not None and (mend.alone.invalid, mend.alone.reason) == (2, "invalid: it is broken")
    assert mend.added is not None and mend.added.gain.value == pytest.approx(3), "its figure counts"
    assert depth.without is not None and depth.without.invalid == 2


def test_crashes_leave_no_sum(place: Place, make_subject: MakeSubject) -> None:
    start = "a = 1\nb = 1\nc = 1\nscore = c / (a + b - 1)\n"
    findings = found(place, make_subject(start, "a = 0\nb = 2\nc = 3\nscore = c / (a + b - 1)\n"))
    a, b, c = findings.edits
    assert a.alone is not None and (a.alone.failed, a.alone.count) == (1, 1), "not again on the second seed"
    assert a.alone.reason == "crash: division by zero"
    assert a.added is None and a.left_out is not None
    assert b.without is not None and b.without.failed == 1
    assert findings.sums == ()
    assert c.left_out is not None and c.left_out.gain.n == 2


def test_one_way_one_seed_one_edit(place: Place, make_subject: MakeSubject) -> None:
    findings = found(place, make_subject(calibrated=False), seeds=1, ways=("add-in",))
    assert [each.without for each in findings.edits] == [None] * 4
    assert [each.interacts for each in findings.edits] == [False] * 4
    assert findings.whole is not None and findings.whole.gain.low is None and findings.whole.fsr is None
    assert any("One seed" in each for each in findings.more)
    assert any("not calibrated" in each for each in findings.more)


def test_what_was_measured_for_another_cut_is_not_counted(
    place: Place, mixing: Mixing, make_subject: MakeSubject
) -> None:
    subject = make_subject()
    everything = found(place, subject)
    assert everything.evaluations == everything.planned == 16
    one_way = found(place, subject, ways=("add-in",))
    assert len(mixing.evaluated) == 16, "all was measured before"
    assert (one_way.evaluations, one_way.planned, one_way.seconds) == (10, 10, 10.0)


def test_a_claim_or_a_disturbance_of_another_cut_says_nothing(
    place: Place, make_subject: MakeSubject
) -> None:
    subject = make_subject()
    ablation = asyncio.run(measure(place, subject, lambda each: make_design(subject, each))).ablation
    flags = (Flag(code=DISTURBED, evidence=""),)
    loose = Outcome(status="valid", metrics={"score": 1.0}, trust="claimed", flags=flags)
    other = Measurement(files="f" * 64, seed=ablation.first_seed, outcome=loose)
    ablation = ablation.model_copy(update={"measurements": (*ablation.measurements, other)})
    findings = findings_of("r", subject, make_design(subject, ablation), ablation, "")
    assert findings.trust == "verified"
    assert not any("the machine did something else" in each for each in findings.more)


def test_a_single_edit_is_the_whole(place: Place, make_subject: MakeSubject) -> None:
    findings = found(place, make_subject("a = 1\nscore = a\n", "a = 2\nscore = a\n"))
    (edit,) = findings.edits
    assert edit.left_out == edit.added == findings.whole
    assert findings.sums == () and findings.evaluations == 4
    assert any("There is one edit" in each for each in findings.more)
