from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Situation
from agentkit.contracts.task import Metric
from agentkit.journal.tree import Tree
from agentkit.search.knowledge import Knowledge, choose
from agentkit.search.prompt import open_prompts
from agentkit.search.text import size
from agentkit.source.passages import passages

NOTES = """\
## Notes: mine.md

### Optimiser

Muon orthogonalises the momentum.

### Attention

Long sequences want a sliding window.

```python
def attend():

    return window
```

### Empty
"""


def test_the_nearest_passages_that_fit_are_shown_in_their_own_order() -> None:
    assert choose(NOTES, "attention window", 1000) == "\n\n".join(passages(NOTES)), "all of them fit"
    assert choose(NOTES, "attention window", 27).startswith("### Attention")
    assert choose(NOTES, "momentum of the optimiser", 25).startswith("### Optimiser")
    assert choose(NOTES, "", 25).startswith("### Optimiser"), "nothing is near, so from the beginning"


def test_the_section_follows_what_the_parent_is_about() -> None:
    tree = Tree(
        [Attempt(id="a1", operator="x", plan="A window for attention.", outcome=Outcome(status="valid"))]
    )

    def told(*parents: str) -> str:
        return Knowledge(27)(
            Situation(
                tree=tree,
                expansion=Expansion(operator="x", parents=parents),
                metric=Metric(name="loss"),
                instructions="Tune the optimiser.",
                knowledge=NOTES,
                left=(),
                gains=(),
                diff=lambda id: "",
                fill=open_prompts().fill,
            )
        )

    assert "sliding window" in told("a1")
    assert "sliding window" not in told()
    assert "orthogonalises" in told()


@given(text=st.text("ab#` \n", max_size=400), query=st.text("ab ", max_size=20), tokens=st.integers(0, 60))
def test_what_is_chosen_is_bounded_the_same_and_nothing_but_what_was_written(
    text: str, query: str, tokens: int
) -> None:
    chosen = choose(text, query, tokens)
    assert chosen == choose(text, query, tokens)
    assert size(chosen) <= 4 * tokens
    assert set(chosen.split("\n")) <= {*text.splitlines(), ""}
