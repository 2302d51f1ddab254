from __future__ import annotations

from collections.abc import Callable

import pytest

from agentkit.contracts.attempt import Expansion
from agentkit.contracts.scaffold import Scaffold
from agentkit.errors import UsageError
from agentkit.search.grammar import fits, render
from agentkit.search.prompt import open_prompts

RULES = {"start": ("<size> and <size>",), "size": ("1", "2", "3", "4")}
Build = Callable[..., Scaffold]
Play = Callable[..., list[Expansion]]


def test_two_phases_and_every_genome_is_of_the_grammar(build: Build, play: Play) -> None:
    scaffold = build("grammar", rules=RULES, population=4, generations=2)
    chosen = play(scaffold, [0.1, 0.9, 0.2, 0.3, *[0.05] * 12])
    assert [each.params["generation"] for each in chosen] == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4
    for each in chosen:
        assert fits(RULES, each.params["genome"])
        assert each.params["instruction"] == render(RULES, each.params["genome"])
        assert (each.operator, each.parents) == ("draft", ()), (
            "what is bred is the instruction, not the files"
        )


def test_the_second_phase_looks_round_the_best(build: Build, play: Play) -> None:
    chosen = play(
        build("grammar", rules=RULES, population=4, generations=1), [0.1, 0.9, 0.2, 0.3, *[0.0] * 9]
    )
    best = str(chosen[1].params["instruction"]).split()
    for each in chosen[4:]:
        words = str(each.params["instruction"]).split()
        assert sum(one != other for one, other in zip(words, best, strict=True)) == 1


def test_a_grammar_that_cannot_be_used_is_refused(build: Build) -> None:
    with pytest.raises(UsageError, match="no rule"):
        build("grammar", rules={"start": ("<size>",)})


def test_it_can_breed_edits_of_our_own_prompt_instead(build: Build, play: Play) -> None:
    chosen = play(build("grammar", breeds="prompt_edits", population=4, generations=2), [0.1, 0.9] * 6)
    programs = [str(each.params["prompt_edits"]) for each in chosen]
    assert not any("instruction" in each.params for each in chosen)
    draft = open_prompts()
    texts = {draft.edited("draft", program).files["draft"].text for program in programs}
    assert len(texts) > 3, "they make different prompts"


def test_a_grammar_whose_lines_are_no_edits_is_refused_before_a_run(build: Build) -> None:
    with pytest.raises(UsageError, match=r"'shout loudly' is no edit of a prompt\.\n.*drop HEADING"):
        build("grammar", breeds="prompt_edits", rules={"start": ("shout loudly",)})
