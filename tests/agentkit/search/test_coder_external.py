"""An agent of somebody else codes: a real process in a real sandbox, over a real socket, by the journal."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.contracts.agent import AgentCommand
from agentkit.contracts.attempt import Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.messages import ModelRequest, Reply
from agentkit.contracts.sandbox import Sandbox
from agentkit.contracts.scaffold import Operator, Scaffold
from agentkit.errors import BudgetSpent, MissingRequirement, ModelProblem
from agentkit.sandboxes.bubblewrap import BubblewrapSandbox
from agentkit.sandboxes.choose import check_bubblewrap
from agentkit.sandboxes.docker.sandbox import DockerSandbox
from agentkit.sandboxes.local import LocalSandbox
from agentkit.search.context import RunContext
from agentkit.search.operators import DRAFT, EXTERNAL
from agentkit.search.stages import Stages
from tests.agentkit.search.shelling_model import WORK, Shelling

AGENT = Path(__file__).with_name("stub_agent.py")
KEY = "sk-of-the-user-0123456789"


@pytest.fixture
def begin(bench: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`begin(model, how, …)`: a run whose next attempt, a1, is the stub agent's."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def begun(
        model: Any,
        how: str = "work",
        argv: Any = None,
        agent: Any = None,
        operator: Operator = EXTERNAL,
        **changes: Any,
    ) -> Stages:
        words = argv or f"python {AGENT} {{prompt_file}} {how}"
        told = {"seconds": 60.0, "grace_seconds": 0.5, "folders": (AGENT.parent,), **(agent or {})}
        command = AgentCommand.model_validate({"argv": words, **told})
        run: RunContext = bench.open(None, model, **changes)
        scaffold = Scaffold(None, {"external": replace(operator, agent=command)})  # type: ignore[arg-type]
        if "a1" not in run.journal.state.selected:
            run.journal.append("selected", "a1", **Expansion(operator="external").model_dump(mode="json"))
        return Stages(replace(run, scaffold=scaffold))

    return begun


def finish(stages: Stages) -> Any:
    """All stages; the attempt as it stands in the tree."""

    async def all_of_them() -> None:
        await stages.code("a1")
        await stages.run("a1")
        await stages.review("a1")

    asyncio.run(all_of_them())
    return attempt(stages)


def attempt(stages: Stages) -> Any:
    return stages.run_context.journal.state.tree.attempts["a1"]


def coded(stages: Stages) -> Any:
    return stages.run_context.journal.state.results["a1", "coded0"]


def events(stages: Stages, kind: str) -> list[Any]:
    lines = (stages.run_context.folder / "journal.jsonl").read_text().splitlines()
    return [each["data"] for each in map(json.loads, lines) if each["kind"] == kind]


def open_sandbox(name: str) -> Sandbox:
    if name == "docker":
        try:
            return DockerSandbox()
        except MissingRequirement as error:
            pytest.skip(f"docker does not work here: {error.message}")
    if name == "bubblewrap" and not check_bubblewrap().usable:
        pytest.skip("bubblewrap does not work here")
    return BubblewrapSandbox() if name == "bubblewrap" else LocalSandbox()


@pytest.mark.parametrize("where", ["local", "bubblewrap", pytest.param("docker", marks=pytest.mark.real)])
def test_its_work_is_the_attempt_and_its_calls_are_in_the_journal(begin: Any, where: str) -> None:
    sandbox = open_sandbox(where)
    model = Shelling((*WORK, "env; cat /proc/$PPID/environ; grep -rs 'sk-of-the-us[e]r' . $HOME"))
    stages = begin(model, "stream", sandbox=sandbox, hints="Forty is a good number.")
    done = finish(stages)
    assert (done.fitness, coded(stages)["turns"], coded(stages)["submitted"]) == (42.0, 5, True)
    assert model.coded == [0, 1, 2, 3, 4]
    assert (done.cost.calls, done.cost.tokens, done.cost.dollars) == (6, 5000, pytest.approx(0.05))
    prompt = model.asked[0].messages[0].text
    assert prompt == (stages.run_context.folder / "attempts/a1/instruction.md").read_text()
    for said in ("machine-learning engineer", "Write a large number", "Forty is a good", "(none yet)"):
        assert said in prompt
    seen = model.asked[-2].messages[-1].text
    assert "OPENAI_BASE_URL=http://127.0.0.1:" in seen
    assert KEY not in (stages.run_context.folder / "journal.jsonl").read_text(), "no key is in its reach"
    assert model.asked[0].tools[0].name == "shell", "the agent's own tools are the ones on offer"
    assert events(stages, "agent_ended")[0]["calls"] == 5
    new = [stages.run_context.blobs.get(each["messages"]) for each in events(stages, "agent_said")]
    shown = [[each["text"] for each in json.loads(blob)] for blob in new[:2]]
    assert shown == [["1"], [""]], "what its own tools have shown"
    asyncio.run(sandbox.close())


def test_parallel_attempts_do_not_share_a_port_or_a_token(begin: Any) -> None:
    """In `local` both are on the machine's own loopback."""
    first, second = Shelling(("env",)), Shelling(("env",))
    told = []
    for model in (first, second):
        stages = begin(model)
        asyncio.run(stages.code("a1"))
        lines = model.asked[-1].messages[-1].text.splitlines()
        told.append({line for line in lines if line.startswith(("OPENAI_BASE_URL", "OPENAI_API_KEY"))})
        (stages.run_context.folder / "journal.jsonl").unlink()
        stages.run_context.journal.close()
    assert len(told[0] | told[1]) == 4


