from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.cli.main import main
from agentkit.cli.sweep_report import Targets, targets_of
from agentkit.errors import UsageError
from tests.agentkit.runs.reports.written_runs import write_runs


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "runs"
    write_runs(folder, 60, attempts=4)
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_CACHE_FOLDER", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def test_two_reports_of_the_same_runs_are_the_same(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for name in ("first", "second"):
        assert main(["report", str(runs), "--out", str(tmp_path / name), "--by", "scaffold"]) == 0
        said.append(capsys.readouterr().out.replace(str(tmp_path / name), "x"))
    files = {path.relative_to(tmp_path / "first"): path for path in (tmp_path / "first").rglob("*.*")}
    assert {str(name) for name in files} == {
        "report.html", "report.md", *(
            f"report_figures/{name}.svg"
            for name in (
                "scores", "tasks", "ladder",
                "curve-attempts", "curve-dollars", "curve-evaluation-seconds", "curve-minutes",
            )
        ),
    }  # fmt: skip
    for place, path in files.items():
        assert (tmp_path / "second" / place).read_bytes() == path.read_bytes()
    assert said[0] == said[1]
    assert said[0].startswith("SIMULATION: all runs were made without a live model")
    html = (tmp_path / "first" / "report.html").read_text(encoding="utf-8")
    assert html.count("<svg") == 7
    assert "The sandbox is gone." in html, "a run that failed is listed with its reason"


def test_one_form_filters_and_no_columns(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "some.md"
    assert (
        main(["report", str(runs), "--out", str(out), "--where", "scaffold=aide", "--where", "hints=none"])
        == 0
    )
    text = out.read_text(encoding="utf-8")
    assert "compared by | nothing" in text
    assert "(some_figures/scores.svg)" in text
    assert (tmp_path / "some_figures" / "scores.svg").is_file()
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere"], 4, "There is no folder"),
        (["RUNS", "--by", "hint"], 2, "There is no column 'hint'"),
        (["RUNS", "--where", "scaffold=aidee"], 2, "aide"),
        (["RUNS", "--out", "x.md", "--format", "html"], 2, "--out x.html"),
        (["RUNS", "--out", "file/x.md"], 4, "cannot be written"),
        (["empty"], 4, "There is no run in"),
    ],
)
def test_what_is_wrong_is_told(
    runs: Path, tmp_path: Path, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert main(["report", *(str(runs) if each == "RUNS" else each for each in arguments)]) == code
    assert said in capsys.readouterr().err


def test_where_it_is_written() -> None:
    folder = Path("sweep")
    assert targets_of(None, None, folder) == Targets(
        Path("sweep/report/report.html"), Path("sweep/report/report.md")
    )
    assert targets_of("out", "html", folder) == Targets(Path("out/report.html"), None)
    assert targets_of("a.md", None, folder) == targets_of("a.md", "md", folder) == Targets(None, Path("a.md"))
    with pytest.raises(UsageError, match="other form"):
        targets_of("a.html", "md", folder)
