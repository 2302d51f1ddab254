import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit import ToolContext, ToolResult
from agentkit.catalog.catalog import open_catalog

Use = Callable[..., ToolResult]

PYTHON = "import os\n\n\ndef train(steps):\n    rate = 0.01\n    return rate * steps\n"


@pytest.fixture
def script(folder: Path) -> Path:
    path = folder / "train.py"
    path.write_text(PYTHON)
    return path


def refused(result: ToolResult, *said: str) -> None:
    assert not result.ok
    for words in said:
        assert words in result.text
    assert "\n" not in result.summary
    assert len(result.summary) < 220


def test_view(use: Use, script: Path) -> None:
    result = use("editor", command="view", path="train.py", view_range=[4, 5])
    assert result.ok
    assert result.text == "train.py, lines 4-5 of 6\n     4\tdef train(steps):\n     5\t    rate = 0.01"
    assert result.summary == "lines 4-5 of 6 of train.py"
    assert result.truncated is None
    assert result.seconds > 0


def test_view_of_a_big_file_is_cut_and_says_so(use: Use, folder: Path) -> None:
    (folder / "big.py").write_text("".join(f"def f{number}(): return {number}\n" for number in range(3000)))
    result = use("editor", command="view", path="big.py")
    assert len(result.text) <= 12_000
    assert result.truncated is not None
    assert result.truncated.kept == len(result.text)
    assert "Outline" in result.text


def test_view_of_a_folder_and_of_a_log(use: Use, script: Path, context: ToolContext) -> None:
    assert use("editor", command="view", path=".").text == ". is a folder of 1 file:\ntrain.py"
    context.logs.mkdir()
    (context.logs / "shell-0001.log").write_text("all\nof it\n")
    assert "     2\tof it" in use("editor", command="view", path="log:shell-0001.log").text
    refused(use("editor", command="create", path="log:shell-0001.log", text="x"), "not changed")


def test_binary_and_missing_files_are_not_viewed(use: Use, folder: Path) -> None:
    (folder / "model.pt").write_bytes(b"PK\0\0")
    refused(use("editor", command="view", path="model.pt"), "binary file of 4 bytes")
    refused(use("editor", command="view", path="none.py"), "none.py does not exist")
    refused(use("editor", command="str_replace", path="model.pt", old_str="P", new_str="Q"), "binary")


def test_create(use: Use, folder: Path) -> None:
    result = use("editor", command="create", path="src/new.py", text="x = 1\n")
    assert result.ok
    assert (folder / "src/new.py").read_text() == "x = 1\n"
    assert result.text == "src/new.py: created, 1 lines.\n     1\tx = 1"


def test_create_does_not_overwrite_unless_told_to(use: Use, script: Path) -> None:
    refused(
        use("editor", command="create", path="train.py", text="x = 1\n"), "exists already", "overwrite=true"
    )
    assert script.read_text() == PYTHON
    assert use("editor", command="create", path="train.py", text="x = 1\n", overwrite=True).ok
    assert script.read_text() == "x = 1\n"


def test_str_replace_shows_the_lines_around(use: Use, script: Path) -> None:
    script.chmod(0o755)
    result = use(
        "editor",
        command="str_replace",
        path="train.py",
        old_str="    rate = 0.01\n",
        new_str="    a = 1\n    rate = 0.1\n",
    )
    assert result.ok
    assert script.read_text() == PYTHON.replace("    rate = 0.01\n", "    a = 1\n    rate = 0.1\n")
    assert result.text.splitlines()[0] == "train.py: line 5 replaced."
    assert [line.partition("\t")[0].strip() for line in result.text.splitlines()[1:]] == list("1234567")
    assert script.stat().st_mode & 0o777 == 0o755
    assert result.data == {"path": "train.py", "first": 5, "last": 6, "lines": 7}


