"""The script of a record, read from the user's own checkout of modded-nanogpt or of llm-speedrunner.

`sources.toml` knows where each record's script is and its digest: a checkout at another commit, or one that
was edited, is refused rather than run as something it is not.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agentkit.contracts.record import Record
from agentkit.errors import BadFile, MissingRequirement, UnknownName
from agentkit.evaluation.locked import digest_all
from agentkit.evaluation.toml_record import read_toml_record

from .run_log import SCRIPT, NoSource, split_log

TABLE = Path(__file__).with_name("sources.toml")
LOGS = "records/track_1_short"
TEMPLATES = "workspace_templates/nanogpt_speedrun"
TEMPLATE = TEMPLATES + "/record_{}/train_gpt2.py"
VARIABLES = ("AGENTKIT_MODDED_NANOGPT", "AGENTKIT_LLM_SPEEDRUNNER")
"""Folders of the user's checkouts; the first that is set counts."""
FETCHED = "modded-nanogpt"
"""Folder below the cache into which `agentkit speedrun fetch` puts one."""
SHOWN = 12
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")


class Place(Record):
    """Where one record's script is: a log, a file, or files of a commit; or why it is nowhere."""

    log: str = ""
    log_sha256: str = ""
    file: str = ""
    commit: str = ""
    arguments: tuple[str, ...] = ()
    """Of the script, as in that commit's run.sh; later scripts take none."""
    files: Mapping[str, str] = {}
    """Name to SHA-256 of the text."""
    absent: str = ""


class Sources(Record):
    """`sources.toml`"""

    repository: str
    commit: str
    templates_repository: str
    templates_commit: str
    main: Mapping[str, Place]
    retimed: Mapping[str, Place]
    medium: Mapping[str, Place]
    steps: Mapping[str, Place]
    templates: Mapping[str, str]

    def track(self, name: str) -> Mapping[str, Place]:
        tracks = {"main": self.main, "retimed": self.retimed, "medium": self.medium, "steps": self.steps}
        if name not in tracks:
            raise UnknownName("track of the speedrun", name, tracks)
        return tracks[name]


@dataclass(frozen=True)
class Script:
    """A record's program, as its author ran it."""

    files: Mapping[str, str]
    """Name to text, `SCRIPT` first; all of them lie in one folder."""
    origin: str
    """The file or commit of the checkout it is from."""
    arguments: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return digest_all(dict(self.files))


@dataclass(frozen=True)
class Checkout:
    folder: Path
    is_templates: bool
    """Of llm-speedrunner, which has records 1 to 21 of the main track, prepared for its own runner."""


@cache
def read_sources() -> Sources:
    return read_toml_record(TABLE, Sources)


def clone_command(sources: Sources, folder: str = FETCHED) -> str:
    return f"git clone {sources.repository} {folder} && git -C {folder} checkout {sources.commit[:12]}"


def find_checkout(source: Path | None, environment: Mapping[str, str], cache_folder: Path) -> Checkout:
    """`source`, else what the environment names, else what was fetched. Raises MissingRequirement."""
    named = [source] if source else [Path(environment[name]) for name in VARIABLES if environment.get(name)]
    folders = named[:1] or [cache_folder / FETCHED]
    for folder in folders:
        if (folder / LOGS).is_dir():
            return Checkout(folder, is_templates=False)
        if (folder / TEMPLATES).is_dir():
            return Checkout(folder, is_templates=True)
    raise MissingRequirement(
        "There is no checkout with the scripts of the speedrun.",
        f"Wanted: a folder with {LOGS} (modded-nanogpt) or {TEMPLATES} (llm-speedrunner)",
        f"Looked in: {folders[0]}, which {'has neither' if folders[0].is_dir() else 'is not there'}",
        "Next: agentkit speedrun fetch",
        f"Or: {clone_command(read_sources())}, and set {VARIABLES[0]} to its folder",
    )


