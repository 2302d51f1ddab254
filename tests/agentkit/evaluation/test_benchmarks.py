"""From a reference to a task, by an adapter or by a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.errors import AgentkitError, BadFile, BrokenPlugin, UnknownName, UsageError
from agentkit.evaluation.benchmarks import list_tasks, load_task

Write = Callable[[str, str], Path]

ADAPTER = '''"""Two made-up tasks."""
from pathlib import Path
from agentkit.contracts.sandbox import Environment
from agentkit.contracts.task import Metric, Task, TaskEntry
from agentkit.errors import UsageError

class Judge:
    def lacks(self): return ()
    def prepare(self, cache): return Environment()
    async def evaluate(self, candidate): ...

class Made:
    purpose = "Made up."
    profiles = ("small",)
    def entries(self):
        return [
            TaskEntry(name="easy", purpose="Easy."),
            TaskEntry(name="torn", purpose="Torn."),
            TaskEntry(name="never", purpose="No.", refused="the data is gone"),
        ]
    def load(self, name, profile):
        if profile not in ("auto", "small"):
            raise UsageError(f"no profile {profile}")
        if name == "torn":
            raise KeyError("field")
        return Task(reference=f"made/{name}", title="Easy", purpose="Easy.", instructions="", files={},
                    metric=Metric(name="x"), evaluator=Judge(), folder=Path("/"), profile=profile)

benchmark = Made()
'''


@pytest.fixture
def kit(write: Write, task_folder: Path, tmp_path: Path) -> Path:
    write("kit/tasks/made/adapter.py", ADAPTER)
    return tmp_path / "kit"


def test_both_kinds_are_listed(kit: Path) -> None:
    catalog = open_catalog(kit)
    made = list_tasks(catalog, catalog.find_benchmark("made/easy")[0])
    assert [each.name for each in made] == ["easy", "torn", "never"]
    plain = list_tasks(catalog, catalog.find_benchmark("bench/words")[0])
    assert [(each.name, each.purpose) for each in plain] == [("words", "Print many words.")]


def test_both_kinds_are_loaded_by_name_and_by_path(kit: Path) -> None:
    catalog = open_catalog(kit)
    assert load_task(catalog, "made/easy").profile == "auto"
    assert load_task(catalog, "made/easy", "small").profile == "small"
    for reference in ("bench/words", "tasks/bench/words", str(kit / "tasks/bench/words/task.toml")):
        assert load_task(catalog, reference).reference == "bench/words"


def failure(kit: Path, reference: str, profile: str = "auto") -> AgentkitError:
    with pytest.raises(AgentkitError) as caught:
        load_task(open_catalog(kit), reference, profile)
    return caught.value


def test_an_unknown_task_is_answered_with_the_nearest(kit: Path) -> None:
    error = failure(kit, "made/eazy")
    assert isinstance(error, UnknownName)
    assert error.near[0] == "made/easy"
    assert "tasks/made" in str(error) and "agentkit list tasks" in str(error)
    assert isinstance(failure(kit, "bench/word"), UnknownName)
    assert isinstance(failure(kit, "mad/easy"), UnknownName)


def test_a_refused_task_says_why(kit: Path) -> None:
    error = failure(kit, "made/never")
    assert type(error) is UsageError
    assert "the data is gone" in str(error)


def test_a_profile_that_is_not_there(kit: Path) -> None:
    assert "no profile huge" in str(failure(kit, "made/easy", "huge"))
    assert "has no profiles" in str(failure(kit, "bench/words", "pocket"))


def test_an_adapter_that_fails_is_named_with_its_line(kit: Path) -> None:
    error = failure(kit, "made/torn")
    assert isinstance(error, BrokenPlugin)
    assert "KeyError: 'field'" in str(error)
    line = ADAPTER.splitlines().index('            raise KeyError("field")') + 1
    assert f"adapter.py:{line}" in str(error)


def test_a_broken_adapter_breaks_only_its_own_benchmark(kit: Path, write: Write) -> None:
    write("kit/tasks/broken/adapter.py", '"""X."""\nimport agentkit\nbenchmark = agentkit.not_there\n')
    assert isinstance(failure(kit, "broken/any"), BrokenPlugin)
    assert load_task(open_catalog(kit), "made/easy").title == "Easy"


def test_a_bad_task_file_is_told_in_full(kit: Path) -> None:
    (kit / "tasks" / "bench" / "words" / "task.toml").write_text("titel = 'x'\n")
    assert isinstance(failure(kit, "bench/words"), BadFile)