def test_str_replace_needs_one_match(use: Use, script: Path) -> None:
    refused(
        use("editor", command="str_replace", path="train.py", old_str="rate", new_str="r"),
        "occurs 2 times",
        "5, 6",
    )
    refused(
        use("editor", command="str_replace", path="train.py", old_str="    rate = 0.02\n", new_str=""),
        "does not occur", "The lines most like it", "     5\t    rate = 0.01",
    )  # fmt: skip
    refused(
        use("editor", command="str_replace", path="train.py", old_str="rate  =  0.01\nreturn rate * steps"),
        "Lines 5-6 of the file: the same but for blanks", "     6\t    return rate * steps",
    )  # fmt: skip
    refused(
        use("editor", command="str_replace", path="train.py", old_str="     5\t    rate = 0.01", new_str=""),
        "line numbers",
    )
    refused(use("editor", command="str_replace", path="train.py", new_str="x"), "needs `old_str`")
    refused(
        use("editor", command="str_replace", path="train.py", old_str="rate * steps", new_str="rate * steps"),
        "nothing",
    )
    assert script.read_text() == PYTHON


def test_insert(use: Use, script: Path, folder: Path) -> None:
    assert use("editor", command="insert", path="train.py", text="import sys", insert_line=1).ok
    assert script.read_text() == PYTHON.replace("import os\n", "import os\nimport sys\n")
    result = use("editor", command="insert", path="train.py", text="# top\n# of it\n", insert_line=0)
    assert script.read_text().startswith("# top\n# of it\nimport os\n")
    assert "2 lines inserted after line 0" in result.text
    assert use("editor", command="insert", path="train.py", text="# end", insert_line=9).ok
    assert script.read_text().endswith("steps\n# end\n")
    (folder / "bare.txt").write_text("a")
    assert use("editor", command="insert", path="bare.txt", text="b", insert_line=1).ok
    assert (folder / "bare.txt").read_text() == "a\nb"
    refused(
        use("editor", command="insert", path="bare.txt", text="b", insert_line=3), "from 0 (the top) to 2"
    )
    refused(use("editor", command="insert", path="bare.txt", text="b"), "insert_line")
    refused(use("editor", command="insert", path="bare.txt", insert_line=0), "needs `text`")


def test_undo_goes_back_step_by_step(use: Use, script: Path, folder: Path) -> None:
    for number in range(3):
        assert use("editor", command="insert", path="train.py", text=f"# {number}", insert_line=0).ok
    states = []
    for _ in range(3):
        assert use("editor", command="undo", path="train.py").ok
        states.append(script.read_text())
    assert states == [f"# 1\n# 0\n{PYTHON}", f"# 0\n{PYTHON}", PYTHON]
    refused(use("editor", command="undo", path="train.py"), "no edit of train.py to undo")
    assert use("editor", command="create", path="new.py", text="x = 1\n").ok
    assert "gone again" in use("editor", command="undo", path="new.py").text
    assert not (folder / "new.py").exists()


def test_undo_does_not_lose_what_something_else_wrote(use: Use, script: Path) -> None:
    assert use("editor", command="insert", path="train.py", text="# 0", insert_line=0).ok
    script.write_text("y = 2\n")
    refused(use("editor", command="undo", path="train.py"), "changed by something else")
    assert script.read_text() == "y = 2\n"
    script.unlink()
    refused(use("editor", command="undo", path="train.py"), "changed by something else")


def test_an_edit_that_breaks_python_is_refused_with_both_versions(use: Use, script: Path) -> None:
    result = use(
        "editor", command="str_replace", path="train.py", old_str="rate * steps", new_str="rate * (steps"
    )
    refused(
        result, "line 6, column", "'(' was never closed", "parser is lost",
        "     6\t    return rate * (steps", "It reads:", "     6\t    return rate * steps",
    )  # fmt: skip
    assert script.read_text() == PYTHON
    refused(
        use("editor", command="insert", path="train.py", text="  x = 1", insert_line=4), "unexpected indent"
    )
    refused(use("editor", command="create", path="bad.py", text="def f(:\n"), "`)` is missing")
    assert not (script.parent / "bad.py").exists()
    refused(use("editor", command="undo", path="train.py"), "no edit")


def test_a_file_that_was_broken_can_be_mended_in_steps(use: Use, script: Path) -> None:
    script.write_text("def f(:\n    return 1\n\ndef g(:\n    return 2\n")
    refused(
        use("editor", command="insert", path="train.py", text="def h(:\n    pass", insert_line=5), "Refused"
    )
    first = use("editor", command="str_replace", path="train.py", old_str="def f(:", new_str="def f():")
    assert first.ok
    assert "does not parse: line 4" in first.text
    assert first.next_hint
    second = use("editor", command="str_replace", path="train.py", old_str="def g(:", new_str="def g():")
    assert second.ok
    assert "parse" not in second.text


