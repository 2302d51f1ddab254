from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Situation
from agentkit.contracts.task import Metric
from agentkit.journal.tree import Tree
from agentkit.search.prompt import open_prompts
from agentkit.search.sections import OUTPUT_CHARS, complexity, instruction, parent_output, remaining

PROMPTS = open_prompts()


def situation(
    attempts: Sequence[tuple[str, ...]] = (),
    *parents: str,
    params: Mapping[str, Any] | None = None,
    left: Sequence[str] = (),
    log: str = "",
) -> Situation:
    """Each attempt by its id and its parents."""
    outcome = Outcome(status="valid", log=log)
    return Situation(
        tree=Tree(Attempt(id=id, operator="x", parents=tuple(of), outcome=outcome) for id, *of in attempts),
        expansion=Expansion(operator="x", parents=parents, params=params or {}),
        metric=Metric(name="loss"),
        instructions="",
        knowledge="",
        left=left,
        gains=(),
        diff=lambda id: "",
        fill=PROMPTS.fill,
    )


@pytest.mark.parametrize(
    ("children", "level"),
    [(0, "minimal"), (1, "minimal"), (2, "moderate"), (3, "moderate"), (4, "advanced"), (9, "advanced")],
)
def test_the_more_children_the_more_is_dared(children: int, level: str) -> None:
    wanted = PROMPTS.fill(f"complexity_{level}", {})
    built_on = [("a0",), *((f"b{number}", "a0") for number in range(children))]
    assert complexity(situation(built_on, "a0")) == wanted
    drafts = [(f"a{number}",) for number in range(children)]
    assert complexity(situation(drafts)) == wanted, "of a draft the other drafts count"


def test_a_policy_may_say_how_much_to_dare_and_nonsense_is_not_heard() -> None:
    assert complexity(situation(params={"complexity": "advanced"})) == PROMPTS.fill("complexity_advanced", {})
    assert complexity(situation(params={"complexity": "huge"})) == PROMPTS.fill("complexity_minimal", {})


def test_what_is_left_is_shown_where_there_is_a_cap() -> None:
    assert "Minutes left: 3.0.\nDollars left: 1.20." in remaining(
        situation(left=("Minutes left: 3.0.", "Dollars left: 1.20."))
    )
    assert remaining(situation()) == ""


def test_of_the_parents_output_the_end_is_shown() -> None:
    text = parent_output(situation([("a1",)], "a1", log="begin" + "x" * OUTPUT_CHARS + "end\n"))
    assert "end\n```" in text
    assert "begin" not in text
    assert parent_output(situation([("a1",)], "a1")) == ""
    assert parent_output(situation()) == "", "a draft has no parent"


def test_what_the_policy_asks_is_shown_and_nothing_else() -> None:
    assert "Use a {{larger}} batch." in instruction(
        situation(params={"instruction": "Use a {{larger}} batch."})
    )
    assert instruction(situation()) == ""
