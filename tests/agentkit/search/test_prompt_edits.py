from __future__ import annotations

import asyncio
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Expansion
from agentkit.errors import UsageError
from agentkit.search.grammar import check_rules, derive, render
from agentkit.search.prompt import open_prompts
from agentkit.search.prompt_edits import EDITS, edited, rules_for
from agentkit.search.select import select_attempts
from agentkit.search.stages import Stages

PROMPT = "# Task\n\n{{instructions}}\n\n# Hints\n\n{{hints}}\n\n{{sections}}# Now\n\nDraft it.\n"
PLACE = re.compile(r"\{\{\w+\}\}")


@pytest.mark.parametrize(
    ("program", "headings"),
    [
        ("", ["Task", "Hints", "Now"]),
        ("drop Hints", ["Task", "Now"]),
        ("first Hints", ["Hints", "Task", "Now"]),
        ("last Task", ["Hints", "Task", "Now"]),
        ("drop Files", ["Task", "Hints", "Now"]),
        ("drop Now", ["Task", "Hints", "Now"]),
        ("first Now\nlast Now", ["Task", "Hints", "Now"]),
        ("drop Hints\nfirst Hints", ["Task", "Now"]),
    ],
)
def test_sections_are_dropped_and_moved_and_the_request_stays_last(program: str, headings: list[str]) -> None:
    text = edited(PROMPT, program)
    assert re.findall(r"^(?:\{\{sections\}\})?# (.*)$", text, re.MULTILINE) == headings
    assert "{{sections}}# Now" in text


def test_words_are_said_at_the_end_and_are_never_places() -> None:
    assert edited(PROMPT, "say Be bold.").endswith("Draft it.\n\nBe bold.\n")
    assert "{{hints}}" not in edited("# Now\n", "say {{hints}}")


@pytest.mark.parametrize("program", ["shout Hints", "drop", "first ", "say"])
def test_a_line_that_is_no_edit(program: str) -> None:
    with pytest.raises(UsageError, match="no edit of a prompt"):
        edited(PROMPT, program)


@given(seed=st.integers(0, 10_000))
def test_whatever_our_own_grammar_derives_leaves_a_prompt_that_can_be_filled(seed: int) -> None:
    program = render(EDITS, derive(EDITS, random.Random(seed)))
    prompts = open_prompts()
    before = set(PLACE.findall(prompts.files["draft"].text))
    after = prompts.edited("draft", program)
    assert set(PLACE.findall(after.files["draft"].text)) <= before
    assert {"{{instructions}}", "{{files}}", "{{attempt}}"} <= set(PLACE.findall(after.files["draft"].text))
    assert after.fill("draft", dict.fromkeys([each[2:-2] for each in before], "x")).strip()
    assert prompts.files["draft"] == open_prompts().files["draft"]


def test_rules_are_checked_for_what_they_are_to_breed() -> None:
    assert rules_for("prompt_edits", {}) == check_rules(EDITS)
    assert rules_for("instruction", {"start": ("anything",)}) == {"start": ("anything",)}
    with pytest.raises(UsageError, match="no edit"):
        rules_for("prompt_edits", {"start": ("anything",)})


def test_an_attempt_is_shown_the_prompt_that_its_policy_has_edited(
    bench: Any, list_policy: Any, number_model: Any
) -> None:
    edits = Expansion(operator="draft", params={"prompt_edits": "drop Hints\nsay Be bold."})
    run = bench.open(list_policy([edits]), number_model(["10"]))
    select_attempts(run)
    asyncio.run(Stages(run).plan("a1"))
    shown = run.blobs.get(run.journal.state.prompts["a1/plan/0"]).decode()
    assert "# Hints" not in shown
    assert "# Task" in shown
    assert shown.rstrip().endswith("Be bold.")
    run.journal.close()