def test_a_cuda_edit_that_looks_broken_is_made_and_said(use: Use, folder: Path) -> None:
    result = use("editor", command="create", path="k.cu", text="__global__ void k( {\n")
    assert result.ok
    assert "does not parse at line 1" in result.text and "macro" in result.next_hint
    assert (folder / "k.cu").exists()


def test_other_text_is_not_checked(use: Use) -> None:
    assert "parse" not in use("editor", command="create", path="notes.md", text="def f(:\n").text


@pytest.mark.parametrize("path", ["../out.py", "/etc/passwd", "link/out.py", "a\0b"])
def test_paths_outside_are_refused(use: Use, folder: Path, tmp_path: Path, path: str) -> None:
    (folder / "link").symlink_to(tmp_path)
    for command in ("view", "create"):
        assert not use("editor", command=command, path=path, text="x = 1\n").ok
    assert not (tmp_path / "out.py").exists()


def test_only_editable_files_are_changed(context: ToolContext, folder: Path, script: Path) -> None:
    (folder / "alias.py").symlink_to("locked.py")
    (folder / "locked.py").write_text("x = 1\n")
    editor = open_catalog().load("tool", "editor")
    limited = replace(context, editable=("train.py", "alias.py", "extra/**"))

    def call(**arguments: object) -> ToolResult:
        return asyncio.run(editor.call(limited, arguments))

    for path in ("locked.py", "alias.py", "new.py"):
        refused(
            call(command="create", path=path, text="y = 2\n", overwrite=True),
            "may not be changed",
            "extra/**",
        )
    assert (folder / "locked.py").read_text() == "x = 1\n"
    assert call(command="view", path="locked.py").ok
    assert call(command="create", path="extra/a/b.py", text="y = 2\n").ok
    assert call(command="insert", path="train.py", text="# 1", insert_line=0).ok


def test_windows_line_ends_stay(use: Use, folder: Path) -> None:
    path = folder / "dos.txt"
    path.write_bytes(b"one\r\ntwo\r\n")
    assert use("editor", command="str_replace", path="dos.txt", old_str="one\ntwo", new_str="1\n2\n3").ok
    assert path.read_bytes() == b"1\r\n2\r\n3\r\n"
    assert use("editor", command="undo", path="dos.txt").ok
    assert path.read_bytes() == b"one\r\ntwo\r\n"


def test_arguments_of_the_wrong_kind_are_a_result(use: Use) -> None:
    refused(use("editor", command="delete", path="a"), "command")
    refused(use("editor", command="view", path="a", older="b"), "older")


def test_a_huge_refusal_is_bounded(use: Use, folder: Path) -> None:
    (folder / "a.txt").write_text("x" * 100_000 + "\n" + "y" * 100_000)
    for old in ("z" * 50_000, "x" * 99_999 + "z"):
        assert len(use("editor", command="str_replace", path="a.txt", old_str=old, new_str="").text) <= 8000
    assert len(use("editor", command="view", path="p" * 100_000).text) <= 8000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.text(alphabet="ab\r\né ", max_size=12), old=st.text(alphabet="ab\néX", min_size=1, max_size=6),
    after=st.text(alphabet="ab\r\né ", max_size=12), new=st.text(alphabet="abc\né\x0b", max_size=8),
)  # fmt: skip
def test_replace_and_undo_are_a_round_trip(
    use: Use, context: ToolContext, folder: Path, before: str, old: str, after: str, new: str
) -> None:
    context.state.clear()
    path = folder / "random.txt"
    data = (before + old + after).encode()
    path.write_bytes(data)
    windows = data.count(b"\r\n") > 0 and data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    result = use("editor", command="str_replace", path="random.txt", old_str=old, new_str=new)
    if result.ok:
        changed = path.read_bytes().decode()
        plain = data.decode().replace("\r\n", "\n") if windows else data.decode()
        assert (changed.replace("\r\n", "\n") if windows else changed) == plain.replace(old, new, 1)
        assert use("editor", command="undo", path="random.txt").ok
    assert path.read_bytes() == data
