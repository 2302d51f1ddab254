"""The rules of this repository, each a test: a rule that nobody runs is a wish."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import in_part

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "agentkit"
MIRRORED = ("agentkit", "tools", "scaffolds", "plugins")
"""Folders in which every module has a test file at the same place below tests/."""

MAX_LINES = 300
MAX_FUNCTION_LINES = 50
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "base", "manager", "core", "misc", "shared"}
OUR_TEXT = (".md", ".py", ".toml", ".txt", ".yml", ".yaml", ".cfg", ".json", ".sh", "Makefile", "run")


def tracked() -> list[Path]:
    """The files of the repository: those git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True, check=True,
    )  # fmt: skip
    paths = (CHECKOUT / name for name in listing.stdout.decode().split("\0") if name)
    return sorted(path for path in paths if path.is_file())


FILES = tracked()
PYTHON = [path for path in FILES if path.suffix == ".py"]


def name_of(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_there_is_something_to_check() -> None:
    assert len(PYTHON) > 50
    assert PACKAGE / "errors.py" in PYTHON


def test_files_are_short() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {name: count for name, count in lengths.items() if count > MAX_LINES} == {}


def test_functions_are_short() -> None:
    long = {
        f"{name_of(path)}:{function.lineno} {function.name}": lines
        for path in PYTHON
        for function in functions(path)
        if (lines := (function.end_lineno or function.lineno) - function.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert long == {}


def test_names_say_what_is_inside() -> None:
    vague = [
        name_of(path)
        for path in PYTHON
        if VAGUE_NAMES & {path.stem.lstrip("_"), *path.relative_to(CHECKOUT).parts[:-1]}
    ]
    assert vague == []


def test_no_file_is_empty() -> None:
    may_be = {"py.typed"}
    assert [name_of(path) for path in FILES if path.stat().st_size == 0 and path.name not in may_be] == []


def test_every_module_has_its_test_file() -> None:
    modules = [path for path in PYTHON if name_of(path).split("/")[0] in MIRRORED]
    missing = [
        name_of(path)
        for path in modules
        if path.name not in ("__init__.py", "__main__.py") and not is_only_data(path)
        if not place_of_test(path).is_file()
    ]
    assert missing == []


def place_of_test(path: Path) -> Path:
    relative = path.relative_to(CHECKOUT)
    return CHECKOUT / "tests" / relative.with_name(f"test_{path.stem.lstrip('_')}.py")


def is_only_data(path: Path) -> bool:
    """A contract of fields and signatures has nothing to run."""
    for function in functions(path):
        body = [each for each in function.body if not isinstance(each, ast.Expr | ast.Pass)]
        if body:
            return False
    return True


def test_tests_lie_where_their_module_is() -> None:
    """A test file names a module that is there, and may add an aspect: test_log.py, test_log_repair.py.

    One of a whole family is called test_conformance.py.
    """
    modules = {place_of_test(path) for path in PYTHON if name_of(path).split("/")[0] in MIRRORED}
    modules |= {path for path in PYTHON if path.name == "test_conformance.py"}
    tests = [
        path for path in PYTHON if name_of(path).startswith(tuple(f"tests/{name}/" for name in MIRRORED))
    ]
    stems = {path.with_suffix("") for path in modules}

    def belongs(path: Path) -> bool:
        words = path.stem.split("_")
        starts = (path.with_name("_".join(words[:count])) for count in range(2, len(words) + 1))
        return any(start in stems for start in starts)

    stray = [name_of(path) for path in tests if path.name.startswith("test_") and not belongs(path)]
    assert stray == []


BROAD = {"Exception", "BaseException"}


def test_broad_handlers_raise_again_or_say_why() -> None:
    silent = []
    for path in PYTHON:
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            if not isinstance(node, ast.ExceptHandler) or not is_broad(node):
                continue
            raises = any(isinstance(each, ast.Raise) for each in ast.walk(node))
            reason = re.search(r"# noqa: BLE001 - \w+", lines[node.lineno - 1])
            if not raises and not reason:
                silent.append(f"{name_of(path)}:{node.lineno}")
    assert silent == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return bool(BROAD & {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)})


def test_readme_shows_the_tree_as_it_is() -> None:
    """Every top-level folder has one line in the README's tree, and every line's folder is there."""
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    trees = [block for block in re.findall(r"```\w*\n(.*?)```", readme, re.DOTALL) if "agentkit/" in block]
    trees = [block for block in trees if re.search(r"^scaffolds/ ", block, re.MULTILINE)]
    assert trees, "README.md has no tree: a code block with one line for each top-level folder"
    shown = set(re.findall(r"^([\w.-]+)/ ", trees[0], re.MULTILINE))
    folders = {name_of(path).split("/")[0] for path in FILES if "/" in name_of(path)}
    assert shown == {folder for folder in folders if not folder.startswith(".")}


MACHINE = re.compile(
    r"(?<![\w.])/(?:home|Users)/[a-z]\w*/"  # somebody's home
    r"|(?<![\w./])/(?:work|root)/\w"  # a workplace
    r"|https?://(?:pypi|files\.pythonhosted|registry|artifactory|nexus)[\w.-]*"  # a package index
    r"|--(?:extra-)?index-url[ =]"
)


def test_no_path_or_index_of_one_machine() -> None:
    found = []
    for path in FILES:
        if not path.name.endswith(OUR_TEXT) or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if MACHINE.search(line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:80]}")
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("see /home/" + "ann/x", True), ("/wo" + "rk/main", True), ("https://pypi" + ".org/simple", True),
     ("the /workspace/x folder", False), ("a/root/b", False), ("/root", False)],
)  # fmt: skip
def test_what_counts_as_one_machines_own(text: str, is_found: bool) -> None:
    assert bool(MACHINE.search(text)) is is_found


IMPORT_ALL = """
import os, sys
names = sys.argv[1:]
import pydantic, asyncio, rich.console, langgraph.graph  # what these open is not ours
opened = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        opened.append(f"opens {arguments[0]} to write")
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.fork", "os.system"):
        opened.append(event)
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for name in names:
    before = set(os.environ)
    __import__(name)
    for fault in [*opened, *(f"sets {each}" for each in set(os.environ) - before)]:
        print(f"{name}: {fault}")
    opened.clear()
"""


@pytest.mark.real
def test_importing_has_no_effects(tmp_path: Path) -> None:
    """Every module of the package: nothing printed, written, started, connected or put in the environment."""
    names = sorted(
        name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in PYTHON
        if path.is_relative_to(PACKAGE) and path.name != "__main__.py"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", IMPORT_ALL, *names],
        cwd=tmp_path, env={"PYTHONPATH": str(CHECKOUT), "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real
def test_layers_hold() -> None:
    """Each layer imports only those below it (the contracts in pyproject.toml)."""
    program = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [program, "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@given(st.text(), st.integers(1, 5))
def test_every_slow_test_is_in_one_part(name: str, count: int) -> None:
    assert sum(in_part(name, f"{number}/{count}") for number in range(count)) == 1
