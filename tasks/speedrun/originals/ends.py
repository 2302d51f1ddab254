"""Both ends of a task as files: from the user's checkout, fitted to the number of GPUs, kept by digest."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agentkit.errors import MissingRequirement, UsageError
from agentkit.evaluation.locked import digest_all
from agentkit.sandboxes.remove import discard

from .averaging import NoSuchLoop, average_gradients
from .gpu_table import Need, OneGpuPlan, Requirements, requirements
from .horizon import shorten
from .ladder import Original
from .profiles import GPU8, fitting
from .rules import ARGUMENTS, SCRIPT
from .run_log import SCRIPT as UPSTREAM_SCRIPT
from .source import Checkout, Sources, read_script

MINIATURE = "\n## In the miniature"
"""Heading of what a hint says about the pocket task only."""
SIGNS: Mapping[Need, str] = {
    "flex": r"flex_attention",
    "triton": r"^\s*import triton\b",
    "fp8": r"float8|_scaled_mm",
    "fa3": r"flash_attn_interface",
}


@dataclass(frozen=True)
class End:
    """What is laid into a workspace."""

    files: Mapping[str, str]
    """Name to text, `SCRIPT` first."""
    origin: str
    arguments: tuple[str, ...]
    steps: tuple[int, int] | None = None
    """At a horizon: how many of how many."""

    @property
    def digest(self) -> str:
        return digest_all(dict(self.files))


def read_ends(
    original: Original,
    checkout: Checkout,
    profile: str,
    sources: Sources | None = None,
    horizon: float = 1.0,
) -> tuple[End, End]:
    """Start and target. Raises MissingRequirement, with the reason where one GPU cannot do it; BadFile."""
    places = (original.start, original.target)
    plans = [fitting(original, place, profile, checkout.is_templates) for place in places]
    start, target = (
        shortened(original.name, read_end(checkout, place, plan, sources), horizon)
        for place, plan in zip(places, plans, strict=True)
    )
    if start.arguments or target.arguments:
        # Words of the start must not reach a target that takes none, so both have the file.
        return with_arguments(start), with_arguments(target)
    return start, target


def read_end(checkout: Checkout, place: str, plan: OneGpuPlan, sources: Sources | None) -> End:
    track, number = place.split(".", 1)
    script = read_script(checkout, track, number, sources)
    files = {SCRIPT if name == UPSTREAM_SCRIPT else name: text for name, text in script.files.items()}
    if plan.averaged:
        try:
            files[SCRIPT] = average_gradients(files[SCRIPT])
        except NoSuchLoop as error:
            raise MissingRequirement(
                f"Record {number} cannot run on one GPU: {error}.", f"Next: --profile {GPU8}"
            ) from error
    return End(files, script.origin, (*script.arguments, *plan.arguments))


def shortened(name: str, end: End, horizon: float) -> End:
    """`name`: of the task."""
    if horizon == 1:
        return end
    found = shorten(name, end.files, end.arguments, horizon)
    return replace(end, files=found.files, arguments=found.arguments, steps=(found.steps, found.whole))


def with_arguments(end: End) -> End:
    text = json.dumps(list(end.arguments), indent=2) + "\n"
    return replace(end, files={**end.files, ARGUMENTS: text})


def needs_of(original: Original, ends: tuple[End, End]) -> Requirements:
    """Of both ends together, by the table; of tracks that it does not know, by what the scripts mention."""
    if original.track == "main":
        rows = [requirements(original.start_record), requirements(original.target_record)]
    else:
        rows = [requirements_of("\n".join(end.files.values())) for end in ends]
    first, last = rows
    return last.model_copy(
        update={
            "needs": tuple(dict.fromkeys([*first.needs, *last.needs])),
            "packages": tuple(dict.fromkeys([*first.packages, *last.packages])),
        }
    )


def requirements_of(text: str) -> Requirements:
    needs = tuple(need for need, sign in SIGNS.items() if re.search(sign, text, re.MULTILINE))
    packages = [
        name
        for name in ("kernels", "tiktoken")
        if re.search(rf"^\s*(?:import|from) {name}\b", text, re.MULTILINE)
    ]
    if "fa3" in needs and "kernels" not in packages:
        packages.append("flash_attn_interface")
    return Requirements(one_gpu="exact", needs=needs, packages=tuple(packages))


def write_files(folder: Path, files: Mapping[str, str]) -> dict[str, Path]:
    """Below `folder`, in a folder named by their digest; whole or not at all. Written again if edited."""
    place = folder / digest_all(dict(files))[:16]
    if not are_there(place, files):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(prefix="partial-", dir=folder))
        except OSError as error:
            raise UsageError(
                f"The scripts cannot be kept in {folder}: {error.strerror}.", "Next: mend its permissions"
            ) from error
        for name, text in files.items():
            (partial / name).write_text(text, encoding="utf-8", newline="")
        discard(place)
        try:
            partial.rename(place)
        except OSError:  # another process was quicker, with the same files
            discard(partial)
    return {name: place / name for name in files}


def are_there(place: Path, files: Mapping[str, str]) -> bool:
    try:
        return all((place / name).read_bytes() == text.encode() for name, text in files.items())
    except OSError:
        return False


def full_size_hint(text: str) -> str:
    """A hint without what it says about the pocket task."""
    return text.partition(MINIATURE)[0].rstrip() + "\n"
