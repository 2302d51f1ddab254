"""Search a folder of documents for the passages nearest to a question, with where they stand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from agentkit import ToolContext, ToolResult, reading_tool
from agentkit.source.excerpt import LIMIT, printable
from agentkit.source.passages import passages
from agentkit.source.paths import Place, Refused, list_files, locate
from agentkit.source.ranking import scores
from agentkit.toolbox.command import refused

SUFFIXES = (".md", ".rst", ".txt", ".markdown")
LARGEST = 4_000_000
"""Bytes of a file that is read."""
MOST_FILES = 3000
PASSAGE_SHOWN = 1200
MOST_RESULTS = 20


@dataclass(frozen=True)
class Found:
    """A passage and the line on which it begins."""

    name: str
    line: int
    text: str


@reading_tool
async def docs_search(context: ToolContext, query: str, path: str = ".", max_results: int = 5) -> ToolResult:
    """Find the passages of .md, .rst and .txt files nearest to a question (BM25), cited by file and line.

    path: a folder of the workspace, or of the task's data.
    """
    if not query.strip():
        return refused("docs_search needs a `query`.")
    try:
        found, files, total = await asyncio.to_thread(
            nearest, folder_of(context, path), query, min(max(max_results, 1), MOST_RESULTS)
        )
    except Refused as refusal:
        return refused(str(refusal))
    head = f"{len(found)} of {total} passages in {files} document{'s' * (files != 1)}"
    room = LIMIT - 300
    parts: list[str] = []
    for each in found:
        cut = " […]" if len(each.text) > PASSAGE_SHOWN else ""
        part = f"{each.name}:{each.line}\n{printable(each.text[:PASSAGE_SHOWN])}{cut}"
        room -= len(part) + 2
        if room < 0:
            break
        parts.append(part)
    return ToolResult(
        ok=True,
        summary=head,
        text="\n\n".join([head + (":" if parts else "; no word of the query is in them."), *parts]),
        data={"cited": [f"{each.name}:{each.line}" for each in found[: len(parts)]], "passages": total},
    )


def folder_of(context: ToolContext, path: str) -> Place:
    """In the workspace, or where a mount of the task's lies. Refused for what is masked or not there."""
    masks = [mask.resolve() for mask in context.environment.masks]
    place = None
    for mount in context.environment.mounts:
        target = PurePosixPath(mount.target)
        if path.startswith("/") and PurePosixPath(path).is_relative_to(target):
            source = mount.source.resolve()
            full = (source / PurePosixPath(path).relative_to(target)).resolve()
            if not full.is_relative_to(source):
                raise Refused(f"{path} leads out of the task's data.")
            place = Place(full, path)
    place = place or locate(context.workspace.folder, path)
    if not place.path.exists() or any(is_hidden(place.path, mask) for mask in masks):
        raise Refused(f"There is no {path}.")
    return place


def is_hidden(path: Path, mask: Path) -> bool:
    """Nor is a folder searched that holds something hidden: what lies below is not told apart."""
    return path.is_relative_to(mask) or mask.is_relative_to(path)


def nearest(place: Place, query: str, most: int) -> tuple[list[Found], int, int]:
    """The nearest passages that have a word of the query; how many files and passages there were."""
    files = [each for each in list_files(place) if each.path.suffix.lower() in SUFFIXES][:MOST_FILES]
    everything: list[Found] = []
    for each in files:
        everything += found_in(each)
    near = scores(query, [each.text for each in everything])
    order = sorted((index for index, score in enumerate(near) if score > 0), key=lambda index: -near[index])
    return [everything[index] for index in order[:most]], len(files), len(everything)


def found_in(place: Place) -> list[Found]:
    try:
        if place.path.stat().st_size > LARGEST:
            return []
        text = place.path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # gone meanwhile, or not ours to read
        return []
    found = []
    at, line = 0, 1
    for each in passages(text):
        start = text.find(own_line(each), at)
        if start >= 0:
            line += text.count("\n", at, start)
            at = start
        found.append(Found(place.name, line, each))
    return found


def own_line(passage: str) -> str:
    """Its first line below the heading, which several passages may share."""
    lines = passage.split("\n")
    below = [each for each in lines[1:] if each.strip()] if lines[0].startswith("#") else []
    return below[0] if below else lines[0]
