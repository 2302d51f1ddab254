"""Hints of the original benchmark, read from the user's own checkout of llm-speedrunner.

Its licence (CC BY-NC 4.0) does not let us ship them, so nothing of it is here but the names of its files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.errors import MissingRequirement

REPOSITORY = "https://github.com/facebookresearch/llm-speedrunner"
CHECKOUT = REPOSITORY.rpartition("/")[2]
TEXTS = "data/nanogpt_speedrun_knowledge_in_levels"
FILES = {
    "pseudocode": "level_1_pseudo.txt",
    "text": "level_2_description.txt",
    "paper": "level_3_paper.txt",
    "external": "level_9_*.txt",
}
"""Level to file. Their level 0 is the very change that is to be found, so it is no hint."""

CLONE = (
    f"Next: git clone {REPOSITORY}",
    f"Then: add --hint-folder {CHECKOUT} (or hint_folder to [solve] in agentkit.toml)",
)


@dataclass(frozen=True)
class UpstreamHints:
    """Implements `contracts.task.HintSource` for the task that starts at record `number`."""

    number: int

    @property
    def levels(self) -> Sequence[str]:
        return tuple(FILES)

    def file(self, level: str, folder: Path | None) -> Path:
        wanted = f"{TEXTS}/record_{self.number}/{FILES[level]}"
        if folder is None:
            raise self.lack(wanted, "nowhere, as no hint_folder is set", *CLONE)
        place = folder / TEXTS / f"record_{self.number}"
        found = sorted(place.glob(FILES[level]))
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise self.lack(wanted, f"{place}, which has several: {names}", "Next: leave one of them there")
        if found:
            return found[0]
        # The first folder on the way that is missing says whether it is a checkout at all.
        gone = next((step for step in (folder, folder / TEXTS, place) if not step.is_dir()), None)
        if gone is not None:
            raise self.lack(wanted, f"{folder}, where there is no folder {gone}", *CLONE)
        if level == "external":
            only = "Only a few records have an external text. Next: choose among pseudocode, text and paper"
            raise self.lack(wanted, str(place), only)
        raise self.lack(wanted, str(place), *CLONE)

    def lack(self, wanted: str, looked: str, *steps: str) -> MissingRequirement:
        return MissingRequirement(
            f"The hint source upstream has no such text of record {self.number}.",
            f"Wanted: {wanted}, of a checkout of {CHECKOUT}",
            f"Looked in: {looked}",
            *steps,
        )
