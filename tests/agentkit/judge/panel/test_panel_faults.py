"""Judges that fail: no failure is a zero, nothing is paid twice, and a replay says the same to the byte."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from agentkit.contracts.messages import ModelRequest, Reply, Usage
from agentkit.contracts.rubric import JudgeReport
from agentkit.errors import ContextOverflow, CutOff, ModelProblem
from agentkit.judge.panel.settings import PanelSettings
from agentkit.models.bounds import with_usage
from tests.agentkit.judge.panel.scene import PLAIN, ScriptedJudge, asked_in, judged, leaf, reply, rubric, work

LEAVES = 100
MANY = rubric(*(leaf(f"name_{number}", 1.0 + number % 7) for number in range(LEAVES)))
BILLED = Usage(input_tokens=500, output_tokens=4096, dollars=0.05, upper_bound=True)
FAULTS: Mapping[int, ModelProblem | str] = {
    0: with_usage(CutOff("judge: no reply came in time."), BILLED),
    1: ModelProblem("judge: the provider is limiting our rate."),
    2: '{"leaf": "name", "score": 1',
    3: ContextOverflow("judge: the conversation is longer than the model can read."),
    4: ModelProblem("judge: the provider refused the content."),
}


class Faulty(ScriptedJudge):
    """Every fifth leaf meets one of the faults, each in its turn."""

    async def reply(self, request: ModelRequest) -> Reply:
        number = int(asked_in(request).leaf.partition("_")[2])
        fault = FAULTS.get(number // 5 % 5) if number % 5 == 0 else None
        if isinstance(fault, ModelProblem):
            self.requests.append(request)
            raise fault
        if fault is not None:
            self.requests.append(request)
            made = reply(fault, self.usage)
            self.served.append(made.usage)
            return made
        return await super().reply(request)


SETTINGS = PLAIN.model_copy(update={"at_once": 32})
"""Calls under way share their fsyncs, and the disk of a busy machine is slow."""


def judging(tmp_path: Path, model: ScriptedJudge, **ledger: bool) -> JudgeReport:
    evidence = work(tmp_path / "work")
    return judged(tmp_path / "judging", [model], evidence, MANY, SETTINGS, **ledger)


def test_a_fault_is_never_a_zero_and_no_answer_is_paid_twice(tmp_path: Path) -> None:
    model = Faulty()
    report = judging(tmp_path, model)
    by_status = Counter(each.status for each in report.verdicts)
    assert by_status == {"failed": 80, "error": 20}
    assert [each.id for each in report.verdicts if each.score == 0.0] == [
        f"name_{number}" for number in range(LEAVES) if number % 5
    ]
    assert report.coverage == pytest.approx(0.8, abs=0.02)
    assert report.cost.failed_calls == 16
    assert report.cost.usage.input_tokens == sum(each.input_tokens for each in model.served) + 4 * 500
    again = ScriptedJudge()
    resumed = judging(tmp_path, again)
    answered = {f"name_{number}" for number in range(LEAVES) if number % 5 or number // 5 % 5 == 2}
    assert answered.isdisjoint(again.leaves)
    assert len(again.leaves) == 16
    assert Counter(each.status for each in resumed.verdicts) == {"failed": 96, "error": 4}


def test_a_replay_is_the_same_to_the_byte_and_the_ledger_adds_up(tmp_path: Path) -> None:
    model = Faulty()
    first = judging(tmp_path, model).model_dump_json()
    silent = ScriptedJudge()
    replays = [judging(tmp_path, silent, replay=True).model_dump_json() for _ in range(2)]
    assert replays == [first, first]
    assert silent.requests == []
    events = [json.loads(line) for line in (tmp_path / "judging" / "calls.jsonl").read_text().splitlines()]
    paid = [each["data"]["usage"] for each in events if each["kind"] == "reply"]
    cut = [each["data"]["usage"] for each in events if each["kind"] == "cut"]
    for field in ("input_tokens", "output_tokens"):
        served = sum(getattr(each, field) for each in model.served)
        assert sum(each[field] for each in paid) == served
        assert getattr(JudgeReport.model_validate_json(first).cost.usage, field) == served + sum(
            each[field] for each in cut
        )


def test_two_judgings_of_the_same_work_differ_in_nothing(tmp_path: Path) -> None:
    settings = PanelSettings(probes=2, at_once=32)
    models = [("anthropic/claude-a", 0.0), ("openai/gpt-b", 0.001)]
    reports = []
    for name in ("one", "two"):
        judges = [
            ScriptedJudge(each, delay=lambda count, wait=wait: wait * (count % 3))  # type: ignore[misc]
            for each, wait in models
        ]
        evidence = work(tmp_path / "work")
        reports.append(judged(tmp_path / name, judges, evidence, MANY, settings).model_dump_json())
    assert reports[0] == reports[1]


CHILD = """
import sys, asyncio
from pathlib import Path
from tests.agentkit.judge.panel.scene import ScriptedJudge
from tests.agentkit.judge.panel.test_panel_faults import judging

def delay(count):
    if count == 30:
        print("thirty", flush=True)
        return 600
    return 0.0

judging(Path(sys.argv[1]), ScriptedJudge(delay=delay))
"""


@pytest.mark.real
def test_killed_in_the_middle_it_goes_on_and_pays_for_no_answer_again(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[4]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        cwd=checkout, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(checkout)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == b"thirty\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    events = [json.loads(line) for line in (tmp_path / "judging" / "calls.jsonl").read_text().splitlines()]
    answered = [each["data"]["key"] for each in events if each["kind"] == "reply"]
    under_way = len([each for each in events if each["kind"] == "asked"]) - len(answered)
    assert len(answered) >= 1 and under_way <= SETTINGS.at_once
    model = ScriptedJudge()
    report = judging(tmp_path, model)
    assert report.coverage == 1.0
    assert len(model.requests) == LEAVES - len(answered)
    assert report.cost.failed_calls == under_way