@pytest.mark.parametrize(
    ("how", "score", "turns", "said"),
    [
        ("crash", 42.0, 4, "the agent ended with exit code 1; its last line: I give up"),
        ("flood", 42.0, 4, "the agent ended; its last line: The end: all done"),
        ("malformed", 42.0, 4, "the agent ended; its last line: The end: all done"),
        ("silence", None, 0, "the agent ended without asking the model; its last line: it printed nothing"),
        ("unknown", None, 0, "There is no model 'gpt-of-somebody'; there are: agentkit, scripted/shelling"),
    ],
)
def test_however_it_behaves_the_attempt_is_finished(
    begin: Any, how: str, score: float | None, turns: int, said: str
) -> None:
    stages = begin(Shelling(), how)
    done = finish(stages)
    assert (done.fitness, coded(stages)["turns"]) == (score, turns)
    assert said in coded(stages)["note"]
    assert score is not None or said in done.outcome.reason
    log = stages.run_context.folder / "attempts/a1/logs/agent-0.log"
    assert log.stat().st_size > 2_000_000 if how == "flood" else log.exists()


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"seconds": 2.0}, "ended after 2 s without asking"),
        ({"silent_seconds": 1.5}, "it had printed nothing for 1.5 s"),
    ],
)
def test_one_that_hangs_is_ended(begin: Any, limit: dict[str, float], said: str) -> None:
    stages = begin(Shelling(), "hang", agent=limit)
    assert finish(stages).outcome.status == "invalid"
    assert said in coded(stages)["note"]
    assert coded(stages)["submitted"] is False


def test_a_cap_ends_it_and_keeps_what_it_has_done(begin: Any) -> None:
    model = Shelling((*WORK, *["true"] * 20))
    stages = begin(model, budget=Budget(tokens=8_000))
    with pytest.raises(BudgetSpent, match="8,000 tokens"):
        finish(stages)
    assert attempt(stages).fitness == 42.0, "measured, and finished"
    assert len(WORK) < len(model.coded) < 8
    assert coded(stages)["note"] == "The run's cap of 8,000 tokens leaves no room for another call."
    assert "refused: 402 budget_spent" in events(stages, "agent_ended")[0]["output"]
    assert stages.run_context.journal.state.ledger.committed.tokens <= 8_000


def test_one_that_does_not_take_no_for_an_answer_is_ended(begin: Any) -> None:
    model = Shelling()
    stages = begin(model, "stubborn", budget=Budget(turns=3))
    done = finish(stages)
    assert model.coded == [0, 1, 2]
    assert "its 3 model calls" in coded(stages)["note"]
    assert events(stages, "agent_ended")[0]["status"] == "stopped"
    assert done.outcome.reason.startswith("nothing was changed")


def test_a_model_that_fails_ends_the_search_and_not_the_attempt(begin: Any) -> None:
    stages = begin(Shelling(problem=ModelProblem("it is down")))
    with pytest.raises(ModelProblem, match="it is down"):
        asyncio.run(stages.code("a1"))
    assert "refused: 502 model_failed: it is down" in events(stages, "agent_ended")[0]["output"]
    assert [each.id for each in stages.run_context.journal.state.pending] == ["a1"]


def test_a_fault_of_ours_is_not_the_agents(begin: Any) -> None:
    stages = begin(Shelling(problem=ZeroDivisionError("ours")))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(stages.code("a1"))