def read_script(checkout: Checkout, track: str, number: int | str, sources: Sources | None = None) -> Script:
    """Raises UnknownName, MissingRequirement where the checkout lacks it, BadFile where it is another."""
    sources = sources or read_sources()
    if checkout.is_templates:
        return _read_template(checkout, sources, track, str(number))
    places = sources.track(track)
    place = places.get(str(number))
    if place is None:
        raise UnknownName("record", str(number), places, (f"track {track} of {TABLE.name}",))
    if place.absent:
        raise MissingRequirement(f"Record {number} of track {track} has no script: {place.absent}.")
    if place.commit:
        files = {name: _of_commit(checkout, place.commit, name, sources) for name in place.files}
        origin = f"commit {place.commit[:12]}"
    else:
        origin = place.log or place.file
        files = _of_file(checkout, place, sources)
    for name, wanted in place.files.items():
        _compare(checkout.folder / origin, name, wanted, _digest(files.get(name, "")))
    renamed = {SCRIPT if name == "train_gpt2.py" else name: text for name, text in files.items()}
    return Script(renamed, origin, place.arguments)


def _of_file(checkout: Checkout, place: Place, sources: Sources) -> dict[str, str]:
    text = _read(checkout, place.log or place.file, sources)
    if place.file:
        return {SCRIPT: text}
    try:
        return dict(split_log(text).files)
    except NoSource as error:
        path = checkout.folder / place.log
        raise BadFile(path, "", "a log that begins with the source of its run", str(error)) from error


def _of_commit(checkout: Checkout, commit: str, name: str, sources: Sources) -> str:
    """Bytes as git keeps them: line ends of the user's settings do not come in."""
    show = ["git", "-C", str(checkout.folder), "cat-file", "blob", f"{commit}:{name}"]
    try:
        done = subprocess.run(
            show, capture_output=True, check=False, timeout=60, env=git_environment(os.environ)
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingRequirement("git is needed to read this record.", str(error)) from error
    if done.returncode != 0:
        raise MissingRequirement(
            f"The checkout lacks {name} of commit {commit[:12]}.",
            f"Looked in: {checkout.folder}",
            f"git says: {done.stderr.decode(errors='replace').strip()[:200]}",
            "This record has no log, so its script is read from the history, which a shallow clone lacks.",
            "Next: agentkit speedrun fetch",
            f"Or: git -C {checkout.folder} fetch {sources.repository} {commit}",
        )
    return done.stdout.decode("utf-8", errors="replace")


def git_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what points git at another repository; and one that asks for a password is an error."""
    kept = {name: value for name, value in environment.items() if name not in ELSEWHERE}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


def _read_template(checkout: Checkout, sources: Sources, track: str, number: str) -> Script:
    if track != "main" or number not in sources.templates:
        raise MissingRequirement(
            f"llm-speedrunner has no record {number} of track {track}, only 1 to 21 of track main.",
            f"Looked in: {checkout.folder}",
            f"Next: {clone_command(sources)}",
        )
    name = TEMPLATE.format(number)
    text = _read(checkout, name, sources)
    _compare(checkout.folder / name, "", sources.templates[number], _digest(text))
    return Script({SCRIPT: text}, name)


def _read(checkout: Checkout, name: str, sources: Sources) -> str:
    path = checkout.folder / name
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        there = path.parent if path.parent.is_dir() else checkout.folder
        names = sorted(each.name for each in there.iterdir())[:SHOWN]
        raise MissingRequirement(
            f"The checkout has no {name}: {error.strerror or error}.",
            f"Looked in: {there}, with {', '.join(names) or 'nothing'}",
            f"Next: git -C {checkout.folder} checkout {commit_of(checkout, sources)[:12]}",
        ) from error


def commit_of(checkout: Checkout, sources: Sources) -> str:
    return sources.templates_commit if checkout.is_templates else sources.commit


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _compare(path: Path, name: str, wanted: str, found: str) -> None:
    if found != wanted:
        raise BadFile(
            path, name, f"SHA-256 {wanted[:16]}…", f"{found[:16]}…",
            "The file is not the one that belongs to this record: it was edited, or is of another commit.",
            "Next: agentkit speedrun fetch, for a checkout as it should be",
        )  # fmt: skip
