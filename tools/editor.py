"""Look at and change text files of the workspace."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from agentkit import ToolContext, ToolResult, Truncated, tool
from agentkit.source.edit_blocks import EditRefused, edited, read_edits
from agentkit.source.excerpt import cut_line, excerpt, printable
from agentkit.source.locked_regions import require_unlocked
from agentkit.source.occurrences import line_numbers
from agentkit.source.paths import (
    LOG_PREFIX,
    Place,
    Refused,
    list_files,
    locate,
    locate_readable,
    require_editable,
)
from agentkit.source.refusals import not_found, span
from agentkit.source.textfile import TextFile, decode, is_binary, read_bytes, read_text, write_bytes
from agentkit.source.view import lines_changed, lines_of, view
from agentkit.toolbox.edits import (
    Subject,
    change,
    digest_of,
    open_subject,
    require_change,
    require_unbroken,
    undo_steps,
)

FOLDER_FILES = 100


@tool
async def editor(
    context: ToolContext,
    command: Literal["view", "create", "str_replace", "insert", "patch", "undo"],
    path: str = "",
    text: str = "",
    old_str: str = "",
    new_str: str = "",
    insert_line: int = -1,
    view_range: list[int] | None = None,
    overwrite: bool = False,
) -> ToolResult:
    """View or change a text file. An edit that breaks Python's syntax, or a part the task locks, is refused.

    path: relative to the workspace.
    text: create: the whole content; insert: the new lines; patch: blocks, for several files, all or none:
        file.py\\n<<<<<<< SEARCH\\nold\\n=======\\nnew\\n>>>>>>> REPLACE
    old_str: str_replace: what to replace, exactly as in the file; it must occur once.
    new_str: str_replace: what stands there then.
    insert_line: insert: after this line; 0 is the top.
    view_range: view: [first, last]; last -1 is the end.
    overwrite: create: replace a file that is already there.
    """
    began = time.monotonic()
    try:
        if command == "view":
            result = show(locate_readable(context.workspace.folder, context.logs, path), view_range)
        elif command == "patch":
            result = patch(context, text)
        else:
            if path.startswith(LOG_PREFIX):
                raise Refused("Logs can be viewed and not changed.")
            place = locate(context.workspace.folder, path)
            require_editable(place, context.editable)
            if command == "create":
                result = create(context, place, text, overwrite)
            elif command == "str_replace":
                result = replace(context, place, old_str, new_str)
            elif command == "insert":
                result = insert(context, place, text, insert_line)
            else:
                result = undo(context, place)
    except Refused as refusal:
        said = excerpt(str(refusal))
        result = ToolResult(
            ok=False, summary=cut_line(f"{command} {path}: {said.splitlines()[0]}", 200), text=said
        )
    return result.model_copy(update={"seconds": round(time.monotonic() - began, 4)})


def show(place: Place, lines: Sequence[int] | None) -> ToolResult:
    if place.path.is_dir():
        return show_folder(place)
    content = read_text(place).text
    seen = view(content, place.name, lines)
    truncated = None
    if seen.cut:
        truncated = Truncated(from_chars=len(content), kept=len(seen.text), full_log=place.name)
    return ToolResult(
        ok=True,
        summary=f"lines {seen.first}-{seen.last} of {seen.total} of {place.name}",
        text=seen.text,
        data={"path": place.name, "first": seen.first, "last": seen.last, "lines": seen.total},
        truncated=truncated,
    )


def show_folder(place: Place) -> ToolResult:
    names = [printable(each.name) for each in list_files(place)]
    head = f"{place.name} is a folder of {len(names)} file{'s' * (len(names) != 1)}"
    rows = names[:FOLDER_FILES]
    if len(names) > FOLDER_FILES:
        rows.append(f"[… {len(names) - FOLDER_FILES} more; `search files` finds them …]")
    text = "\n".join([f"{head}:", *rows]) if rows else f"{head}."
    return ToolResult(ok=True, summary=head, text=excerpt(text), data={"files": len(names)})


def create(context: ToolContext, place: Place, text: str, overwrite: bool) -> ToolResult:
    total = len(lines_of(text))
    new_lines = (1, min(total, 1))
    if not place.path.exists():
        said = f"{place.name}: created, {total} lines."
        return change(context, Subject(place, None, TextFile("")), text, new_lines, said)
    before = read_bytes(place)
    if not overwrite:
        raise Refused(
            f"{place.name} exists already ({len(before):,} bytes). "
            "Change it with str_replace or insert, or create it with overwrite=true to replace all of it."
        )
    file = TextFile("") if is_binary(before) else decode(before)
    said = f"{place.name}: replaced as a whole, {total} lines."
    return change(context, Subject(place, before, file), text, new_lines, said)


def replace(context: ToolContext, place: Place, old: str, new: str) -> ToolResult:
    subject = open_subject(place)
    text = subject.file.text
    old, new = subject.file.with_its_line_ends(old), subject.file.with_its_line_ends(new)
    if not old:
        raise Refused("str_replace needs `old_str`, the text to replace. To add lines use insert.")
    places = line_numbers(text, old)
    if not places:
        raise Refused(not_found(text, old, place.name))
    if len(places) > 1:
        at = ", ".join(map(str, places[:20])) + (" …" if len(places) > 20 else "")
        raise Refused(
            f"`old_str` occurs {len(places)} times in {place.name}, from lines {at}. "
            "Nothing was changed; add neighbouring lines to `old_str` until it occurs once."
        )
    start = places[0]
    last_old = start + len(lines_of(old)) - 1
    last_new = start + max(len(lines_of(new)), 1) - 1
    said = f"{place.name}: {span(start, last_old)} replaced."
    return change(context, subject, text.replace(old, new, 1), (start, last_new), said)


def insert(context: ToolContext, place: Place, text: str, after_line: int) -> ToolResult:
    subject = open_subject(place)
    rows = lines_of(subject.file.text)
    if not text:
        raise Refused("insert needs `text`, the lines to add.")
    if not 0 <= after_line <= len(rows):
        raise Refused(f"insert_line must be from 0 (the top) to {len(rows)}, the last line of {place.name}.")
    added = lines_of(subject.file.with_its_line_ends(text))
    end = "\n" if subject.file.text.endswith("\n") or not rows else ""
    changed = "\n".join([*rows[:after_line], *added, *rows[after_line:]]) + end
    said = f"{place.name}: {len(added)} line{'s' * (len(added) != 1)} inserted after line {after_line}."
    return change(context, subject, changed, (after_line + 1, after_line + len(added)), said)


def patch(context: ToolContext, text: str) -> ToolResult:
    """Every block, or none: what is refused is known before anything is written."""
    edits = read_edits(text)
    if not edits:
        raise Refused(
            "patch needs blocks in `text`: a path, then <<<<<<< SEARCH, the old lines, =======, "
            "the new lines, >>>>>>> REPLACE, each on lines of their own."
        )
    subjects: dict[str, Subject] = {}
    texts: dict[str, str] = {}
    for number, edit in enumerate(edits, 1):
        place = locate(context.workspace.folder, edit.path)
        require_editable(place, context.editable)
        if place.name not in subjects:
            there = place.path.exists()
            subjects[place.name] = open_subject(place) if there else Subject(place, None, TextFile(""))
        subject = subjects[place.name]
        before = texts.get(place.name, subject.text)
        try:
            texts[place.name] = edited(before, edit.with_line_ends_of(subject.file), number)
        except EditRefused as refusal:
            absent = before is not None and edit.old and edit.old not in before
            near = not_found(before or "", edit.old or "", place.name) if absent else str(refusal)
            raise Refused(f"Block {number} of {len(edits)}, and none is applied: {near}") from refusal
    for name, subject in subjects.items():
        require_change(subject, texts[name])
        require_unlocked(name, subject.text, texts[name], context.locked_regions)
        require_unbroken(subject, texts[name], (1, 1))
    done = [
        change(context, each, texts[name], lines_changed(each.file.text, texts[name]), f"{name}: patched.")
        for name, each in subjects.items()
    ]
    said = f"{len(edits)} block{'s' * (len(edits) != 1)} applied to {', '.join(texts)}."
    return ToolResult(
        ok=True,
        summary=cut_line(said, 200),
        text=excerpt("\n".join(each.text for each in done)),
        data={"files": list(texts), "blocks": len(edits)},
    )


def undo(context: ToolContext, place: Place) -> ToolResult:
    steps = undo_steps(context, place.name)
    if not steps:
        raise Refused(
            f"There is no edit of {place.name} to undo. Only this tool's edits in this attempt can be undone."
        )
    step = steps[-1]
    if not place.path.exists() or digest_of(read_bytes(place)) != step.after:
        raise Refused(
            f"{place.name} was changed by something else since the last edit, and undo would lose that. "
            "Nothing was changed; use str_replace."
        )
    if step.before is None:
        place.path.unlink()
        said = f"{place.name}: the edit that created it is undone; the file is gone again."
    else:
        write_bytes(place, step.before)
        said = f"{place.name}: the last edit is undone."
    steps.pop()
    data = {"path": place.name, "undo_left": len(steps)}
    return ToolResult(ok=True, summary=said, text=f"{said} {len(steps)} earlier can be undone.", data=data)
