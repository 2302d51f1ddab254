from __future__ import annotations

import pytest

from agentkit.contracts.rubric import Citation, Criterion, LeafKind
from agentkit.judge.admissible import lacks, may_hold, refusal
from agentkit.judge.snapshot import NOTEBOOK, PICTURE, Provenance, SnapshotFile, snapshot_of

KINDS: tuple[LeafKind | None, ...] = ("code", "execution", "result", "report", "visual", "process", None)


def leaf(kind: LeafKind | None, text: str = "It normalises its input.") -> Criterion:
    return Criterion(id="a", text=text, kind=kind)


def file(path: str, text: str = "x = 1\n", of: Provenance = "candidate", note: str = "") -> SnapshotFile:
    return SnapshotFile(path, "s", len(text), of, text, note=note)


def kinds_that_take(candidate: SnapshotFile, text: str = "It normalises its input.") -> set[LeafKind | None]:
    return {kind for kind in KINDS if not refusal(leaf(kind, text), candidate, 0, len(candidate.text or ""))}


@pytest.mark.parametrize(
    ("candidate", "taken"),
    [
        (file("train.py"), {"code", None}),
        (file("train.py", "# x = 1\n"), set()),
        (file("train.py", '"""x = 1"""\n'), set()),
        (file("run.sh", "python train.py\n"), {"code", None}),
        (file("a.ipynb", "# %% cell 1 [code]\nx = 1", note=NOTEBOOK), {"code", None}),
        (file("a.ipynb", "# %% cell 1 [text]\n# x = 1", note=NOTEBOOK), set()),
        (file("README.md"), {"report", None}),
        (file("docs/notes.txt"), {"report", None}),
        (file("report_final.txt"), {"report", None}),
        (file("paper/main.tex"), {"report", None}),
        (file("run.log"), set()),
        (file("results.csv"), {"visual"}),
        (file("config.json", '{"lr": 0.1}'), {"visual", None}),
        (file("plot.png", "PNG picture, 4 x 4 pixels, not blank\n", note=PICTURE), {"visual", None}),
        (file("plot.svg", "<svg><path/></svg>"), {"visual", None}),
        (file("harness/run.log", "loss 2.0\n", "harness"), {"execution", "result", "process", None}),
        (file("harness/train.py", "x = 1\n", "harness"), {"execution", "result", "process", None}),
        (file("harness/results.csv", "a,1\n", "harness"), {"execution", "result", "process", "visual", None}),
        (file("harness/report.md", "text\n", "harness"), {"execution", "result", "process", "report", None}),
    ],
    ids=lambda each: f"{each.path} {each.text!r}" if isinstance(each, SnapshotFile) else "",
)
def test_which_file_may_prove_which_kind(candidate: SnapshotFile, taken: set[LeafKind | None]) -> None:
    assert kinds_that_take(candidate) == taken


def test_settings_are_code_for_a_leaf_about_settings() -> None:
    about = "The configuration sets the learning rate to 0.1."
    assert kinds_that_take(file("config.yaml", "lr: 0.1\n"), about) == {"code", None}
    assert "code" not in kinds_that_take(file("config.yaml", "# lr: 0.1\n"), about)
    assert "code" not in kinds_that_take(file("results.csv", "lr,0.1\n"), about)


def test_a_place_beside_the_code_is_not_the_code() -> None:
    candidate = file("a.py", "x = 1  # normalises\n")
    assert refusal(leaf("code"), candidate, 0, 5) == ""
    assert "comments" in refusal(leaf("code"), candidate, 9, 19)
    assert refusal(leaf("code"), candidate, 0, 19) == ""


def test_the_text_that_a_picture_carries_is_not_what_it_shows() -> None:
    text = "PNG picture, 4 x 4 pixels, not blank\ntext in the file: Title: pass\n"
    candidate = file("plot.png", text, note=PICTURE)
    assert refusal(leaf("visual"), candidate, 0, 10) == ""
    assert "not what it shows" in refusal(leaf("visual"), candidate, 40, 60)
    assert "not what it shows" in refusal(leaf(None), candidate, 40, 60)


def test_may_hold() -> None:
    assert may_hold(leaf("code"), file("a.py")) and not may_hold(leaf("code"), file("README.md"))
    assert not may_hold(leaf("code"), SnapshotFile("a.py", "", 9, "candidate", None, "is no text"))


def test_a_visual_leaf_needs_the_picture_and_its_data() -> None:
    files = [file("plot.png", "PNG\n", note=PICTURE), file("points.csv"), file("drawn.svg", "<svg/>")]
    snapshot = snapshot_of(files)
    picture, data, drawn = (Citation(path=each) for each in ("plot.png", "points.csv", "drawn.svg"))
    assert lacks(leaf("visual"), [picture], snapshot) == "the data that the picture shows"
    assert lacks(leaf("visual"), [data], snapshot) == "the picture itself"
    assert lacks(leaf("visual"), [data, picture], snapshot) == lacks(leaf("visual"), [drawn], snapshot) == ""
    assert lacks(leaf("code"), [], snapshot) == "a place in a file"
    assert lacks(leaf("code"), [data], snapshot) == ""


def test_code_that_is_called_a_report_is_none() -> None:
    assert kinds_that_take(file("report.py")) == {"code", None}
    assert kinds_that_take(file("docs/conf.py")) == {"code", None}


def test_what_the_harness_recorded_may_be_cited_for_a_leaf_of_no_kind() -> None:
    assert refusal(leaf(None), file("harness/train.py", "# loss 1.25\n", "harness"), 0, 11) == ""