@pytest.mark.parametrize("argv", ["no-such-agent {prompt_file}", "/no/such/agent"])
def test_one_that_is_not_there_is_said_before_anything_is_spent(begin: Any, argv: str) -> None:
    model = Shelling()
    stages = begin(model, argv=argv)
    with pytest.raises(MissingRequirement, match=r"could not be started in the sandbox local: .*agent"):
        asyncio.run(stages.code("a1"))
    assert model.asked == []


def test_begun_again_it_is_answered_from_the_journal(begin: Any, bench: Any) -> None:
    """The first time the third reply never came, as with a kill; the second time only it is asked for."""
    first = Shelling()
    first.delay = lambda turn: 600.0 if turn == 2 else 0.0

    async def cut_off(stages: Stages) -> None:
        task = asyncio.ensure_future(stages.code("a1"))
        while len(first.asked) < 3:
            await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stages = begin(first)
    asyncio.run(cut_off(stages))
    stages.run_context.journal.close()
    second = Shelling()
    stages = begin(second)
    assert finish(stages).fitness == 42.0
    assert second.coded == [2, 3], "what was answered is not asked again"
    assert [each["recorded"] for each in events(stages, "agent")] == [0, 2]
    assert coded(stages)["turns"] == 4


def test_what_it_asks_differently_goes_on_live(begin: Any) -> None:
    """Its second request holds the time, so no later one is the recorded one."""
    work = ("date +%N", "echo 42 > number.txt")
    for number in range(2):
        model = Shelling(work, None if number else ModelProblem("down for today"))
        stages = begin(model)
        if number == 0:
            with pytest.raises(ModelProblem):
                asyncio.run(stages.code("a1"))
            assert model.coded == [0, 1, 2]
            stages.run_context.journal.close()
    assert finish(stages).fitness == 42.0
    assert model.coded == [2, 3], "the first from the journal, the others after those that it holds"
    assert coded(stages)["turns"] == 4


def test_calls_at_once_that_it_does_not_wait_for_are_paid(begin: Any, tmp_path: Path) -> None:
    agent = tmp_path / "impatient.py"
    agent.write_text(
        "import json, os, socket\n"
        "port = int(os.environ['OPENAI_BASE_URL'].split(':')[2].split('/')[0])\n"
        "body = json.dumps({'messages': [{'role': 'user', 'content': 'x'}]})\n"
        "for number in range(3):\n"
        "    line = socket.create_connection(('127.0.0.1', port))\n"
        "    head = 'POST /v1/chat/completions HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer '\n"
        "    head += os.environ['OPENAI_API_KEY'] + f'\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n'\n"
        "    line.sendall((head + body).encode())\n"
        "    globals()[f'line{number}'] = line\n"
        "import time; time.sleep(0.7)\n"
    )
    model = Shelling(())
    model.delay = lambda turn: {1: 2.0, 2: 2.0, 3: 600.0}.get(len(model.asked), 0.0)
    stages = begin(model, argv=f"python {agent}", agent={"grace_seconds": 4.0})
    finish(stages)
    ledger = stages.run_context.journal.state.ledger
    assert sorted(model.coded) == [0, 1, 2]
    assert not ledger.open_calls
    assert (ledger.spent.calls, ledger.spent.lost_calls) == (4, 1), "two came in time, one may be billed"
    assert [each["reason"] for each in events(stages, "cut")] == ["the agent ended before the reply came"]


def test_it_may_code_for_any_operator_and_is_then_told_the_plan(begin: Any) -> None:
    model = Shelling()
    stages = begin(model, operator=DRAFT)
    asyncio.run(stages.plan("a1"))
    assert finish(stages).fitness == 42.0
    assert model.asked[0].position.stage == "plan"
    assert "# The plan for attempt a1\n\nnoted\n" in model.asked[1].messages[0].text


def test_signed_reasoning_goes_back_to_its_provider(begin: Any) -> None:
    class Signing(Shelling):
        async def reply(self, request: ModelRequest) -> Reply:
            reply = await super().reply(request)
            opaque = {"model": self.name, "reasoning": f"thought {len(self.asked)}"}
            return reply.model_copy(update={"message": reply.message.model_copy(update={"opaque": opaque})})

    model = Signing()
    finish(begin(model))
    said = [each.opaque.get("reasoning") for each in model.asked[3].messages if each.role == "assistant"]
    assert said == ["thought 1", "thought 2", "thought 3"]
