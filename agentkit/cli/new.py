"""`agentkit new`: a working start of a scaffold, tool, task or kit, with its test.

What is written is in templates/: a file there goes to the same place below the working directory,
with NAME and BENCHMARK in its path, and `${…}` in its text, filled in.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template

from agentkit.catalog import open_catalog
from agentkit.catalog.entry import Kind, shown
from agentkit.catalog.scan import is_private, name_fault
from agentkit.errors import AgentkitError, UsageError

TEMPLATES = Path(__file__).parent / "templates"
KINDS = ("scaffold", "tool", "task", "kit")
OWN_BENCHMARK = "own"
KIT_PARTS = {"scaffold": "draft_and_improve", "tool": "count_lines", "task": "roman"}
"""What a new kit starts with."""

Text = Mapping[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}")
    parser.add_argument(
        "name",
        metavar="NAME",
        help=f"a Python identifier; of a task BENCHMARK/NAME, or NAME in the benchmark '{OWN_BENCHMARK}'",
    )


def run(arguments: argparse.Namespace) -> int:
    here = Path.cwd()
    written = write_start(arguments.kind, arguments.name, here)
    for path in written:
        print(f"wrote {shown(path)}")
    for line in notes(arguments.kind, arguments.name, here):
        print(line)
    return 0


def write_start(kind: str, name: str, folder: Path) -> Sequence[Path]:
    """Write the files below `folder`. Refuses, before it writes any, if one is there or the name is bad."""
    benchmark, _, last = name.rpartition("/") if kind == "task" else ("", "", name)
    check_name(last)
    if kind == "task":
        check_name(benchmark or OWN_BENCHMARK)
    files = kit_files(last) if kind == "kit" else part_files(kind, last, benchmark, "")
    contents = {folder / path: text for path, text in files}
    there = [shown(path) for path in contents if path.exists()]
    if there:
        raise UsageError(
            "Nothing was written, because this would overwrite:",
            *there,
            "Next: choose another name, or another folder",
        )
    try:
        for path, text in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise AgentkitError(f"{shown(path)} cannot be written: {error.strerror}.") from error
    return list(contents)


def check_name(name: str) -> None:
    fault = name_fault(name)
    if fault:
        raise UsageError(f"Nothing was written: {fault}.")
    if is_private(name):
        raise UsageError(
            f"Nothing was written: '{name}' would not be listed.",
            "A name that begins with _ or test_ is of a file that is no part of a kit.",
        )


def part_files(kind: str, name: str, benchmark: str, package: str) -> Iterator[tuple[Path, str]]:
    """Path and text of each file of a part; those of a kit go into its package, the tests beside it."""
    benchmark = benchmark or OWN_BENCHMARK
    text = {
        "name": name,
        "title": name.replace("_", " ").title().replace(" ", ""),
        "benchmark": benchmark,
        "kit": f'Path(__file__).parents[2] / "{package}"' if package else "Path(__file__).parents[2]",
    }
    for place, content in template_files(kind, text):
        path = Path(str(place).replace("BENCHMARK", benchmark).replace("NAME", name))
        yield (path if path.parts[0] == "tests" else Path(package) / path), content


def kit_files(name: str) -> Iterator[tuple[Path, str]]:
    text = {"name": name, "dashed": name.replace("_", "-")}
    for place, content in template_files("kit", text):
        yield Path(name) / str(place).replace("NAME", name), content
    for kind, part in KIT_PARTS.items():
        for path, content in part_files(kind, part, name, name):
            yield Path(name) / path, content


def template_files(kind: str, text: Text) -> Iterator[tuple[Path, str]]:
    """Templates end in .txt, so that no tool takes them for code of ours."""
    folder = TEMPLATES / kind
    for path in sorted(folder.rglob("*.txt")):
        yield path.relative_to(folder).with_suffix(""), Template(path.read_text("utf-8")).substitute(text)


def notes(kind: str, name: str, folder: Path) -> Iterator[str]:
    """What to type next, and what of the same name is hidden from now on."""
    last = name.rpartition("/")[2]
    task = name if "/" in name else f"{OWN_BENCHMARK}/{name}"
    if kind == "kit":
        yield f"Next: cd {name} && pip install -e . && pytest && agentkit list kits"
        return
    part: Kind = "benchmark" if kind == "task" else "tool" if kind == "tool" else "scaffold"
    wanted = task.partition("/")[0] if kind == "task" else last
    for entry in open_catalog(folder).entries(part):
        if entry.name == wanted and entry.kit.root == folder:
            yield from (f"It hides {shown(path)}, which has the same name." for path in entry.shadows)
    yield f"Next: pytest tests/{kind}s/test_{last}.py"
    use = {
        "tool": "agentkit list tools",
        "scaffold": f"agentkit solve tasks/speedrun/record12 --scaffold {last}",
        "task": f"agentkit solve tasks/{task} --scaffold oracle",
    }
    yield f"Then: {use[kind]}"
