import fnmatch
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.source.paths import Refused, list_files, locate, locate_readable, matches, require_editable


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("")
    for name in ("train.py", "src/a.py", "src/a.cu", "src/deep/b.py"):
        (folder / name).write_text(name)
    (tmp_path / "secret.txt").write_text("held out")
    (folder / "out").symlink_to(tmp_path)
    (folder / "alias.py").symlink_to("src/a.py")
    (folder / "loop").symlink_to("loop")
    return folder


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("train.py", "train.py"), ("./src//a.py", "src/a.py"), ("src/../train.py", "train.py"), ("", "."),
        ("new/file.py", "new/file.py"), ("alias.py", "src/a.py"), ("/workspace/train.py", "train.py"),
        ("/workspace", "."), ("out/workspace/train.py", "train.py"),
    ],
)  # fmt: skip
def test_a_path_inside_is_found(workspace: Path, path: str, name: str) -> None:
    place = locate(workspace, path)
    assert place.name == name
    assert place.path == (workspace / name).resolve()


def test_an_absolute_path_inside_is_found(workspace: Path) -> None:
    assert locate(workspace, str(workspace / "train.py")).name == "train.py"


@pytest.mark.parametrize(
    "path",
    [
        "..", "../secret.txt", "/etc/passwd", "/", "out/secret.txt", "out", "src/../../secret.txt", "loop",
        "loop/x", "a\0b", "x" * 5000, "/workspace/../secret.txt", "\ud800", "train.py/x", "/workspace2/x",
    ],
)  # fmt: skip
def test_a_path_outside_or_impossible_is_refused(workspace: Path, path: str) -> None:
    with pytest.raises(Refused) as refusal:
        locate(workspace, path)
    assert str(refusal.value)


PARTS = st.sampled_from(
    ["..", ".", "src", "out", "alias.py", "loop", "/", "//", "etc", "~", "new", "train.py", "\0"]
)


@settings(max_examples=300)
@given(parts=st.lists(st.one_of(PARTS, st.text(max_size=6)), max_size=7), absolute=st.booleans())
def test_whatever_is_asked_for_lies_inside(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], absolute: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "contained" / "workspace"
    if not folder.exists():
        (folder / "src").mkdir(parents=True)
        (folder / "out").symlink_to(folder.parent)
        (folder / "loop").symlink_to("loop")
        (folder / "alias.py").symlink_to("../outside.py")
    path = ("/" if absolute else "") + "/".join(parts)
    try:
        place = locate(folder, path)
    except Refused:
        return
    real = os.path.realpath(place.path)
    assert real == str(folder.resolve()) or real.startswith(f"{folder.resolve()}{os.sep}")


def test_a_loop_does_not_hide_where_a_path_leads(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    folder.mkdir()
    for name, words in (("loop", "loop"), ("out", ".."), ("to", "loop/../fro"), ("fro", "loop/../to")):
        (folder / name).symlink_to(words)
    for path in ("loop/../out", "loop", "to", "fro/x"):
        with pytest.raises(Refused):
            locate(folder, path)


def test_logs_are_found_by_their_plain_names_only(workspace: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "shell-0001.log").write_text("hello")
    (logs / "link").symlink_to(tmp_path / "secret.txt")
    assert locate_readable(workspace, logs, "log:shell-0001.log").path.read_text() == "hello"
    assert locate_readable(workspace, logs, "train.py").name == "train.py"
    for name in ("log:", "log:..", "log:../secret.txt", "log:link", "log:none", "log:a\0"):
        with pytest.raises(Refused, match="no log of the name"):
            locate_readable(workspace, logs, name)


@pytest.mark.parametrize(
    ("glob", "fitting", "others"),
    [
        ("**", ["a", "a/b", "a/b/c.py"], []),
        ("*.py", ["a.py"], ["a/b.py", "a.pyc"]),
        ("**/*.py", ["a.py", "a/b.py", "a/b/c.py"], ["a.txt"]),
        ("src/**", ["src/a", "src/a/b"], ["src", "other/src/a"]),
        ("src/**/x.py", ["src/x.py", "src/a/b/x.py"], ["src/ax.py"]),
        ("a?.py", ["ab.py"], ["a/.py", "a.py"]),
        ("[ab].py", ["a.py"], ["c.py"]),
        ("[!ab].py", ["c.py"], ["a.py", "/.py"]),
        ("a+(b).py", ["a+(b).py"], ["aab.py"]),
        ("[", ["["], ["a"]),
        ("[z-a]", ["[z-a]"], ["z"]),
    ],
)
def test_globs(glob: str, fitting: list[str], others: list[str]) -> None:
    assert [name for name in fitting if matches(name, [glob])] == fitting
    assert [name for name in others if matches(name, [glob])] == []


@given(st.text(alphabet="ab*?[]!-^&|~.", max_size=8), st.text(alphabet="ab-.[]", max_size=6))
def test_within_one_folder_a_glob_means_what_it_means_in_a_shell(glob: str, name: str) -> None:
    fits = matches(name, [glob])
    simple = "[" not in glob and "**" not in glob
    if simple:
        assert fits == fnmatch.fnmatchcase(name, glob)


def test_what_may_not_be_changed_is_said_with_what_may(workspace: Path) -> None:
    require_editable(locate(workspace, "train.py"), ["train.py"])
    with pytest.raises(Refused, match=r"src/a.py may not be changed: the task locks it.*train\.py, \*\.toml"):
        # By what a link leads to, not by its own name.
        require_editable(locate(workspace, "alias.py"), ["train.py", "*.toml"])


def test_files_are_listed_without_links_and_caches(workspace: Path) -> None:
    names = [each.name for each in list_files(locate(workspace, "."))]
    assert names == ["src/a.cu", "src/a.py", "src/deep/b.py", "train.py"]
    assert [each.name for each in list_files(locate(workspace, "."), "*.py")] == [
        "src/a.py",
        "src/deep/b.py",
        "train.py",
    ]
    assert [each.name for each in list_files(locate(workspace, "src"), "deep/*")] == ["src/deep/b.py"]
    assert [each.name for each in list_files(locate(workspace, "train.py"), "*.cu")] == []
    assert [each.name for each in list_files(locate(workspace, "train.py"))] == ["train.py"]
