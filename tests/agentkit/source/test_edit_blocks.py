import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.source.edit_blocks import Edit, EditRefused, edited, read_edits
from agentkit.source.textfile import decode

BLOCKS = """Here is what I do.

train.py
<<<<<<< SEARCH
old = 1
=======
new = 2
>>>>>>> REPLACE

```notes/plan.md
<<<<<<< WHOLE
first
second
>>>>>>> WHOLE
```
"""


def test_both_forms_are_read_in_order() -> None:
    assert read_edits(BLOCKS) == [
        Edit("train.py", "old = 1\n", "new = 2\n"),
        Edit("notes/plan.md", None, "first\nsecond\n"),
    ]


def test_prose_without_blocks_is_no_edit() -> None:
    assert read_edits("I would change train.py.\n<<<<<<< SEARCH\nand then stop") == []


@given(st.text())
def test_reading_never_fails(reply: str) -> None:
    read_edits(reply)


def test_a_block_is_applied_to_the_text_so_far() -> None:
    assert edited("a\nb\n", Edit("f", "b\n", "c\n"), 1) == "a\nc\n"
    assert edited(None, Edit("f", None, "new\n"), 1) == "new\n"


@pytest.mark.parametrize(
    ("text", "old", "said"),
    [(None, "a\n", "no file f"), ("b\n", "a\n", "does not occur"), ("a\na\n", "a\n", "occurs 2 times")],
)
def test_a_block_that_does_not_fit_is_named(text: str | None, old: str, said: str) -> None:
    with pytest.raises(EditRefused, match=f"Block 7: .*{said}"):
        edited(text, Edit("f", old, "c\n"), 7)


def test_a_block_takes_the_line_ends_of_its_file() -> None:
    file = decode(b"a\r\nb\r\n")
    edit = Edit("f", "b\r\n", "c\n").with_line_ends_of(file)
    assert file.encode(edited(file.text, edit, 1)) == b"a\r\nc\r\n"
