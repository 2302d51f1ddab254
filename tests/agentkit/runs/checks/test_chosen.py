"""Which tasks a word of the command line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.catalog import open_catalog
from agentkit.errors import AgentkitError, MissingRequirement, UnknownName
from agentkit.evaluation.benchmarks import load_task
from agentkit.runs.checks.chosen import choose_tasks, is_refusal, open_task, whole_benchmark

ADAPTER = """
from agentkit.contracts.task import TaskEntry
from agentkit.errors import UnknownName

class Two:
    purpose = "Two tasks."
    profiles = ("small",)

    def entries(self):
        return [TaskEntry(name="a", purpose="p"), TaskEntry(name="b", purpose="p", refused="nothing changed")]

    def load(self, name, profile):
        raise UnknownName("profile", profile, self.profiles)

benchmark = Two()
"""


SIZES = """
from agentkit.contracts.task import ProfileEntry, TaskEntry
from agentkit.errors import MissingRequirement

small, large = ProfileEntry(name="small"), ProfileEntry(name="large", lacks=("a GPU",))
none = ProfileEntry(name="small", refused="it has no small form")

class Sizes:
    purpose = "Tasks in sizes."
    profiles = ("small", "large")

    def entries(self):
        return [
            TaskEntry(name="both", purpose="p", profiles=(small, large)),
            TaskEntry(name="never-small", purpose="p", refused="small: no; large lacks a GPU",
                      profiles=(none, large)),
            TaskEntry(name="far", purpose="p", refused="large lacks a GPU", profiles=(large,)),
            TaskEntry(name="plain", purpose="p"),
        ]

    def load(self, name, profile):
        raise MissingRequirement(f"{name} in {profile} needs a GPU.", "Next: buy one")

benchmark = Sizes()
"""


def write_two(project: Path) -> None:
    (project / "tasks" / "two").mkdir()
    (project / "tasks" / "two" / "adapter.py").write_text(ADAPTER)


@pytest.mark.parametrize("reference", ["toy", "tasks/toy", "tasks/toy/", "./tasks/toy"])
def test_a_benchmark_by_name_or_path(project: Path, reference: str) -> None:
    catalog = open_catalog()
    entry = whole_benchmark(catalog, reference)
    assert entry is not None
    (chosen,) = choose_tasks(catalog, entry, reference, [])
    assert chosen.reference == "toy/number"
    opened = open_task(chosen, {})
    assert not isinstance(opened, AgentkitError)
    plan, again = opened
    assert (plan.task.reference, again.digest) == ("toy/number", plan.task.digest)


def test_a_benchmark_outside_all_kits(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("elsewhere")
    (project / "tasks").rename(place / "tasks")
    catalog = open_catalog()
    entry = whole_benchmark(catalog, str(place / "tasks" / "toy"))
    assert entry is not None
    (chosen,) = choose_tasks(catalog, entry, str(place / "tasks" / "toy"), [])
    assert not isinstance(open_task(chosen, {}), AgentkitError)


@pytest.mark.parametrize("reference", ["toy/number", "tasks/toy/number", "nothing", "./nothing", "toy/none"])
def test_a_task_or_nothing_is_no_benchmark(project: Path, reference: str) -> None:
    assert whole_benchmark(open_catalog(), reference) is None


def test_only_these(project: Path) -> None:
    write_two(project)
    catalog = open_catalog()
    entry = whole_benchmark(catalog, "two")
    assert entry is not None
    names = [each.reference for each in choose_tasks(catalog, entry, "two", ["two/b", "a"])]
    assert names == ["two/a", "two/b"]
    with pytest.raises(UnknownName, match="two/aa") as caught:
        choose_tasks(catalog, entry, "two", ["aa"])
    assert "Did you mean: a" in str(caught.value)


def test_a_refusal_is_no_mistake_and_a_mistake_is_none_of_the_users(project: Path) -> None:
    write_two(project)
    catalog = open_catalog()
    entry = whole_benchmark(catalog, "two")
    assert entry is not None
    loads, refused = choose_tasks(catalog, entry, "two", [])
    error = open_task(refused, {})
    assert isinstance(error, AgentkitError)
    assert is_refusal(refused, error)
    with pytest.raises(UnknownName, match="profile"):
        open_task(loads, {"profile": "smal"})
    (project / "tasks" / "toy" / "number" / "task.toml").write_text("title = 3\n")
    (broken,) = choose_tasks(catalog, catalog.find_benchmark("toy/number")[0], "toy", [])
    error = open_task(broken, {})
    assert isinstance(error, AgentkitError)
    assert not is_refusal(broken, error)


@pytest.mark.parametrize(
    ("profile", "names"),
    [
        ("", ["both", "never-small", "plain"]),
        ("small", ["both", "never-small", "plain"]),
        ("large", ["both", "never-small", "far", "plain"]),
        ("large@0.1", ["both", "never-small", "far", "plain"]),
        ("large-2", ["plain"]),
    ],
)
def test_those_of_a_profile_and_of_this_machine(project: Path, profile: str, names: list[str]) -> None:
    (project / "tasks" / "sizes").mkdir()
    (project / "tasks" / "sizes" / "adapter.py").write_text(SIZES)
    catalog = open_catalog()
    entry = whole_benchmark(catalog, "sizes")
    assert entry is not None
    assert [each.entry.name for each in choose_tasks(catalog, entry, "sizes", [], profile)] == names
    (far,) = choose_tasks(catalog, entry, "sizes", ["far"], profile)
    assert far.entry.name == "far"
    error = open_task(far, {})
    assert isinstance(error, MissingRequirement)
    assert is_refusal(far, error), "what is out of reach is no mistake in its files"


def test_a_size_that_was_asked_for_says_what_it_needs(project: Path) -> None:
    (project / "tasks" / "sizes").mkdir()
    (project / "tasks" / "sizes" / "adapter.py").write_text(SIZES)
    catalog = open_catalog()
    for reference, profile, words in (
        ("sizes/far", "large", "far in large needs a GPU"),
        ("sizes/far", "auto", "far in auto needs a GPU"),
        ("sizes/never-small", "small", "cannot be solved: it has no small form"),
    ):
        with pytest.raises(AgentkitError, match=words):
            load_task(catalog, reference, profile)
