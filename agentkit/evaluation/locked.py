"""Locked files: what decides a score is known by its digest, and a candidate is laid out without it.

A candidate's folder is copied, never used: links that lead out of it and special files do not come
along, and every locked file is the task's own, whatever the candidate made of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.contracts.locked import LockedRegions
from agentkit.contracts.outcome import Flag
from agentkit.contracts.sandbox import Sandbox
from agentkit.errors import RunProblem
from agentkit.sandboxes.remove import remove
from agentkit.source.locked_regions import changed_from_all
from agentkit.source.paths import matches

MOST_FILES = 10_000
MOST_BYTES = 2 * 1024**3
DEEPEST = 12
"""Folders in folders. A name has up to 255 bytes and a path 4,096, the place it is copied to included."""
SHOWN = 5


def digest_of(path: Path) -> str:
    """sha256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_all(parts: Mapping[str, str | bytes | Path]) -> str:
    """One digest over named parts; a path stands for the content of its file. Order does not matter."""
    whole = hashlib.sha256()
    for name, part in sorted(parts.items()):
        match part:
            case Path():
                digest = digest_of(part)
            case str():
                digest = hashlib.sha256(part.encode()).hexdigest()
            case bytes():
                digest = hashlib.sha256(part).hexdigest()
        whole.update(f"{len(name)}:{name}={digest}\n".encode())
    return whole.hexdigest()


