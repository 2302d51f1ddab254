"""`agentkit speedrun fetch`: a checkout of modded-nanogpt at the commit that `sources.toml` describes.

Git keeps what a finished step has brought, so a second call goes on where the first was interrupted: first
the files of the commit, then the history, from which a few records are read.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentkit.errors import BadFile, MissingRequirement, RunProblem

from .source import VARIABLES, Checkout, Sources, git_environment, read_script

STEP_SECONDS = 3600.0
OURS = "agentkit.fetched"
"""A setting of the checkout: it was made here, so its files may be written over."""

ROOM = "some 500 MB"
CHANGED = ("--porcelain", "--untracked-files=no")


@dataclass(frozen=True)
class Fetched:
    folder: Path
    scripts: int
    """Records whose script has the digest it should have."""
    without: tuple[str, ...]
    """Those that have no script, as track.number."""


def fetch_checkout(folder: Path, sources: Sources, tell: Callable[[str], None]) -> Fetched:
    """Raises MissingRequirement for git or the network, RunProblem for a folder in the way, BadFile."""
    make_room(folder)
    git = _Git(folder)
    if not git.is_repository():
        git.run("init", "--quiet")
    _check_origin(git, sources)
    if not git.ask("rev-parse", "HEAD"):
        git.run("config", OURS, "true")
    if not git.has(sources.commit):
        tell(f"fetching commit {sources.commit[:12]} of {sources.repository}")
        git.run("fetch", "--quiet", "--no-tags", "--depth", "1", sources.repository, sources.commit)
    if git.ask("rev-parse", "HEAD") != sources.commit or git.ask("status", *CHANGED):
        _check_ours(git, sources)
        tell("laying out its files")
        git.run("checkout", "--quiet", "--force", "--detach", sources.commit)
    if git.ask("rev-parse", "--is-shallow-repository") == "true":
        tell("fetching the history")
        git.run("fetch", "--quiet", "--no-tags", "--unshallow", sources.repository, sources.commit)
    tell("checking digests")
    return check_scripts(folder, sources)


def make_room(folder: Path) -> None:
    """Raises RunProblem for what is there and is not ours, or cannot be made."""
    try:
        if folder.exists() and not (folder / ".git").is_dir() and any(folder.iterdir()):
            raise RunProblem(
                f"{folder} is in the way: it is not empty, and no checkout of git.",
                "Next: --to another folder, or move it away",
            )
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunProblem(
            f"There can be no checkout in {folder}: {error.strerror}.", "Next: --to another folder"
        ) from error


def check_scripts(folder: Path, sources: Sources) -> Fetched:
    """Reads the script of every record; raises BadFile for the first that is another."""
    checkout = Checkout(folder, is_templates=False)
    scripts, without = 0, []
    for track in ("main", "retimed", "medium", "steps"):
        for number, place in sources.track(track).items():
            if place.absent:
                without.append(f"{track}.{number}")
                continue
            read_script(checkout, track, number, sources)
            scripts += 1
    return Fetched(folder, scripts, tuple(without))


def _check_origin(git: _Git, sources: Sources) -> None:
    """So that a folder with something else in it is not turned into this."""
    found = git.ask("config", "--get", "remote.origin.url")
    if not found:
        git.run("remote", "add", "origin", sources.repository)
    elif found.removesuffix(".git") != sources.repository.removesuffix(".git"):
        raise BadFile(git.folder / ".git", "remote.origin.url", sources.repository, found)


def _check_ours(git: _Git, sources: Sources) -> None:
    """A person's own clone may hold their work; raises RunProblem."""
    if git.ask("config", "--get", OURS) == "true":
        return
    raise RunProblem(
        f"{git.folder} is a clone of yours, at another commit or with changes; it is left as it is.",
        f"Next: git -C {git.folder} checkout {sources.commit[:12]}, once your changes are committed",
        "Or: --to another folder",
    )


def steps_after(said: str) -> tuple[str, ...]:
    """What to do about git's own words."""
    again = "the same command again; what has come so far is kept"
    if "No space left" in said or "Disk quota exceeded" in said:
        return (f"Next: make room ({ROOM}) or --to another disk, then {again}",)
    if "not our ref" in said or "couldn't find remote ref" in said:
        return ("The repository no longer has the commit that our table describes.",
                "Next: --table FILE, a table like sources.toml for a repository that you have")  # fmt: skip
    if ".lock': File exists" in said:
        return (f"Next: if no other fetch is under way, remove that .lock file; then {again}",)
    if "unable to access" in said or "Could not" in said:
        return (
            f"Next: {again}",
            f"Or, without a network here: clone it elsewhere, bring the folder, and export {VARIABLES[0]}",
        )
    return (f"Next: {again}",)


@dataclass(frozen=True)
class _Git:
    folder: Path

    def run(self, *words: str) -> str:
        done = self._call(words)
        if done.returncode != 0:
            raise MissingRequirement(
                f"git {words[0]} did not work.",
                f"Looked in: {self.folder}",
                *(line for line in done.stderr.strip().splitlines()[-3:]),
                *steps_after(done.stderr),
            )
        return done.stdout.strip()

    def ask(self, *words: str) -> str:
        """Empty where git has no answer."""
        done = self._call(words)
        return done.stdout.strip() if done.returncode == 0 else ""

    def is_repository(self) -> bool:
        """By itself: an `init` that was cut off must not make us write to a repository further up."""
        return self._call(("--git-dir", str(self.folder / ".git"), "rev-parse", "--git-dir")).returncode == 0

    def has(self, commit: str) -> bool:
        """With all its files: an interrupted fetch leaves no commit behind."""
        return self._call(("cat-file", "-e", commit + "^{tree}")).returncode == 0

    def _call(self, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        command = ["git", "-C", str(self.folder), "-c", "core.autocrlf=false", *words]
        try:
            return subprocess.run(
                command, capture_output=True, text=True, errors="replace", check=False,
                timeout=STEP_SECONDS, env=git_environment(os.environ), stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise MissingRequirement("git is not installed.", "Next: install it") from error
        except subprocess.TimeoutExpired as error:
            raise MissingRequirement(f"git {words[0]} took more than {STEP_SECONDS:g} s.") from error
