from __future__ import annotations

from agentkit.runs.reports.ladder import Ladder, ladder
from agentkit.runs.reports.plots.ladder import ladder_svg, short
from tests.agentkit.runs.reports.rows import row


def found(**told: str) -> Ladder:
    rows = [row(0.5, task="speedrun/record2", **told), row(0.2, task="speedrun/record12", seed=1, **told)]
    rows += [row(0.7, task="speedrun/record12", seed=2, reference_start=4000.0, **told)]
    ladder_found = ladder(rows, "hints" if told else "")
    assert ladder_found is not None
    return ladder_found


def test_steps_are_named_by_the_record_they_start_from() -> None:
    svg = ladder_svg(found(hints="text"))
    for said in (">2<", ">12<", ">start<", ">next record<", ">text<", ">cpu_seconds, s<"):
        assert said in svg
    assert short("speedrun/record12 pocket") == "12"
    assert short("other") == "other"


def test_more_series_than_marks_have_no_figure() -> None:
    rows = [row(0.1, task="record3", hints=str(number)) for number in range(9)]
    many = ladder(rows, "hints")
    assert many is not None and ladder_svg(many) == ""