@dataclass(frozen=True)
class LockedFiles:
    """Files of a task by the place where they lie in a candidate's folder, with the digests they had."""

    sources: Mapping[str, Path]
    digests: Mapping[str, str]

    @classmethod
    def of(cls, sources: Mapping[str, Path]) -> LockedFiles:
        return cls(dict(sources), {name: digest_of(path) for name, path in sources.items()})

    def check_sources(self) -> None:
        """Raises RunProblem if a file of the task changed since it was loaded: scores would not compare."""
        changed = self.changed_sources()
        if changed:
            raise RunProblem(
                f"A file that decides the score changed during the run: {self.sources[changed[0]]}",
                *(f"Also: {self.sources[name]}" for name in changed[1:]),
                "Results before and after the change do not compare. Next: start a new run",
            )

    def tampered(self, sandbox: Sandbox) -> Flag | None:
        """After an evaluation: a flag if a file changed where the candidate could have done it.

        Raises RunProblem where the sandbox keeps it from them: then somebody else did.
        """
        if "other_files" in sandbox.walls:
            self.check_sources()
        changed = self.changed_sources()
        evidence = f"files that decide the score changed meanwhile: {', '.join(changed[:SHOWN])}"
        return Flag(code="tampered", evidence=evidence) if changed else None

    def changed_sources(self) -> tuple[str, ...]:
        """Names whose file of the task is no longer what it was when the task was loaded."""
        return tuple(name for name, path in self.sources.items() if not same(path, self.digests[name]))

    def changed_in(self, folder: Path) -> tuple[str, ...]:
        """Names whose file below `folder` is missing, no plain file, or has another content."""
        return tuple(name for name, digest in self.digests.items() if not same(folder / name, digest))

    def lay(self, folder: Path) -> None:
        """Put every file in its place, over whatever is there."""
        for name, source in self.sources.items():
            target = folder / name
            clear_way(folder, Path(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def same(path: Path, digest: str) -> bool:
    return is_plain(path) and digest_of(path) == digest


def is_plain(path: Path) -> bool:
    """A regular file itself, no link to one, no pipe that would block who opens it."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def clear_way(folder: Path, name: Path) -> None:
    """Remove what lies at `name` below `folder`, and links or files where its folders have to be."""
    for part in reversed([name, *name.parents][:-1]):
        path = folder / part
        if part != name and path.is_dir() and not path.is_symlink():
            continue
        if path.is_dir() and not path.is_symlink():
            remove(path)
        else:
            path.unlink(missing_ok=True)


def locked_part(files: Mapping[str, Path], editable: Sequence[str]) -> dict[str, Path]:
    """The start files that may not be changed."""
    return {name: path for name, path in files.items() if not matches(name, editable)}


def lay_candidate(source: Path, target: Path, locked: LockedFiles) -> tuple[Flag, ...]:
    """Copy a candidate's folder to the new folder `target` with the task's own locked files in it.

    The flags say what was left out or had been changed: `link_out`, `special_file`, `too_deep`, `too_much`
    (then nothing more was copied) and `locked_file_changed`.
    """
    changed = [name for name in locked.changed_in(source) if os.path.lexists(source / name)]
    flags = [Flag(code="locked_file_changed", evidence=", ".join(changed[:SHOWN]))] if changed else []
    target.mkdir(parents=True)
    flags += copy_tree(source, target)
    locked.lay(target)
    return tuple(flags)


def region_flags(folder: Path, regions: Mapping[str, LockedRegions]) -> tuple[Flag, ...]:
    """A flag for each of these files of a candidate in which a locked part is not the task's; advice only."""
    found = []
    for name, locked in regions.items():
        path = folder / name
        text = path.read_text(encoding="utf-8", errors="replace") if is_plain(path) else ""
        likes = [each.read_text(encoding="utf-8", errors="replace") for each in locked.like]
        changed = changed_from_all(text, likes, locked.parts, name)
        if changed:
            evidence = f"{name}: {'; '.join([*changed.values()][:SHOWN])}"
            found.append(Flag(code="locked_region_changed", evidence=evidence))
    return tuple(found)


def copy_tree(source: Path, target: Path) -> list[Flag]:
    """Folders, plain files with their modes, and links that stay inside."""
    links: list[str] = []
    special: list[str] = []
    deep: list[str] = []
    files = size = 0
    for path in walk(source):
        name = path.relative_to(source)
        information = path.lstat()
        copy = target / name
        if stat.S_ISDIR(information.st_mode):
            copy.mkdir()
            if len(name.parts) == DEEPEST:
                deep.append(str(name))
        elif stat.S_ISLNK(information.st_mode):
            if leads_out(source, path):
                links.append(f"{name} -> {path.readlink()}")
            else:
                copy.symlink_to(path.readlink())
        elif stat.S_ISREG(information.st_mode):
            files, size = files + 1, size + information.st_size
            if files > MOST_FILES or size > MOST_BYTES:
                evidence = f"more than {MOST_FILES} files or {MOST_BYTES} bytes"
                return [Flag(code="too_much", evidence=evidence)]
            shutil.copyfile(path, copy, follow_symlinks=False)
            copy.chmod(0o755 if information.st_mode & 0o100 else 0o644)
        else:
            special.append(str(name))
    found = (("link_out", links), ("special_file", special), ("too_deep", deep))
    return [Flag(code=code, evidence=", ".join(names[:SHOWN])) for code, names in found if names]


def walk(folder: Path, levels: int = DEEPEST) -> Iterator[Path]:
    """Everything below, folders before their content, so many levels deep; links are not followed."""
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        yield Path(entry.path)
        if levels > 1 and entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path), levels - 1)


def leads_out(folder: Path, link: Path) -> bool:
    """Whether a link is absolute or points outside of `folder`, by its words or by where it arrives."""
    words = link.readlink()
    if words.is_absolute():
        return True
    by_words = Path(os.path.normpath(link.parent / words))
    return not (
        by_words.is_relative_to(Path(os.path.normpath(folder)))
        and Path(os.path.realpath(link)).is_relative_to(os.path.realpath(folder))
    )


def take_artefact(folder: Path, name: str, target: Path, most_bytes: int) -> str:
    """Copy the one file that may cross from a finished command; returns why not, or an empty string.

    `name`: relative to `folder`; no part of it may be a link, which could lead to any file of this machine.
    """
    source = folder / name
    if not os.path.lexists(source):
        return f"it wrote no {name}"
    above = [folder / each for each in Path(name).parents][:-1]
    if not is_plain(source) or any(each.is_symlink() for each in above):
        return f"its {name} is not a plain file"
    size = source.stat().st_size
    if size > most_bytes:
        return f"its {name} has {size:,} bytes, and {most_bytes:,} are allowed"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target, follow_symlinks=False)
    return ""
