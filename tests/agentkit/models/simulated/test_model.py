from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from agentkit.contracts.messages import CallPosition, Message, ModelRequest, ToolOffer
from agentkit.errors import ModelProblem
from agentkit.models.simulated.edits import Change, KnownEdit, KnownEdits, applied
from agentkit.models.simulated.model import SimulatedModel, Simulation
from agentkit.models.simulated.profiles import MODEST, Profile
from agentkit.models.simulated.shown import planned
from agentkit.search.text import fenced
from agentkit.source.edit_blocks import read_edits

START = {"a.py": "rate = 1\nsteps = 9\n"}
OFFERS = tuple(ToolOffer(name=name, description="", parameters={}) for name in ("editor", "submit"))


def edit(name: str, old: str, new: str, helps: bool = True, slip: tuple[str, str] | None = None) -> KnownEdit:
    change = Change(path="a.py", old=old, new=new)
    return KnownEdit(name=name, says=f"{name}.", helps=helps, hints=("text",), slip=slip, change=(change,))


FASTER = edit("faster", "rate = 1\n", "rate = 2\n", slip=("rate", "rat"))
FEWER = edit("fewer", "steps = 9\n", "steps = 5\n")
SLOWER = edit("slower", "rate = 1\n", "rate = 0\n", helps=False)
MORE = edit("more", "steps = 9\n", "steps = 99\n", helps=False)
KNOWN = KnownEdits(title="t", edit=(FASTER, FEWER, SLOWER, MORE))


def model(profile: Profile = MODEST, luck: str = "0") -> SimulatedModel:
    return SimulatedModel("simulated/modest", profile, Simulation(KNOWN, START, luck))


def prompt(files: Mapping[str, str], hints: Sequence[str] = (), rest: str = "") -> str:
    parts = [f"## Hint: {each}\n\nsomething" for each in hints]
    parts += [f"## {path}\n\n{fenced(text.rstrip())}" for path, text in files.items()]
    return "\n\n".join([*parts, rest])


def request(
    stage: str,
    text: str,
    *,
    attempt: str = "a1",
    operator: str = "draft",
    offers: Sequence[ToolOffer] = (),
    said: Sequence[Message] = (),
) -> ModelRequest:
    position = CallPosition(attempt=attempt, operator=operator, nth=0, stage=stage, index=len(said))
    messages = (Message(role="system", text="s"), Message(role="user", text=text), *said)
    return ModelRequest(position=position, messages=messages, tools=tuple(offers))


def plans(profile: Profile, operator: str, hints: Sequence[str], count: int = 300) -> Counter[str]:
    """Names of the edits planned in that many attempts from the start."""
    asked = model(profile)
    found: Counter[str] = Counter()
    for number in range(count):
        text = prompt(START, hints)
        reply = asked.message(request("plan", text, attempt=f"a{number}", operator=operator))
        plan = planned(reply.text)
        assert plan is not None and reply.text.startswith("(Simulated)")
        found.update(plan[1])
    return found


def good_share(found: Counter[str]) -> float:
    return (found["faster"] + found["fewer"]) / found.total()


def test_the_same_place_draws_the_same_and_another_luck_draws_otherwise() -> None:
    def all_plans(luck: str) -> list[str]:
        texts = (request("plan", prompt(START), attempt=f"a{number}") for number in range(20))
        return [model(luck=luck).message(each).text for each in texts]

    assert all_plans("1") == all_plans("1")
    assert all_plans("1") != all_plans("2")


def test_hints_and_operators_change_how_often_what_helps_is_drawn() -> None:
    bare = good_share(plans(MODEST, "draft", ()))
    assert bare == pytest.approx(MODEST.chance("draft", ()), abs=0.1)
    hinted = MODEST.model_copy(update={"gains": {"text": 2.0}})
    assert good_share(plans(hinted, "draft", ["text"])) > bare + 0.2
    assert good_share(plans(hinted, "draft", ["paper"])) == pytest.approx(bare, abs=0.1)
    keen = MODEST.model_copy(update={"habits": {"improve": MODEST.other.model_copy(update={"good": 0.9})}})
    assert good_share(plans(keen, "improve", ())) > 0.8


@pytest.mark.parametrize("offers", [OFFERS, ()])
def test_what_was_planned_is_written_as_calls_or_as_blocks(offers: Sequence[ToolOffer]) -> None:
    sure = MODEST.model_copy(update={"slip": 0.0})
    text = prompt(START, rest="# The plan\n\nEdits: faster, fewer\n")
    reply = model(sure).message(request("code", text, offers=offers))
    blocks = read_edits(reply.text)
    if offers:
        assert [call.name for call in reply.tool_calls] == ["editor", "editor", "submit"]
        wrote = [(call.arguments["old_str"], call.arguments["new_str"]) for call in reply.tool_calls[:2]]
    else:
        wrote = [(block.old or "", block.new) for block in blocks]
    assert wrote == [("rate = 1\n", "rate = 2\n"), ("steps = 9\n", "steps = 5\n")]


def test_a_second_turn_only_submits() -> None:
    text = prompt(START, rest="Edits: faster\n")
    said = [Message(role="assistant", text="done")]
    reply = model().message(request("code", text, offers=OFFERS, said=said))
    assert [call.name for call in reply.tool_calls] == ["submit"]


def test_a_miswritten_edit_is_mended_by_a_repair() -> None:
    clumsy = MODEST.model_copy(update={"slip": 1.0, "repair": 1.0})
    wrote = model(clumsy).message(request("code", prompt(START, rest="Edits: faster\n"), offers=OFFERS))
    assert wrote.tool_calls[0].arguments["new_str"] == "rat = 2\n"
    broken = applied(START, FASTER.blocks(slipped=True))
    assert broken is not None
    plan = model(clumsy).message(request("debug", prompt(broken), attempt="a2", operator="debug"))
    assert planned(plan.text) == (True, ("faster",))
    code = request("code", prompt(broken, rest=plan.text), attempt="a2", operator="debug", offers=OFFERS)
    mended = model(clumsy).message(code).tool_calls[0].arguments
    assert (mended["old_str"], mended["new_str"]) == ("rat = 2\n", "rate = 2\n")


def test_an_operator_without_a_plan_chooses_as_it_writes() -> None:
    """As `react` does, whose prompt shows no files: then it knows those of the start."""
    reply = model().message(request("code", prompt({}), operator="react", offers=OFFERS))
    assert reply.tool_calls[0].arguments["old_str"] in ("rate = 1\n", "steps = 9\n")


def test_where_nothing_fits_any_more_nothing_is_changed() -> None:
    text = prompt({"a.py": "another = 1\n"})
    assert planned(model().message(request("plan", text)).text) is None
    reply = model().message(request("code", text, offers=OFFERS))
    assert [call.name for call in reply.tool_calls] == ["submit"]


def test_tools_without_an_editor_are_refused_with_what_to_do() -> None:
    offers = [ToolOffer(name="shell", description="", parameters={})]
    with pytest.raises(ModelProblem, match="'editor'") as caught:
        model().message(request("code", prompt(START), offers=offers))
    assert "--coder edit" in str(caught.value)


def test_a_reply_costs_nothing_and_names_the_simulation() -> None:
    reply = asyncio.run(model().reply(request("review", "x")))
    assert reply.model == "simulated/modest" and reply.usage.dollars == 0.0
    assert "simulated" in reply.message.text
