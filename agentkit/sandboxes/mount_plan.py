"""Mount plan: what a bubblewrap sandbox shows where, and what it hides. Pure, apart from resolving links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FEW_MASKS = 24
"""So many file masks cost bubblewrap less than a stage of our own (12 ms)."""


@dataclass(frozen=True)
class Bind:
    """A host path and the place where it appears."""

    source: Path
    target: Path
    writable: bool = False
    devices: bool = False


@dataclass(frozen=True)
class MountPlan:
    """Binds in the order in which they are made, and inside paths to hide behind nothing."""

    binds: tuple[Bind, ...]
    links: tuple[tuple[str, Path], ...] = ()
    """Symlinks as (what they say, where they are)."""
    hidden_files: tuple[Path, ...] = ()
    hidden_folders: tuple[Path, ...] = ()
    staged_files: tuple[Path, ...] = ()
    """Host files that `mask_stage` hides instead, before anything is bound."""

    def arguments(self, empty: Path) -> list[str]:
        """For bubblewrap. `empty`: an empty file of the host, shown instead of a hidden one."""
        words: list[str] = []
        for text, place in self.links:
            words += ["--symlink", text, str(place)]
        # Outer ones first: what is mounted over a folder hides all that was mounted below it before.
        places: list[Bind | Path] = [*self.binds, *self.hidden_folders]
        for each in sorted(places, key=depth):
            if isinstance(each, Path):
                words += ["--tmpfs", str(each)]
            else:
                option = "--dev-bind" if each.devices else "--bind" if each.writable else "--ro-bind"
                words += [option, str(each.source), str(each.target)]
        for folder in self.hidden_folders:
            words += ["--remount-ro", str(folder)]
        for file in self.hidden_files:
            words += ["--ro-bind", str(empty), str(file)]
        return words


def depth(place: Bind | Path) -> int:
    return len((place if isinstance(place, Path) else place.target).parts)


def plan_mounts(
    binds: Sequence[Bind], masks: Iterable[Path], links: Sequence[tuple[str, Path]] = ()
) -> MountPlan:
    """Every mask is hidden wherever a bind lets the same real file appear.

    Links are resolved on both sides, so `/lib/x`, `/usr/lib/x` and a link of a virtual environment to
    either are one. A mask that no bind shows needs nothing. A bind whose source lies *below* a masked
    folder was asked for by name and stays. A hard link to a masked file is another file.
    """
    ordered = tuple(sorted(dict.fromkeys(binds), key=lambda bind: len(bind.target.parts)))
    sources = [(f"{bind.source.resolve()}/".replace("//", "/"), bind) for bind in ordered]
    folders: list[Path] = []
    files: dict[Path, list[tuple[Path, Bind]]] = {}
    for real in resolve_all(masks):
        name = f"{real}/"
        holding = [(source, bind) for source, bind in sources if name.startswith(source)]
        found = [(bind.target / name[len(source) : -1], bind) for source, bind in holding]
        shown = [(place, bind) for place, bind in found if uppermost(place, ordered) == bind]
        if not shown:
            continue
        if real.is_dir():
            folders += [place for place, _ in shown]
        elif real.exists():
            files[real] = shown
    folders = outermost(folders)
    staged = stageable(files)
    places = {place for real, shown in files.items() if real not in staged for place, _ in shown}
    open_places = [each for each in places if not any(each.is_relative_to(folder) for folder in folders)]
    return MountPlan(ordered, tuple(links), tuple(sorted(open_places)), tuple(folders), tuple(sorted(staged)))


def uppermost(place: Path, binds: Sequence[Bind]) -> Bind | None:
    """The bind that is seen at a place: the deepest target that holds it, of equals the last."""
    seen = None
    for bind in binds:
        if f"{place}/".startswith(f"{bind.target}/"):
            seen = bind
    return seen


def resolve_all(paths: Iterable[Path]) -> list[Path]:
    """The real path of each, once. Hundreds share a few folders, so these are resolved once each."""
    folders: dict[Path, Path] = {}
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_symlink() or path.name in ("", ".."):
            found[path.resolve()] = None
            continue
        if path.parent not in folders:
            folders[path.parent] = path.parent.resolve()
        found[folders[path.parent] / path.name] = None
    return list(found)


def stageable(files: Mapping[Path, Sequence[tuple[Path, Bind]]]) -> set[Path]:
    """Those that are shown read-only only, if they are many: a staged mask is as writable as its bind."""
    fixed = {real for real, shown in files.items() if not any(bind.writable for _, bind in shown)}
    return fixed if len(fixed) > FEW_MASKS else set()


def outermost(paths: Iterable[Path]) -> list[Path]:
    """Those that are not inside another one."""
    kept: list[Path] = []
    for path in sorted(paths):
        if not (kept and path.is_relative_to(kept[-1])):
            kept.append(path)
    return kept


def system_binds(named: Sequence[Path], binds: Sequence[Bind]) -> tuple[list[Bind], list[tuple[str, Path]]]:
    """System folders read-only; one that is a link on the host (`/lib -> usr/lib`) is a link inside."""
    found = list(binds)
    links = []
    for path in named:
        if path.is_symlink():
            links.append((str(path.readlink()), path))
        elif path.exists():
            found.append(Bind(path, path))
    return found, links
