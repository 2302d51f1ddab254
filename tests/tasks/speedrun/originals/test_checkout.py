"""Fetching from a bare repository beside the test."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import BadFile, MissingRequirement, RunProblem
from agentkit.evaluation.toml_record import read_toml_record

Import = Callable[[str], Any]


@pytest.fixture
def read(originals: Import, upstream: Any, tmp_path: Path) -> Callable[..., Any]:
    """The table, with words of it replaced."""

    def table(**changed: str) -> Any:
        path = upstream.write_table(tmp_path / "table.toml")
        text = path.read_text()
        for old, new in changed.items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return read_toml_record(path, originals("source").Sources)

    return table


def head(folder: Path) -> str:
    done = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip()


def test_every_script_is_there_after_it(originals: Import, upstream: Any, read: Any, tmp_path: Path) -> None:
    told: list[str] = []
    fetched = originals("checkout").fetch_checkout(tmp_path / "to" / "here", read(), told.append)
    assert head(fetched.folder) == upstream.commit
    assert (fetched.scripts, fetched.without) == (2, ("main.66",))
    assert told[0].startswith("fetching commit")
    assert "fetching the history" in told
    assert told[-1] == "checking digests"


def test_a_second_call_only_checks(originals: Import, read: Any, upstream: Any, tmp_path: Path) -> None:
    fetch = originals("checkout").fetch_checkout
    fetch(tmp_path / "here", read(), print)
    upstream.repository.rename(tmp_path / "gone.git")
    told: list[str] = []
    assert fetch(tmp_path / "here", read(), told.append).scripts == 2
    assert told == ["checking digests"]


@pytest.mark.parametrize("done", ["init", "commit", "files"])
def test_it_goes_on_where_it_was_interrupted(
    originals: Import, read: Any, upstream: Any, tmp_path: Path, done: str
) -> None:
    folder, sources = tmp_path / "here", read()
    steps = {
        "init": ["init", "--quiet"],
        "commit": ["fetch", "--quiet", "--depth", "1", sources.repository, sources.commit],
        "files": ["checkout", "--quiet", sources.commit],
    }
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "config", "agentkit.fetched", "true"], check=True)
    for name, words in steps.items():
        subprocess.run(["git", "-C", str(folder), *words], check=True)
        if name == done:
            break
    told: list[str] = []
    assert originals("checkout").fetch_checkout(folder, sources, told.append).scripts == 2
    assert any(each.startswith("fetching commit") for each in told) is (done == "init")
    assert ("laying out its files" in told) is (done != "files")


def test_an_edited_file_is_put_right(originals: Import, read: Any, tmp_path: Path) -> None:
    fetch, sources = originals("checkout").fetch_checkout, read()
    fetched = fetch(tmp_path / "here", sources, print)
    (fetched.folder / sources.main["61"].log).write_text("edited")
    assert fetch(tmp_path / "here", sources, print).scripts == 2


def test_a_clone_of_ones_own_is_never_written_over(
    originals: Import, read: Any, upstream: Any, tmp_path: Path
) -> None:
    mine, sources = tmp_path / "mine", read()
    subprocess.run(["git", "clone", "--quiet", upstream.repository.as_uri(), str(mine)], check=True)
    fetch = originals("checkout").fetch_checkout
    (mine / "notes.txt").write_text("not of git")
    assert fetch(mine, sources, print).scripts == 2
    log = mine / sources.main["61"].log
    log.write_text("edited")
    with pytest.raises(RunProblem, match="a clone of yours"):
        fetch(mine, sources, print)
    assert log.read_text() == "edited"


def test_variables_of_git_do_not_lead_elsewhere(
    originals: Import, read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert originals("checkout").fetch_checkout(tmp_path / "here", read(), print).scripts == 2
    assert head(other) in ("", "HEAD")


def test_a_digest_that_differs_is_an_error(originals: Import, read: Any, tmp_path: Path) -> None:
    sources = read()
    wrong = sources.main["61"].model_copy(update={"files": {"train_gpt.py": "0" * 64}})
    sources = sources.model_copy(update={"main": {**sources.main, "61": wrong}})
    with pytest.raises(BadFile, match="0000000000000000"):
        originals("checkout").fetch_checkout(tmp_path / "here", sources, print)


def test_a_folder_with_something_else_is_left_alone(originals: Import, read: Any, tmp_path: Path) -> None:
    fetch = originals("checkout").fetch_checkout
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunProblem, match="in the way"):
        fetch(tmp_path / "full", read(), print)
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    subprocess.run(["git", "-C", str(other), "remote", "add", "origin", "https://a.invalid/b"], check=True)
    with pytest.raises(BadFile, match="remote.origin.url"):
        fetch(other, read(), print)
    assert list(other.iterdir()) == [other / ".git"]


def test_no_such_repository_or_commit(originals: Import, read: Any, upstream: Any, tmp_path: Path) -> None:
    fetch = originals("checkout").fetch_checkout
    with pytest.raises(MissingRequirement, match="git fetch did not work"):
        fetch(tmp_path / "one", read(**{upstream.commit: "0" * 39 + "1"}), print)
    with pytest.raises(MissingRequirement, match="the same command again"):
        fetch(tmp_path / "two", read(**{"upstream.git": "none.git"}), print)
