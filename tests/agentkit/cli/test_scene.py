from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from agentkit.cli.scene import SILENCE, Scene
from agentkit.contracts.events import Event


def fold(events: list[Event]) -> Scene:
    scene = Scene()
    for event in events:
        scene.apply(event)
    return scene


def told(kind: str, attempt: str = "", at: float = 0.0, **data: Any) -> Event:
    return Event(number=-1, time=at, kind=kind, attempt=attempt, data=data)


def test_rows_know_their_verdict_and_share(finished: list[Event]) -> None:
    scene = fold(finished)
    assert [row.status for row in scene.rows.values()] == ["valid", "crash", "valid"]
    assert [None if row.share is None else round(row.share, 2) for row in scene.rows.values()] == [
        0.19,
        None,
        0.81,
    ]
    assert scene.best is scene.rows["a3"] and scene.running == []
    assert scene.ended is not None and scene.answer is not None and scene.judged is not None


def test_what_is_under_way(under_way: list[Event]) -> None:
    scene = fold(under_way)
    assert [row.id for row in scene.running] == ["a3"]
    assert scene.rows["a3"].stages == ["debug", "code", "run"]
    assert (scene.purpose, scene.progress["step"]) == ("attempt a3", 34)
    assert scene.output == "step 34 loss 2.208"
    assert scene.activity == "a3: submitted after 1 turn, 3 lines changed"
    assert scene.caps["attempts"] == 20
    assert (scene.tokens, scene.dollars) == (6000, None)


def test_the_curve_behind_is_the_best_attempt_or_else_the_start(under_way: list[Event]) -> None:
    scene = fold(under_way)
    now, behind = scene.curves()
    assert now == scene.traces["attempt a3"].all()
    assert behind == scene.traces["attempt a1"].all()
    first = next(index for index, event in enumerate(under_way) if event.kind == "outcome")
    early = fold(under_way[:first])
    assert early.curves()[1] == early.traces["calibration start 1/3"].all()


def test_a_pause_before_a_resume_is_not_counted() -> None:
    scene = fold([told("run_started", at=100.0), told("stage", "a1", at=110.0, stage="plan")])
    assert scene.elapsed(115.0) == 15.0
    scene.apply(told("run_resumed", at=5000.0, model="scripted/x"))
    assert scene.elapsed(5002.0) == 12.0
    scene.apply(told("run_ended", at=5003.0, state="ended"))
    assert scene.elapsed(9000.0) == 13.0


def test_of_two_trainings_the_shown_one_stays_until_it_is_silent() -> None:
    def step(purpose: str, at: float) -> Event:
        return told("progress", at=at, purpose=purpose, step=1, steps=2, loss=1.0)

    scene = fold([step("attempt a1", 0.0), step("attempt a2", 1.0)])
    assert scene.purpose == "attempt a1" and set(scene.traces) == {"attempt a1", "attempt a2"}
    scene.apply(step("attempt a2", SILENCE + 0.1))
    assert scene.purpose == "attempt a2"


def test_a_training_that_begins_anew_draws_a_new_curve() -> None:
    scene = fold([told("progress", purpose="attempt a1", step=step, loss=1.0) for step in (0, 5, 9, 0, 1)])
    assert scene.traces["attempt a1"].all() == [(0.0, 1.0), (1.0, 1.0)]


def test_stages_of_the_run_itself_are_no_attempt() -> None:
    scene = fold([told("stage", stage="finalise")])
    assert scene.rows == {} and scene.closing == "choosing the answer and measuring it again"


def test_a_waiting_ends_with_the_next_stored_event() -> None:
    scene = fold([told("waiting", text="for the model")])
    assert scene.waiting == "for the model"
    scene.apply(Event(number=3, time=1.0, kind="reply", attempt="a1"))
    assert scene.waiting == ""


KINDS = (
    *(
        "run_started",
        "run_resumed",
        "calibrating",
        "calibrated",
        "selected",
        "stage",
        "plan",
        "reply",
        "tool",
    ),
    *("coded", "outcome", "review", "attempt", "measured", "answer", "judged", "note", "run_ended"),
    *("progress", "output", "waiting", "a later one"),
)


@given(some.sampled_from(KINDS), some.sampled_from(["", "a1"]))
def test_no_event_fails_for_want_of_a_field(kind: str, attempt: str) -> None:
    fold([Event(number=0, time=1.0, kind=kind, attempt=attempt)])
