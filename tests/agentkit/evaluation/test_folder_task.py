"""task.toml: what it means, and what an author is told about each mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.contracts.published import PublishedEnds
from agentkit.errors import BadFile
from agentkit.evaluation.folder_task import folder_entries, load_folder_task


def test_a_folder_is_a_task(task_folder: Path) -> None:
    task = load_folder_task(task_folder, "bench/words")
    assert (task.reference, task.title, task.purpose) == ("bench/words", "Many words", "Print many words.")
    assert task.instructions == "Return more words."
    assert task.files == {
        "data/known.txt": task_folder / "files" / "data" / "known.txt",
        "words.py": task_folder / "files" / "words.py",
    }
    assert task.solution == {"words.py": task_folder / "solution.py"}
    assert (task.metric.name, task.metric.lower_is_better, task.editable) == ("words", False, ("words.py",))
    assert all(path.is_absolute() for path in task.files.values())
    assert (task.rubric, task.hints, task.transcripts) == (None, {}, {})


def test_everything_that_may_be_there(task_folder: Path) -> None:
    (task_folder / "one.md").write_text("a hint")
    text = (task_folder / "task.toml").read_text().replace("[metric]", 'rubric = "one.md"\n[metric]', 1)
    text += '[hints]\ntext = "one.md"\n[transcripts]\ndemo = "one.md"\n[files]\n"a/b.py" = "solution.py"\n'
    (task_folder / "task.toml").write_text(text)
    task = load_folder_task(task_folder, "bench/words")
    assert task.hints == {"text": task_folder / "one.md"}
    assert task.transcripts == {"demo": task_folder / "one.md"}
    assert task.rubric == task_folder / "one.md"
    assert task.files == {"a/b.py": task_folder / "solution.py"}


def test_parts_of_an_open_file_can_be_locked(task_folder: Path) -> None:
    start = task_folder / "files" / "words.py"
    start.write_text("def words():\n    return 1\n\n\ndef other():\n    return 2\n")
    path = task_folder / "task.toml"
    text = path.read_text()
    path.write_text(text.replace("[metric]", 'locked_regions = {"words.py" = ["words"]}\n[metric]', 1))
    locked = load_folder_task(task_folder, "bench/words").locked_regions["words.py"]
    assert (locked.parts, locked.like) == (("words",), (start,))
    for wrong in ('{"none.py" = ["words"]}', '{"words.py" = ["wrods"]}', '{"words.py" = ["timing"]}'):
        path.write_text(text.replace("[metric]", f"locked_regions = {wrong}\n[metric]", 1))
        with pytest.raises(BadFile, match="locked_regions"):
            load_folder_task(task_folder, "bench/words")


def change(task_folder: Path, old: str, new: str) -> str:
    text = (task_folder / "task.toml").read_text()
    assert old in text
    (task_folder / "task.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(BadFile) as caught:
        load_folder_task(task_folder, "bench/words")
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("purpose", "porpose", ["'porpose'", "Did you mean: purpose?", "Line 3"]),
        ("lower_is_better = false", "lower_is_beter = false", ["'metric.lower_is_beter'", "Did you mean"]),
        ("lower_is_better = false", "", ["metric.lower_is_better", "Found: nothing"]),
        ("lower_is_better = false", "lower_is_better = 'sometimes'", ["boolean", "'sometimes'"]),
        ("seconds = 20", "seconds = 0", ["evaluate.seconds", "greater than 0", "Found: 0", "Line 12"]),
        ("seconds = 20", "second = 20", ["evaluate.second", "Did you mean: seconds?"]),
        ('["python", "evaluate.py"]', "[]", ["evaluate.command", "at least 1 item"]),
        ('["python", "evaluate.py"]', '["python", "-c", "1"]', ["evaluate.command", "names its script"]),
        ('command = ["python", "evaluate.py"]', 'command = "python evaluate.py"', ["evaluate.command"]),
        ('"solution.py"', '"solutions.py"', ["solution.words.py", "not there", "Did you mean: solution.py?"]),
        ('"solution.py"', '"../../secret.py"', ["inside the task's folder"]),
        ("[solution]", "[solution", ["valid TOML"]),
        ("[solution]", "[files]\n'../up' = 'solution.py'\n[solution]", ["files", "'../up'"]),
        ("seconds = 20", "files = ['/etc/passwd']", ["evaluate.files", "relative to the workspace"]),
        ('title = "Many words"', 'instructions = "how.md"\ntitle = "x"', ["instructions", "how.md"]),
    ],
)
def test_every_mistake_names_file_key_expected_and_found(
    task_folder: Path, old: str, new: str, said: list[str]
) -> None:
    message = change(task_folder, old, new)
    assert str(task_folder / "task.toml") in message
    assert "Expected: " in message and "Found: " in message
    for words in said:
        assert words in message


PUBLISHED = """
[published]
start = 3
target = 9.5
source = "a paper, table 3"
hardware = "eight H100"
"""


def publish(task_folder: Path, old: str = "", new: str = "") -> None:
    assert old in PUBLISHED
    with (task_folder / "task.toml").open("a") as file:
        file.write(PUBLISHED.replace(old, new, 1))


def test_published_ends_are_read_and_change_no_digest(task_folder: Path) -> None:
    before = load_folder_task(task_folder, "bench/words")
    assert before.published is None
    publish(task_folder)
    task = load_folder_task(task_folder, "bench/words")
    assert task.published == PublishedEnds(
        start=3, target=9.5, source="a paper, table 3", hardware="eight H100"
    )
    assert task.digest == before.digest, "no measurement depends on them"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("target = 9.5", "", ["published.target", "Found: nothing"]),
        ("target = 9.5", "target = inf", ["published.target", "a finite number", "Found: inf"]),
        ("start = 3", "start = nan", ["published.start", "a finite number", "Found: nan"]),
        ("start = 3", "strat = 3", ["published.strat", "Did you mean: start?"]),
        ('"a paper, table 3"', '" "', ["published.source", "at least 1 character", "Found: ' '"]),
        ("hardware", "machine", ["published.machine", "source, hardware"]),
        ("start = 3", "start = 9.5", ["published.target", "better than the start's 9.5", "Found: 9.5"]),
        ("start = 3", "start = 12", ["better than the start's 12, as higher words is better", "Found: 9.5"]),
    ],
)
def test_mistakes_in_published_ends(task_folder: Path, old: str, new: str, said: list[str]) -> None:
    publish(task_folder, old, new)
    with pytest.raises(BadFile) as caught:
        load_folder_task(task_folder, "bench/words")
    message = str(caught.value)
    assert [words for words in (str(task_folder / "task.toml"), *said) if words not in message] == []


def test_the_target_of_a_lower_figure_is_below_its_start(task_folder: Path) -> None:
    publish(task_folder)
    text = (task_folder / "task.toml").read_text()
    (task_folder / "task.toml").write_text(text.replace("lower_is_better = false", "lower_is_better = true"))
    with pytest.raises(BadFile, match="better than the start's 3, as lower words is better"):
        load_folder_task(task_folder, "bench/words")


def test_a_task_needs_start_files(task_folder: Path) -> None:
    for path in ("files/words.py", "files/data/known.txt"):
        (task_folder / path).unlink()
    with pytest.raises(BadFile, match="files/"):
        load_folder_task(task_folder, "bench/words")


def test_a_link_out_of_the_folder_is_no_file_of_the_task(task_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("x")
    (task_folder / "solution.py").unlink()
    (task_folder / "solution.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(BadFile, match="inside the task's folder"):
        load_folder_task(task_folder, "bench/words")


@pytest.mark.parametrize(
    ("name", "counts"),
    [("evaluate.py", True), ("files/words.py", True), ("solution.py", True), ("files/data/known.txt", True),
     ("instructions.md", False), ("notes.txt", False)],
)  # fmt: skip
def test_the_digest_follows_what_decides_a_score(task_folder: Path, name: str, counts: bool) -> None:
    before = load_folder_task(task_folder, "bench/words").digest
    assert load_folder_task(task_folder, "bench/words").digest == before
    with (task_folder / name).open("a") as file:
        file.write("# more\n")
    assert (load_folder_task(task_folder, "bench/words").digest != before) is counts


def test_a_broken_task_is_listed_with_its_mistake(task_folder: Path) -> None:
    bench = task_folder.parent
    (bench / "broken").mkdir()
    (bench / "broken" / "task.toml").write_text("title = 3\n")
    (bench / "no_task").mkdir()
    broken, good = folder_entries(bench)
    assert (good.name, good.purpose, good.refused) == ("words", "Print many words.", "")
    assert broken.name == "broken"
    assert "title" in broken.refused
