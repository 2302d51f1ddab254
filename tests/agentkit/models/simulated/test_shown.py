from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentkit.models.simulated.shown import plan_line, planned, shown_files, shown_hints
from agentkit.search.text import fenced

NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True), min_size=1, max_size=4)


@given(st.text(alphabet="ab `#\n", max_size=60))
def test_a_file_is_read_as_a_prompt_shows_it(text: str) -> None:
    body = text.rstrip("\n")
    prompt = f"# Files\n\n## a.py\n\n{fenced(body)}\n\n## other.py\n\n{fenced('x')}\n\n# Now\n"
    assert shown_files(prompt, ["a.py"]) == {"a.py": body + "\n"}


def test_files_that_are_not_the_tasks_are_passed_over() -> None:
    assert shown_files("## Summary\n\n```\nnot a file\n```\n", ["a.py"]) == {}
    assert shown_files("## a.py\n\n(70000 bytes, not shown)\n", ["a.py"]) == {}


def test_hints_are_known_by_their_headings() -> None:
    prompt = "# Hints\n\n## Hint: pseudocode\n\nx\n\n## Hint: paper\n\ny\n\n## Notes: mine.md\n\nz\n"
    assert shown_hints(prompt) == ("pseudocode", "paper")
    assert shown_hints("# Hints\n\n(none)\n") == ()


@given(NAMES, st.booleans())
def test_a_plan_is_read_as_it_was_written(names: list[str], repair: bool) -> None:
    prompt = f"# The plan\n\n(Simulated) words.\n\n{plan_line(names, repair)}\n\n# Now\n"
    assert planned(prompt) == (repair, tuple(names))


def test_a_plan_of_somebody_else_names_nothing() -> None:
    assert planned("# The plan\n\nI would try momentum. Edits: maybe two.\n") is None
