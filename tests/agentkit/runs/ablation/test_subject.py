"""Finding the attempt that is explained, and the versions between it and its start."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.errors import UnknownName, UsageError
from agentkit.evaluation.benchmarks import load_task
from agentkit.journal.blobs import Blobs
from agentkit.runs.ablation.subject import FOLDER, Mixture, find_attempt, subject_of
from agentkit.runs.confirming.opponents import Opponents, Version
from agentkit.runs.folder import RunFolder, open_run
from agentkit.sandboxes.workspace import SnapshotWorkspace, lay_out
from tests.agentkit.runs.ablation.conftest import MakeSubject
from tests.agentkit.runs.ablation.mix_run import copied
from tests.conftest import Once


@pytest.fixture
def run(project: Path, once: Once) -> RunFolder:
    return open_run(copied(once, project))


def test_an_attempt_is_found_by_path_by_name_and_as_the_answer(run: RunFolder) -> None:
    runs = run.path.parent
    for reference in (f"{run.path}/a3", f"{run.name}/a3", "latest/a3", f"{run.path}/a3/"):
        found, attempt = find_attempt(reference, runs)
        assert (found.path, attempt) == (run.path, "a3")
    assert find_attempt("latest", runs)[1] == find_attempt(str(run.path), runs)[1] == "a1"
    with pytest.raises(UnknownName, match="There is no run 'nowhere'"):
        find_attempt("nowhere/a3", runs)


def test_the_subject_of_a_run(run: RunFolder) -> None:
    task = load_task(open_catalog(), "toy/mix", "")
    subject = subject_of(run, "a1", task)
    assert [each.text for each in subject.active] == ["WIDTH = 1 → WIDTH = 3", "DEPTH = 1 → DEPTH = 4"]
    assert subject.path == run.path / FOLDER / "a1"
    assert subject.calibration is None
    assert subject.seconds is not None and subject.seconds > 0
    other = subject_of(run, "a3", task, against="a1")
    assert [each.text for each in other.edits] == ["WIDTH = 3 → WIDTH = 2"]
    assert other.path == run.path / FOLDER / "a3-against-a1"


@pytest.mark.parametrize(
    ("attempt", "against", "said"),
    [
        ("a2", "", "attempt a2 of .* has no figure to explain: it is crash"),
        ("a9", "", "There is no attempt 'a9'"),
        ("a1", "a9", "There is no attempt 'a9'"),
        ("a1", "a1", "There is nothing to leave out: attempt a1 of .* does not differ from attempt a1"),
    ],
)
def test_what_cannot_be_a_subject(run: RunFolder, attempt: str, against: str, said: str) -> None:
    task = load_task(open_catalog(), "toy/mix", "")
    with pytest.raises(UsageError, match=f"(?i){said}") as caught:
        subject_of(run, attempt, task, against=against)
    assert "Next: agentkit" in str(caught.value)


def test_the_same_edits_are_the_same_files(make_subject: MakeSubject) -> None:
    subject = make_subject()
    opponents, active = subject.opponents, subject.active
    assert subject.files(subject.edits) == subject.files(active) == opponents.candidate.files
    assert subject.files([]) == subject.files(subject.edits[-1:]) == opponents.against.files
    assert subject.files(active[:1]) == subject.files([active[0], subject.edits[-1]])


def test_modes_folders_and_links_of_a_mixture(tmp_path: Path) -> None:
    """A program that became executable, a file in a new folder, a link, and an edit of none of them."""
    blobs = Blobs(tmp_path / "blobs")
    digests = []
    for name in ("start", "whole"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "run.sh").write_text("1\n")
        (folder / "data.bin").write_bytes(b"\0same")
        (folder / "work.py").write_text("a = 1\n" if name == "start" else "a = 2\n")
        if name == "whole":
            (folder / "run.sh").chmod(0o755)
            (folder / "more").mkdir()
            (folder / "more" / "new.py").write_text("b = 1\n")
            (folder / "link").symlink_to("work.py")
        digests.append(SnapshotWorkspace(folder, blobs).snapshot())
    from agentkit.source.atomic.edits import atomic_edits

    mixture = Mixture.of(Opponents(Version("whole", digests[1]), Version("start", digests[0]), blobs))
    edits = {each.where: each for each in atomic_edits(mixture.start, mixture.target)}
    assert set(edits) == {"more/new.py", "work.py:1"}
    lay_out(blobs, mixture.save([edits["more/new.py"]]), tmp_path / "mixed")
    assert (tmp_path / "mixed" / "more" / "new.py").read_text() == "b = 1\n"
    assert (tmp_path / "mixed" / "work.py").read_text() == "a = 1\n"
    assert (tmp_path / "mixed" / "data.bin").read_bytes() == b"\0same"
    assert "data.bin" not in mixture.start
    assert (tmp_path / "mixed" / "run.sh").stat().st_mode & 0o111
    assert (tmp_path / "mixed" / "link").is_symlink()
    assert mixture.save(list(edits.values())) == digests[1]
