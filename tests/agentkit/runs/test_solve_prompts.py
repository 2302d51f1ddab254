"""A prompt that a kit replaces is used, and a run that began with another one says so."""

from __future__ import annotations

from pathlib import Path

import agentkit
from agentkit.runs.solve import resume


def test_a_resumed_run_says_that_a_prompt_has_changed(project: Path) -> None:
    run = agentkit.solve("toy/number", model="scripted/demo", sandbox="local", attempts=1)
    prompts = project / "scaffolds" / "prompts"
    prompts.mkdir(parents=True)
    (prompts / "improve.md").write_text("Do better.\n")
    again = resume(run.path, attempts=2)
    notes = [event.data["text"] for event in again.folder.events() if event.kind == "note"]
    assert any("Prompts have changed since this run began (improve)" in note for note in notes)
    key = "a2/plan/0"
    assert "Do better." in again.folder.blobs.get(again.folder.state().prompts[key]).decode()
