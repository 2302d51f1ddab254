from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.rubric import Criterion, LeafKind
from agentkit.judge.defences.fence import Fence
from agentkit.judge.retrieval import LINE_CHARS, FileSet, Part, files_for
from agentkit.judge.snapshot import Provenance, Snapshot, SnapshotFile, snapshot_of

FILLER = "".join(f"value_{number} = {number}\n" for number in range(200))
TEXTS = {
    "model.py": "class Net:\n    def forward(self, x):\n        return x\n" + FILLER,
    "train.py": "def train(net):\n    optimiser = Adam(net)\n" + FILLER,
    "plots.py": "def draw_loss(path):\n    savefig(path)\n" + FILLER,
    "README.md": "# A net\n\nTraining uses Adam.\n" + "Words and more words.\n" * 150,
    "harness/run.log": "loss 2.0\n" * 300,
}
LARGEST = max(len(text) + LINE_CHARS * text.count("\n") for text in TEXTS.values())


def file(path: str, text: str | None) -> SnapshotFile:
    of: Provenance = "harness" if path.startswith("harness/") else "candidate"
    return SnapshotFile(path, "s", 1, of, text)


WORK = snapshot_of([file(path, text) for path, text in TEXTS.items()])


def shown(
    text: str, room: int, kind: LeafKind | None = "code", above: str = "", work: Snapshot = WORK
) -> FileSet:
    ancestors = [Criterion(id="p", text=above)] if above else []
    return files_for(Criterion(id="a", text=text, kind=kind), ancestors, work, room)


def test_all_files_are_shown_where_all_fit() -> None:
    found = shown("Anything.", 10**6)
    assert found.paths == tuple(sorted(TEXTS)) and found.left_out == 0
    assert shown("Something else.", 10**6).digest == found.digest


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        ("The function in train.py steps the optimiser.", "code", "train.py"),
        ("`draw_loss` saves the figure.", "code", "plots.py"),
        ("The class Net has a forward pass.", "code", "model.py"),
        ("The optimiser is Adam.", "code", "train.py"),
        ("The report says that training uses Adam.", "report", "README.md"),
        ("The loss of the run is below 3.", "result", "harness/run.log"),
    ],
)
def test_else_those_that_the_criterion_is_about(text: str, kind: LeafKind, path: str) -> None:
    found = shown(text, LARGEST, kind)
    assert found.paths == (path,) and found.left_out == len(TEXTS) - 1


def test_what_stands_above_a_leaf_helps() -> None:
    assert shown("It is drawn.", LARGEST, above="The loss is drawn by draw_loss and saved.").paths == (
        "plots.py",
    )


def test_of_a_file_that_does_not_fit_its_beginning_is_shown() -> None:
    found = shown("train.py has an optimiser.", 500)
    (part,) = found.parts
    assert (part.path, part.first_line) == ("train.py", 1) and 10 < part.last_line < 100


@given(st.integers(0, 40_000), st.sampled_from(["train.py", "the loss", "forward", "xyz"]))
def test_it_fits_and_is_the_same_each_time(room: int, text: str) -> None:
    found = shown(text, room)
    assert found == shown(text, room) and found.digest == shown(text, room).digest
    assert found.paths == tuple(sorted(found.paths))
    taken = [WORK.files[each.path].lines[: each.last_line] for each in found.parts]
    assert sum(len(line) + 1 + LINE_CHARS for lines in taken for line in lines) <= room
    assert len(found.paths) + found.left_out == len(TEXTS)


def test_files_without_a_text_are_not_shown() -> None:
    work = snapshot_of([file("a.py", "x = 1\n"), file("b.bin", None), file("empty.py", "")])
    assert shown("Anything.", 10**6, work=work).paths == ("a.py",)


def test_shown_in_blocks_with_the_files_own_line_numbers() -> None:
    fence = Fence("abcdefgh")
    prompt = FileSet((Part("model.py", 2, 3),)).show(WORK, fence)
    (block,) = fence.read(prompt)
    assert (block.name, block.first_line) == ("model.py", 2)
    assert block.text == "    def forward(self, x):\n        return x"
    assert FileSet((Part("gone.py", 1, 1),)).show(WORK, fence) == ""
