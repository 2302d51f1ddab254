from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from agentkit.cli.report import next_steps, print_report, say_answer, say_judge, say_result, title
from agentkit.cli.scale import Scale
from agentkit.contracts.rubric import JudgeReport, Verdict
from agentkit.contracts.summary import Answer, Summary
from agentkit.runs.folder import open_run

SPEED = Scale("cpu_seconds", "s", 18.4, 12.1, 3, True)
ANSWER = Answer(
    attempt="a3", fsr=0.81, fsr_interval=(0.7, 0.93), trust="verified", isolation="bubblewrap",
    metrics={"cpu_seconds": 13.3}, measurements=3, valid_measurements=3,
)  # fmt: skip


@pytest.fixture
def summary(runs: Path) -> Summary:
    return open_run("20260101", runs).summary()


def printed(summary: Summary, diff: str, width: int, *, cut_off: bool = False) -> str:
    console = Console(record=True, width=width, height=30, force_terminal=True, file=io.StringIO())
    print_report(summary, diff, console, cut_off=cut_off)
    text = console.export_text(styles=False)
    assert not any("\x1b" in line for line in text.splitlines())
    return text


def test_the_title_says_what_the_agent_was_given(summary: Summary) -> None:
    told = {"hint_source": "upstream", "notes": ["/somewhere/ideas.md"]}
    given = summary.model_copy(update={"hints": ("text", "paper"), "settings": told})
    assert ", hints text + paper (upstream) with notes ideas.md, " in title(given)
    assert ", hints none, " in title(summary)


@pytest.mark.parametrize("width", [60, 100])
def test_the_end_says_everything(summary: Summary, width: int) -> None:
    text = printed(summary, "--- a/train.py\n-window = 8\n+window = 4\n", width)
    flat = " ".join(text.split())
    for part in (
        "recovers 81 % of the speed-up (FSR, 95 % interval 70 … 93 %), measured again on 3 fresh seeds.",
        "from 18.4 s CPU at the start to 12.1 s CPU for the reference",
        "It is better than the start and short of the reference, both by more than the noise.",
        "Finished: policy finished.",
        "17.2 s CPU, loss 2.31",
        "NameError",
        "Rubric (record 13): 60 %.",
        "+window = 4",
        "Spent: 3 of 20 attempts",
        "agentkit solve speedrun/record12 --model openai/NAME",
    ):
        assert part in flat
    assert summary.folder in text.replace("\n", ""), "a folder is printed whole, so that it can be copied"
    assert ("evaluation" in flat and "improve of a1" in flat) == (width >= 90)
    assert "resume" not in text


def test_the_table_fits_a_narrow_screen(summary: Summary) -> None:
    rows = [line for line in printed(summary, "", 60).splitlines() if line.startswith(("a1", "a2", "a3"))]
    assert len(rows) == 3
    assert all(cell_len(row) <= 60 and row.rstrip()[-1] in "%–" for row in rows)


def test_a_long_diff_is_cut_with_the_path_of_all_of_it(summary: Summary) -> None:
    diff = "".join(f"+line {number}\n" for number in range(500))
    text = printed(summary, diff, 100)
    assert "+line 5" in text and "+line 400" not in text
    assert "answer.patch" in text and "more lines" in text


def test_a_diff_cannot_steer_the_terminal(summary: Summary) -> None:
    assert "[bold]" in printed(summary, "+\x1b[2J[bold]\x07\n", 100)


def test_a_run_without_an_answer(summary: Summary) -> None:
    rows = tuple(row.model_copy(update={"status": "crash", "fsr": None}) for row in summary.attempts)
    failed = summary.model_copy(update={"best": None, "attempts": rows})
    assert say_result(failed)[0] == "There is no answer."
    assert "No attempt so far met every requirement of the task." in say_result(failed)


def test_a_run_that_can_go_on_says_how(summary: Summary) -> None:
    stopped = summary.model_copy(update={"state": "interrupted", "best": None})
    assert next_steps(stopped)[0][0].startswith("agentkit resume ")
    running = summary.model_copy(update={"state": "running"})
    assert not next_steps(running)[0][0].startswith("agentkit resume ")
    assert next_steps(running, cut_off=True)[0][0].startswith("agentkit resume ")
    assert "cut off" in printed(running, "", 100, cut_off=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fsr_interval": (-0.1, 0.4)}, "this may be no gain at all"),
        ({"fsr_interval": (-0.4, -0.1)}, "worse than the start"),
        ({"fsr_interval": (0.8, 1.1)}, "as good as the reference"),
        ({"fsr_interval": (1.1, 1.3)}, "better than the reference"),
        ({"trust": "claimed"}, "nobody checked it"),
        ({"isolation": "local"}, "without a sandbox"),
        ({"valid_measurements": 2}, "1 of its 3 measurements missed a requirement"),
        ({"measurements": 0, "valid_measurements": 0}, "as the search measured it"),
        ({"fsr": None, "fsr_interval": None}, "The answer is attempt a3: 13.3 s CPU"),
    ],
)
def test_what_an_answer_means(change: dict[str, object], words: str) -> None:
    assert words in " ".join(say_answer(ANSWER.model_copy(update=change), SPEED))


def test_a_gap_that_is_noise_is_said_to_be_one() -> None:
    noisy = Scale("cpu_seconds", "s", 18.4, 18.1, 8, False)
    assert "smaller than its noise" in " ".join(say_answer(ANSWER, noisy))
    assert "short of the reference" not in " ".join(say_answer(ANSWER, noisy))


def test_published_ends_have_no_interval_and_no_word_of_this_machines_noise() -> None:
    scale = Scale("cpu_seconds", "s", 18.4, 12.1, 0, False, source="a paper, table 3", hardware="eight H100")
    bare = ANSWER.model_copy(update={"fsr_interval": None})
    text = " ".join(say_answer(bare, scale))
    assert "recovers 81 % of the speed-up, measured again" in text
    assert "as published (a paper, table 3, eight H100)." in text
    assert "There is no interval, as the noise of published figures is not known here." in text
    assert "on this machine" not in text and "smaller than its noise" not in text


def test_a_judge_who_could_not_grade_all_says_so() -> None:
    verdicts = tuple(
        Verdict(id=str(number), text=f"part {number}", weight=0.05, status="passed") for number in range(20)
    )
    report = JudgeReport(rubric="r", score=0.75, low=0.6, high=0.8, coverage=0.8, verdicts=verdicts)
    lines = list(say_judge(report))
    assert lines[0] == "Rubric (r): 60 … 80 %; 75 % of what could be graded."
    assert lines[-1].strip() == "… and 8 more"
    assert (
        next(say_judge(report.model_copy(update={"score": None}))) == "Rubric (r): nothing could be graded."
    )
