from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from rich.cells import cell_len

from agentkit.cli.scene import Scene
from agentkit.cli.screen import compose
from agentkit.contracts.events import Event


def scene_of(events: list[Event]) -> Scene:
    scene = Scene()
    for event in events:
        scene.apply(event)
    return scene


def text_of(events: list[Event], width: int, height: int | None) -> str:
    now = events[-1].time + 2
    return "\n".join(line.plain for line in compose(scene_of(events), width, height, now))


def test_everything_a_watcher_needs_at_100_columns(under_way: list[Event]) -> None:
    text = text_of(under_way, 100, 40)
    assert "speedrun/record12" in text and "1:07" in text
    assert (
        "scaffold aide   model scripted/record12   hints none   profile pocket   sandbox bubblewrap" in text
    )
    assert "This is a recorded demonstration (record12): no model is called." in text
    assert "a3 debug › code › running the evaluation" in text
    assert "training in attempt a3, step 34 of 34, loss 2.21, 10.2 s CPU" in text
    assert "from 18.4 s CPU at the start to 12.1 s CPU for the reference" in text
    assert "a1      draft    valid     17.2 s CPU, loss 2.31, 19 %  best so far" in text
    assert "  └ a2    improve  crash     NameError" in text and "    └ a3  debug    under way" in text
    assert "17 of 20 attempts left   28 of 30 minutes left   6,000 tokens   nothing to pay" in text
    assert any("⠁" <= each <= "⣿" for each in text) and "· best so far, a1" in text


@pytest.mark.parametrize(("width", "height"), [(60, 40), (80, 24), (60, 18)])
def test_a_small_screen_keeps_what_matters(under_way: list[Event], width: int, height: int) -> None:
    text = text_of(under_way, width, height)
    for part in (
        "no model is called",
        "running the evaluation",
        "a2 improve crash",
        "17 of 20 attempts left",
    ):
        assert part in " ".join(text.split())
    assert ("Loss" in text) == (height >= 24), "the usual 80 x 24 has room for the curve"


def test_an_unknown_price_and_a_cap_on_dollars_are_said(under_way: list[Event]) -> None:
    start = under_way[0]
    paid = start.model_copy(update={"data": {**start.data, "model": "openai/x", "notes": []}})
    assert "price unknown" in text_of([paid, *under_way[1:]], 100, 40)
    capped = paid.model_copy(update={"data": {**paid.data, "caps": {"dollars": 5.0}}})
    spent = Event(number=1, time=start.time, kind="reply", attempt="a1", data={"usage": {"dollars": 0.42}})
    assert "$4.58 of $5.00 left" in text_of([capped, spent], 100, 40)


def test_of_many_attempts_the_best_and_the_newest_are_shown(finished: list[Event]) -> None:
    more = list(finished)
    for number in range(4, 60):
        data = {"operator": "draft", "parents": [], "outcome": {"status": "crash", "reason": "no"}}
        more.append(Event(number=1, time=finished[-1].time, kind="attempt", attempt=f"a{number}", data=data))
    text = text_of(more, 80, 24)
    assert "a3" in text and "best so far" in text and "a59" in text and "a20 " not in text
    assert "earlier attempts" in text


def test_before_anything_is_known() -> None:
    assert "preparing" in "\n".join(line.plain for line in compose(Scene(), 60, 20, 0.0))


def test_what_a_candidate_prints_cannot_steer_the_terminal(under_way: list[Event]) -> None:
    evil = Event(number=-1, time=0.0, kind="output", data={"text": "\x1b[2J[bold]gone\x07\n"})
    text = text_of([*under_way, evil], 100, 40)
    assert "\x1b" not in text and "\x07" not in text and "[bold]gone" in text


@settings(max_examples=60, deadline=None)
@given(width=some.integers(20, 200), height=some.one_of(some.none(), some.integers(5, 80)), data=some.data())
def test_no_line_is_too_wide_and_no_frame_too_high(
    width: int, height: int | None, data: some.DataObject
) -> None:
    kinds = ["stage", "selected", "outcome", "note", "progress", "attempt", "output", "run_started"]
    scene = Scene()
    for number in range(data.draw(some.integers(0, 12))):
        text = data.draw(some.text(max_size=80))
        fields = {
            "text": text, "stage": text, "status": text, "reason": text, "operator": text, "task": text,
            "parents": [f"a{number - 1}", f"a{number}"], "metrics": {text: 1.0}, "purpose": text,
            "loss": data.draw(some.floats()), "seconds": float(number), "outcome": {"status": "valid"},
        }  # fmt: skip
        kind = data.draw(some.sampled_from(kinds))
        scene.apply(Event(number=number, time=float(number), kind=kind, attempt=f"a{number}", data=fields))
    lines = compose(scene, width, height, 100.0)
    assert height is None or len(lines) <= height
    assert all(cell_len(line.plain) <= width for line in lines)
