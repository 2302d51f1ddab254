from __future__ import annotations

import asyncio

import pytest

from agentkit.contracts.messages import ModelRequest
from agentkit.contracts.model import ModelCard, Price
from agentkit.errors import ModelProblem
from agentkit.runs.judging.place import seat_of
from agentkit.runs.judging.replay import Absent, judge_of
from tests.agentkit.judge.panel.scene import ScriptedJudge


def test_a_judge_is_seated_again_as_it_was() -> None:
    from agentkit.judge.panel.judge import Judge

    judge = Judge("first", ScriptedJudge("openai/gpt-test"))
    again = judge_of(seat_of(judge))
    assert seat_of(again) == seat_of(judge)
    assert again.card.price is not None, "else a cap would be refused that was kept before"


def test_nobody_is_asked_in_a_replay() -> None:
    absent = Absent("openai/gpt-test", ModelCard(price=Price(input=1, output=1)))
    with pytest.raises(ModelProblem, match="not asked in a replay"):
        asyncio.run(absent.reply(ModelRequest.model_construct()))
