"""What an agent's tools start: on record, found again, and gone with the stage."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from agentkit.contracts.budget import Budget
from agentkit.contracts.tool import ToolContext, ToolResult
from agentkit.search.agent_context import notes_of, tool_context
from agentkit.search.situation import situation
from tests.agentkit.search.tool_calls import Asking, code, opened


def test_a_stage_leaves_nothing_running_and_everything_on_record(bench: Any, list_policy: Any) -> None:
    model = Asking(
        ("python", {"code": "import os; os.getpid()"}),
        ("job", {"command": "start", "name": "long", "script": "echo begun; sleep 300"}),
        ("notes", {"text": "a rate of 0.1 diverges"}),
        ("notes", {}),
        ("budget", {}),
    )
    run = opened(bench, list_policy, model, budget=Budget(attempts=4))
    code(run)
    interpreter = int(model.told[1].split("\n")[0].strip("'"))
    assert not Path(f"/proc/{interpreter}").exists()
    assert "[a1] a rate of 0.1 diverges" in model.told[4]
    assert "Attempts left after this one: 3." in model.told[5]
    assert [note.text for note in notes_of(run)] == ["a rate of 0.1 diverges"]
    assert not (run.folder / "jobs" / "a1-agent").exists()
    assert not run.journal.state.jobs
    assert (run.work("a1").folder / "logs" / "job-long.log").exists()
    # A later stage is told of the note, and one that began before it still is not.
    assert [note.text for note in situation(run.work("a1"), "plan").notes] == ["a rate of 0.1 diverges"]
    run.journal.append("stage", "a1", stage="debug", standing="", left=[], seen=0, notes=0)
    assert not situation(run.work("a1"), "debug").notes
    run.journal.close()


def test_a_process_that_resumes_finds_the_job_and_says_what_is_lost(bench: Any, list_policy: Any) -> None:
    first = opened(bench, list_policy, Asking())
    work = first.work("a1")
    context = tool_context(work, work.open_workspace(work.base))
    script = "for i in 1 2 3 4; do echo step $i loss $((9 - i)); sleep 0.2; done"

    async def leave_without_a_word(context: ToolContext) -> ToolResult:
        begun: ToolResult = await first.tools["job"].call(
            context, {"command": "start", "name": "run", "script": script}
        )
        await first.tools["python"].call(context, {"code": "x = 1"})
        # What a kill does to the interpreter; the job has a supervisor of its own.
        await context.state["python"].job.stop()
        return begun

    assert asyncio.run(leave_without_a_word(context)).ok
    first.journal.close()
    model = Asking(("job", {"command": "wait", "name": "run"}), ("python", {"code": "'x' in globals()"}))
    run = opened(bench, list_policy, model)
    code(run)
    assert "loss: last 5 at 4" in model.told[1] or "step 4 loss 5" in model.told[1]
    assert "[Exit code 0" in model.told[1]
    assert model.told[2].startswith("[A new interpreter: the one before ended")
    assert "False" in model.told[2]
    run.journal.close()
