"""Hints: which texts, in which order, from where; what is refused; and exactly what a model is shown."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agentkit
from agentkit.catalog import open_catalog
from agentkit.cli.main import main
from agentkit.contracts.task import Task
from agentkit.errors import BadFile, BrokenPlugin, MissingRequirement, RunProblem, UnknownName, UsageError
from agentkit.evaluation.benchmarks import load_task
from agentkit.runs.folder import RunFolder, create_run
from agentkit.runs.hints import MOST_BYTES, Hints, choose_levels, in_order, read_hints, read_notes
from agentkit.runs.manifest import manifest
from agentkit.runs.plan import make_plan
from agentkit.runs.solve import plan_again, resume
from agentkit.settings import Settings

TEXTS = {
    "brief": "A short word.\n",
    "paper": "# On numbers\r\n\r\n\"Fifty\" is better than {{forty}};\ta 'quoted' word, \\n too.\r\n",
    "text": "\n\n    Indented: forty is a good number.\n\n",
    "pseudocode": "while True:\n    write(50)  # {instructions} — ≤ 100\n",
}
LEVELS = ("pseudocode", "text", "paper", "brief")


@pytest.fixture
def task(number_task: Path) -> Task:
    """The number task with all usual levels, in another order in its table, and one of its own."""
    table = (number_task / "task.toml").read_text()
    lines = "".join(f'{level} = "{level}.md"\n' for level in TEXTS)
    (number_task / "task.toml").write_text(table.replace('text = "hint.md"\n', lines))
    for level, text in TEXTS.items():
        (number_task / f"{level}.md").write_bytes(text.encode())
    return load_task(open_catalog(), "toy/number")


def hints(task: Task, *levels: str, **settings: Any) -> Hints:
    found = Settings(hints=levels, **settings)
    return read_hints(task, found, read_notes(found.notes, {}))


def first_prompt(run: RunFolder) -> str:
    return run.blobs.get(run.state().prompts["a1/plan/0"]).decode()


def test_a_combination_is_clean_text_in_one_order(task: Task) -> None:
    said = hints(task, "paper+text", "brief", "pseudocode")
    assert said.levels == LEVELS
    assert said.text == (
        "## Hint: pseudocode\n\nwhile True:\n    write(50)  # {instructions} — ≤ 100\n\n"
        "## Hint: text\n\n    Indented: forty is a good number.\n\n"
        "## Hint: paper\n\n# On numbers\n\n"
        "\"Fifty\" is better than {{forty}};\ta 'quoted' word, \\n too.\n\n"
        "## Hint: brief\n\nA short word."
    )


@given(st.lists(st.sampled_from(LEVELS), min_size=1, max_size=8), st.data())
def test_neither_order_nor_repetition_matter(words: list[str], data: st.DataObject) -> None:
    known = in_order(("brief", "text", "paper", "pseudocode"))
    cut = data.draw(st.integers(0, len(words)))
    asked = [joined for part in (words[:cut], words[cut:]) if (joined := "+".join(part))]
    task: Any = None
    assert choose_levels(asked, known, task) == tuple(each for each in LEVELS if each in words)


def test_other_levels_keep_the_order_of_their_table() -> None:
    assert in_order(["3", "1", "2"]) == ("3", "1", "2")
    assert in_order(["late", "paper", "early", "text"]) == ("text", "paper", "late", "early")


@pytest.mark.parametrize("asked", [(), ("none",), ("none+none",)])
def test_none_is_none(task: Task, asked: tuple[str, ...]) -> None:
    said = hints(task, *asked)
    assert (said.text, said.levels, said.told()["sha256"]) == ("", (), "")


def test_none_goes_with_no_other(task: Task) -> None:
    with pytest.raises(UsageError, match="none goes with no other") as caught:
        hints(task, "none+text")
    assert "Found: none+text" in caught.value.lines


@pytest.mark.parametrize("asked", ["1", "text+", "Text", "level_0"])
def test_an_unknown_level_is_refused_with_the_known_ones(task: Task, asked: str) -> None:
    with pytest.raises(UnknownName, match="There is no hint level") as caught:
        hints(task, asked)
    assert "Known: brief, paper, pseudocode, text" in caught.value.lines


def test_a_task_without_hints_says_what_to_give_instead(task: Task) -> None:
    bare = replace(task, hints={})
    with pytest.raises(UsageError, match="toy/number has no hints of its own") as caught:
        hints(bare, "text")
    assert any("--notes FILE" in line for line in caught.value.lines)
    assert hints(bare, "none").parts == ()


@pytest.mark.parametrize(
    ("content", "found"),
    [(None, "no such file"), (b" \n\t\n", "an empty file"), (b"caf\xe9", "byte 3 is no UTF-8")],
)
def test_a_text_that_cannot_be_shown_is_an_error(task: Task, content: bytes | None, found: str) -> None:
    path = task.hints["text"]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadFile, match=str(path)) as caught:
        hints(task, "text+paper")
    assert f"Found: {found}" in caught.value.lines
    assert "It is to be the hint text of toy/number." in caught.value.lines
    assert hints(task, "paper").levels == ("paper",), "the others can still be used"


def test_a_mark_of_byte_order_is_no_text(task: Task) -> None:
    task.hints["text"].write_bytes("\ufeffGrüße".encode())
    assert hints(task, "text").text.endswith("\n\nGrüße")


class Drawer:
    """A hint source as a stranger's kit may have one: it knows where, agentkit reads."""

    levels = ("paper", "aside", "text")

    def file(self, level: str, folder: Path | None) -> Path:
        if folder is None:
            raise MissingRequirement("No drawer was named.", "Next: --hint-folder DRAWER")
        return {"text": folder / "one.txt", "paper": folder / "two.txt"}[level]


