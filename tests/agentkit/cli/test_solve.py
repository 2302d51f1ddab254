"""`agentkit solve`: what a user and a program see, what is refused, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import agentkit
from agentkit.cli.main import main
from agentkit.contracts.summary import Summary

CHECKOUT = Path(agentkit.__file__).parents[1]
SCAFFOLD = (
    "import agentkit\n{line}\nfrom agentkit.contracts.scaffold import NoSettings, Scaffold, scaffold\n"
    "@scaffold\ndef mine(settings: NoSettings) -> Scaffold:\n    '''Mine.'''\n    ...\n"
)


def test_json_is_one_summary_alone_on_stdout(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "toy/number", "--json", "--runs-folder", "elsewhere"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    summary = Summary.model_validate_json(captured.out)
    assert (summary.state, summary.task, len(summary.attempts)) == ("ended", "toy/number", 4)
    assert summary.best is not None
    assert Path(summary.folder) == project / "elsewhere" / summary.run
    assert json.loads((project / "elsewhere" / summary.run / "summary.json").read_text()) == json.loads(
        captured.out
    )
    assert "recorded demonstration" in captured.err, "people read along elsewhere"


def test_for_people_everything_is_on_stderr(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "tasks/toy/number", "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "+40" in captured.err


def test_no_answer_has_a_code_of_its_own_and_is_still_a_summary(
    rehearse: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    rehearse(("draft", "plan", "1", "oops"), ("debug", "debug", "oops", "101"))
    assert main(["solve", "toy/number", "--json", "--quiet"]) == 5
    captured = capsys.readouterr()
    summary = Summary.model_validate_json(captured.out)
    assert summary.best is None
    assert [each.status for each in summary.attempts] == ["crash", "invalid"]
    assert "the run ended without an answer" in captured.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("toy/nubmer",), 2, ("no task 'toy/nubmer'", "Did you mean: toy/number?", "tasks/toy")),
        (("tasks/toy/nubmer",), 2, ("Did you mean: toy/number?",)),
        (("toy",), 2, ("'toy' is a benchmark", "agentkit list tasks")),
        (("toi/number",), 2, ("no benchmark 'toi'", "Did you mean: toy?")),
        (("toy/number", "-s", "aied"), 2, ("no scaffold 'aied'", "Did you mean: aide", "list scaffolds")),
        (("toy/number", "--tools", "edtior"), 2, ("no tool 'edtior'", "Did you mean: editor?")),
        (("toy/number", "--profile", "gpu1"), 2, ("no profile 'gpu1'", "leave --profile out")),
        (("toy/number", "--sandbox", "bubblewarp"), 2, ("no sandbox 'bubblewarp'", "mean: bubblewrap?")),
        (("toy/number", "--sandbox", "docker"), 3, ("docker", "Or: --sandbox bubblewrap")),
        (("toy/number", "-m", "openai/gpt-5"), 3, ("OPENAI_API_KEY", "Next: export")),
        (("toy/number", "--runs-folder", "file"), 4, ("No run folder can be made in file", "--runs-folder")),
        ((), 2, ("task", "agentkit solve --help")),
    ],
)
def test_what_is_refused_says_why_and_what_to_type(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    said: tuple[str, ...],
) -> None:
    (project / "file").write_text("")
    assert main(["solve", *words]) == code
    captured = capsys.readouterr()
    assert [part for part in said if part not in captured.err] == []
    assert captured.err.startswith("agentkit: ")
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert not (project / "runs").exists()


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_cache_that_cannot_be_used_is_said_so(
    project: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    (project / "file").write_text("")
    assert main(["solve", "toy/number", "--quiet", "--cache-folder", "file", *more]) == 4
    assert "--cache-folder" in capsys.readouterr().err


def test_an_answer_need_not_be_measured_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "toy/number", "--measurements", "0", "--attempts", "1", "--quiet"]) == 0


def test_a_mistake_in_a_task_file_names_file_key_expected_and_found(
    number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = (number_task / "task.toml").read_text()
    (number_task / "task.toml").write_text(
        table.replace("lower_is_better = false", 'lower_is_better = "no way"')
    )
    assert main(["solve", "toy/number"]) == 1
    error = capsys.readouterr().err
    assert f"{number_task / 'task.toml'} has a mistake at 'metric.lower_is_better'." in error
    assert "Expected: a valid boolean" in error
    assert "Found: 'no way'" in error
    assert 'Line 9: lower_is_better = "no way"' in error


def test_an_empty_transcript_is_refused_before_a_run_is_made(
    project: Path, number_task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (number_task / "demo.toml").write_text("")
    assert main(["solve", "toy/number"]) == 1
    error = capsys.readouterr().err
    assert "demo.toml has a mistake at 'attempt'" in error
    assert "Found: an empty file" in error
    assert not (project / "runs").exists()


@pytest.mark.parametrize(
    ("source", "why", "listed"),
    [
        ("import agentkit\ndef mine(:\n", "SyntaxError", True),
        ("import agentkit\n", "found nothing", True),
        (SCAFFOLD.format(line="import no_such_module"), "No module named 'no_such_module'", False),
    ],
    ids=["syntax", "empty", "import"],
)
def test_a_drop_in_that_fails_breaks_only_itself(
    project: Path, capsys: pytest.CaptureFixture[str], source: str, why: str, listed: bool
) -> None:
    """A fault that shows without importing the file is listed; `list` never runs anybody's code."""
    (project / "scaffolds").mkdir()
    (project / "scaffolds" / "mine.py").write_text(source)
    assert main(["solve", "toy/number", "-s", "mine"]) == 1
    error = capsys.readouterr().err
    assert "scaffolds/mine.py cannot be" in error
    assert why in error
    assert main(["list", "scaffolds"]) == 0
    assert ("cannot be used" in capsys.readouterr().out) is listed
    assert main(["solve", "toy/number", "-s", "nop", "--quiet"]) == 0


def test_without_torch_the_speedrun_says_how_to_get_it(project: Path, tmp_path: Path) -> None:
    """A Python that has every package of this one but torch."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in filter(os.path.isdir, sys.path[1:]):
        if Path(folder).name in ("site-packages", "dist-packages"):
            for each in Path(folder).iterdir():
                if each.name != "torch" and not (packages / each.name).exists():
                    (packages / each.name).symlink_to(each)
    code = (
        f"import sys; sys.path[:0] = [{str(CHECKOUT)!r}, {str(packages)!r}]\n"
        "from agentkit.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, "solve", "speedrun/record12", "--dry-run"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert "This machine cannot run speedrun/record12: PyTorch" in done.stderr
    assert "Next: pip install torch==2.13.0" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_terminated_run_stops_as_cleanly_as_an_interrupted_one(project: Path, number_task: Path) -> None:
    script = number_task / "evaluate.py"
    script.write_text("import time\ntime.sleep(0.5)\n" + script.read_text())
    process = subprocess.Popen(
        [sys.executable, "-m", "agentkit", "solve", "toy/number", "--json"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(Path("runs").glob("*/journal.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (128 + signal.SIGTERM, "")
    assert "agentkit resume" in err
    assert "Traceback" not in err
