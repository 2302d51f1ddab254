from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.contracts.rubric import Criterion, Rubric
from agentkit.judge.rubrics.lint import sum_diagnostics
from agentkit.judge.rubrics.toml_form import parse_rubric, rubric_text, usual_weight

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
CHECKS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda name, bound: {"kind": "figure", "name": name, "at_least": bound},
        WORDS,
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.builds(lambda words: {"kind": "command", "argv": words}, st.lists(WORDS, min_size=1, max_size=3)),
    st.builds(
        lambda cells, wanted: {"kind": "csv", "file": "a.csv", "row": cells, "column": "x", "equals": wanted},
        st.dictionaries(WORDS, st.one_of(WORDS, st.integers(-(2**63), 2**63 - 1)), max_size=3),
        st.one_of(st.booleans(), WORDS),
    ),
)


POINTS = st.integers(1, 20).map(float) | st.sampled_from([0.5, 2.5])


@st.composite
def written(draw: st.DrawFn) -> Rubric:
    names = iter(range(1000))

    def siblings(depth: int, leaves: list[str]) -> tuple[Criterion, ...]:
        found = []
        for _ in range(draw(st.integers(1, 2))):
            id = f"c{next(names)}"
            children = siblings(depth - 1, leaves) if depth and draw(st.booleans()) else ()
            points = None if children else draw(st.none() | POINTS)
            weight = draw(st.none() | st.floats(0, exclude_min=True, allow_infinity=False))
            facts = {
                "id": id,
                "text": draw(WORDS),
                "kind": draw(st.none() | st.sampled_from(["code", "result"])),
                "weight": usual_weight(points, children) if weight is None else weight,
                "points": points,
                "declared_points": draw(st.none() | POINTS) if children else None,
                "check": None if children else draw(st.none() | CHECKS),
                "gate": draw(st.none() | CHECKS),
                "requires": tuple(draw(st.sets(st.sampled_from(leaves)))) if leaves and not children else (),
                "children": children,
            }
            found.append(Criterion.model_validate(facts))
            if not children:
                leaves.append(id)
        return tuple(found)

    facts = {
        "title": draw(WORDS),
        "origin": draw(st.sampled_from(["author", "derived", "generated"])),
        "denominator": draw(st.sampled_from(["leaf_sum", "section_declared", "declared_total"])),
        "declared_points": draw(st.none() | POINTS),
        "errata": tuple(draw(st.lists(WORDS, max_size=2))),
        "criteria": siblings(2, []),
    }
    rubric = Rubric.model_validate(facts)
    return rubric.model_copy(update={"diagnostics": tuple(sum_diagnostics(rubric))})


@settings(max_examples=60)
@given(written())
def test_what_is_written_is_read_back(rubric: Rubric) -> None:
    assert parse_rubric(rubric_text(rubric)) == rubric