def test_a_benchmark_may_have_other_sources(task: Task, tmp_path: Path) -> None:
    rich = replace(task, hint_sources={"drawer": Drawer()})
    (tmp_path / "one.txt").write_text("One.")
    (tmp_path / "two.txt").write_text("Two.")
    told = {"hint_source": "drawer", "hint_folder": tmp_path}
    said = hints(rich, "paper+text", **told)
    assert said.text == "## Hint: text\n\nOne.\n\n## Hint: paper\n\nTwo."
    assert (said.told()["source"], said.told()["parts"][0]["file"]) == ("drawer", str(tmp_path / "one.txt"))
    with pytest.raises(UnknownName, match="hint level 'pseudocode'"):
        hints(rich, "pseudocode", **told)
    with pytest.raises(MissingRequirement, match="No drawer"):
        hints(rich, "text", hint_source="drawer")
    with pytest.raises(UsageError, match="drawer is a hint source") as caught:
        hints(rich, "drawer")
    assert "Next: --hint-source drawer --hints pseudocode" in caught.value.lines
    (tmp_path / "one.txt").unlink()
    with pytest.raises(BadFile, match=r"one\.txt"):
        hints(rich, "text", **told)
    with pytest.raises(BrokenPlugin, match=r"hint source 'drawer' of toy/number.*KeyError"):
        hints(rich, "aside", **told)


def test_an_unknown_source_is_refused_even_without_levels(task: Task) -> None:
    with pytest.raises(UnknownName, match="There is no hint source 'drawer'") as caught:
        hints(task, hint_source="drawer")
    assert "Known: task" in caught.value.lines


def test_notes_follow_the_hints_in_the_order_given(task: Task, tmp_path: Path) -> None:
    first, second = tmp_path / "b.md", tmp_path / "a b.md"
    first.write_text("First.\n")
    second.write_text("Second.\n")
    said = hints(task, "brief", notes=(first, second, first))
    assert said.text == (
        "## Hint: brief\n\nA short word.\n\n## Notes: b.md\n\nFirst.\n\n## Notes: a b.md\n\nSecond."
    )
    assert said.levels == ("brief",)


