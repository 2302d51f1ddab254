"""Replaying: what the model says is accepted, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..conftest import module

replay = module("s1_mini.replay")
thinker = module("s1_mini.files.start.thinker")
QUESTIONS = thinker.all_questions(True)[::70]
WEAK = thinker.train(count=1500, epochs=2, batch=256)
"""Half taught: it says odd things, which have to be replayed all the same."""


@st.composite
def some_settings(draw: st.DrawFn) -> Any:
    method = draw(st.sampled_from(replay.METHODS))
    most = draw(st.integers(0, thinker.CAP))
    least = draw(st.integers(0, most)) if method != "truncation" else 0
    effort = draw(st.sampled_from(thinker.EFFORTS))
    return replay.Setting(name="s", method=method, effort=effort, least=least, most=most)


@settings(deadline=None, max_examples=20)
@given(some_settings(), st.randoms())
def test_the_models_own_is_explained_and_an_altered_one_is_not(setting: Any, random: Any) -> None:
    for question, said in zip(QUESTIONS, replay.generate(WEAK, QUESTIONS, setting), strict=True):
        assert replay.explains(WEAK, question, setting, said)
        least, most = setting.enforced
        assert said.thought <= most
        assert said.thought >= least
        place = random.randrange(len(said.tokens))
        other = random.choice([each for each in range(thinker.VOCABULARY) if each != said.tokens[place]])
        altered = (*said.tokens[:place], other, *said.tokens[place + 1 :])
        assert not replay.explains(WEAK, question, setting, replay.Generation(tokens=altered))


@pytest.mark.parametrize("tokens", [(), (1,), (1, 2), (-1, 132, 140), (10**9, 132, 140), (132, 132, 140)])
def test_what_is_no_generation_is_not_explained(tokens: tuple[int, ...]) -> None:
    setting = replay.Setting(name="s", method="truncation", effort="normal", least=0, most=thinker.CAP)
    generation = replay.Generation(tokens=tokens)
    assert not replay.explains(WEAK, QUESTIONS[0], setting, generation)


def test_force_is_the_free_generation_until_its_end_and_then_waits() -> None:
    def setting(method: str, least: int) -> Any:
        return replay.Setting(name="s", method=method, effort="short", least=least, most=thinker.CAP)

    free = replay.generate(WEAK, QUESTIONS, setting("truncation", 0))
    forced = replay.generate(WEAK, QUESTIONS, setting("forcing", thinker.CAP))
    pushed = 0
    for alone, made in zip(free, forced, strict=True):
        assert made.thought == thinker.CAP
        assert made.tokens[: alone.thought] == alone.tokens[: alone.thought]
        if alone.thought < thinker.CAP:
            assert made.tokens[alone.thought] == thinker.WAIT
            pushed += 1
    assert pushed


def test_held_out_questions_are_in_no_training_trace() -> None:
    assert not set(thinker.all_questions(True)) & set(thinker.all_questions(False))
    assert thinker.solve(thinker.Question(0, 3, 2)) == thinker.SHUFFLES[0, thinker.SHUFFLES[0, 3]]
