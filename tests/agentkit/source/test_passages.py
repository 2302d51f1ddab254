from hypothesis import given
from hypothesis import strategies as st

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


def test_passages_keep_their_heading_and_whole_fences() -> None:
    found = passages(NOTES)
    assert found[0] == "### Optimiser\n\nMuon orthogonalises the momentum."
    assert found[1].startswith("### Attention\n\nLong")
    assert found[1].endswith("def attend():\n\n    return window\n```")
    assert len(found) == 2, "a heading with nothing under it says nothing"


def test_a_long_passage_is_parted_at_paragraphs_under_the_same_heading() -> None:
    text = "# One\n" + "\n\n".join(f"{letter * 900}" for letter in "abc")
    assert [each.split("\n")[0] for each in passages(text)] == ["# One", "# One", "# One"]


@given(st.lists(st.sampled_from(["# A\n", "words\n", "\n", "```\n", "\n\n", "x" * 700 + "\n"]), max_size=20))
def test_no_line_is_lost(lines: list[str]) -> None:
    text = "".join(lines)
    kept = "\n".join(passages(text))
    assert kept.count("words") == text.count("words")
    assert kept.count("x" * 700) == text.count("x" * 700)