def test_notes_are_bounded_together(tmp_path: Path) -> None:
    half, more = tmp_path / "half.md", tmp_path / "more.md"
    half.write_bytes(b"x" * (MOST_BYTES // 2))
    more.write_bytes(b"y" * (MOST_BYTES // 2 + 1))
    assert len(read_notes([more], {})[0].text) == MOST_BYTES // 2 + 1
    with pytest.raises(BadFile, match=r"more\.md") as caught:
        read_notes([half, more], {})
    assert "Expected: at most 50,000 bytes, as all notes together have 100,000" in caught.value.lines
    assert "Found: 50,001 bytes" in caught.value.lines


@pytest.mark.parametrize("name", ["no.md", "folder", "pipe"])
def test_notes_are_plain_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadFile, match=name):
        read_notes([tmp_path / name], {})


def test_a_secret_in_the_notes_stays_at_home(tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text("The key is Zq8vTz1wLm4xNn7yAb3c, keep it.")
    (part,) = read_notes([file], {"MY_API_KEY": "Zq8vTz1wLm4xNn7yAb3c"})
    assert part.text == "The key is [redacted:MY_API_KEY], keep it."


def test_the_model_sees_it_once_and_exactly_as_show_prints_it(
    task: Task, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "ideas.md").write_text("My own: {{hints}}.\n")
    asked = ("brief+paper", "text")
    run = agentkit.solve("toy/number", attempts=1, hints=asked, notes=("ideas.md",))
    capsys.readouterr()
    assert main(["show", "toy/number", "--hints", ",".join(asked), "--notes", "ideas.md"]) == 0
    shown = capsys.readouterr().out.removesuffix("\n")
    prompt = first_prompt(run.folder)
    assert prompt.partition("# Hints\n\n")[2].partition("\n\n# Files at the start")[0] == shown
    for part in shown.split("## ")[1:]:
        assert prompt.count(part.rstrip()) == 1
    assert "\\n\\n" not in prompt and "['" not in prompt, "text, not how a program would write it down"
    assert run.summary.hints == ("text", "paper", "brief"), "in the order in which they were shown"
    started = next(iter(run.folder.events())).data
    assert (started["hints"], started["hint_notes"]) == (["text", "paper", "brief"], ["ideas.md"])
    assert run.folder.manifest["hint_text"]["sha256"] == hashlib.sha256(shown.encode()).hexdigest()


def test_without_hints_a_prompt_says_so(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    run = agentkit.solve("toy/number", attempts=1)
    capsys.readouterr()
    assert main(["show", "toy/number", "--hints", "none"]) == 0
    assert f"# Hints\n\n{capsys.readouterr().out}\n" in first_prompt(run.folder)


def told_notes(run: RunFolder) -> list[str]:
    return [event.data["text"] for event in run.events() if event.kind == "note"]


def test_a_resume_says_that_a_hint_has_changed(task: Task) -> None:
    run = agentkit.solve("toy/number", attempts=1, hints=("text+paper",))
    resume(run.path, attempts=2)
    assert not any("hints have changed" in text for text in told_notes(run.folder))
    task.hints["paper"].write_text("Sixty.\n")
    resume(run.path, attempts=3)
    (said,) = [text for text in told_notes(run.folder) if "hints have changed" in text]
    assert "(paper)" in said


@pytest.mark.parametrize("change", ["rewritten", "deleted"])
def test_a_resume_uses_the_notes_it_was_given(project: Path, change: str) -> None:
    file = project / "ideas.md"
    file.write_text("Try fifty.\n")
    run = agentkit.solve("toy/number", attempts=1, notes=(file,))
    file.write_text("Try sixty.\n") if change == "rewritten" else file.unlink()
    again = resume(run.path, attempts=2)
    key = next(key for key in again.folder.state().prompts if key.startswith("a2/plan"))
    prompt = again.folder.blobs.get(again.folder.state().prompts[key]).decode()
    assert "## Notes: ideas.md\n\nTry fifty.\n" in prompt and "sixty" not in prompt
    assert not any("hints have changed" in text for text in told_notes(run.folder))


def test_a_replay_is_given_the_notes_of_its_run(project: Path) -> None:
    file = project / "ideas.md"
    file.write_text("Try fifty.\n")
    run = agentkit.solve("toy/number", hints=("text",), notes=(file,))
    file.unlink()
    again = agentkit.solve("toy/number", replay=run.path.name)
    assert len(again.summary.attempts) == len(run.summary.attempts)
    assert again.folder.manifest["hint_text"] == run.folder.manifest["hint_text"]


def test_a_run_that_was_killed_at_once_reads_its_notes_again(project: Path) -> None:
    file = project / "ideas.md"
    file.write_text("Try fifty.\n")
    made = make_plan("toy/number", {"notes": (file,)})
    folder = create_run(project / "runs", "toy/number", manifest(made))
    assert plan_again(folder, {}).hints == made.hints
    file.write_text("Try sixty.\n")
    with pytest.raises(RunProblem, match="has changed since"):
        plan_again(folder, {})


def test_a_run_from_before_goes_on(project: Path) -> None:
    run = agentkit.solve("toy/number", attempts=1, hints=("text",))
    told = {name: value for name, value in run.folder.manifest.items() if name != "hint_text"}
    for name in ("hint_source", "hint_folder", "notes"):
        del told["settings"][name]
    (run.path / "run.json").write_text(json.dumps(told))
    assert len(resume(run.path, attempts=2).summary.attempts) == 2
