"""Rubric: what good work looks like, how much each part of it counts, and what was found out about each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agentkit.contracts.messages import Usage
from agentkit.contracts.record import Record

LeafKind = Literal["code", "execution", "result", "report", "visual", "process"]
"""What a leaf is about, which decides what may be cited for it: code for `code`, what the harness's own run
wrote for `execution` and `result`, the report itself for `report`, an image and its data for `visual`."""
VerdictStatus = Literal["passed", "failed", "partial", "error", "ungraded", "abstained", "disputed"]
Method = Literal["check", "gate", "panel", "person", "nobody"]


class Criterion(Record):
    """A node of a rubric. With children it is their weighted mean; without, it is a leaf."""

    id: str
    text: str
    weight: float = Field(default=1.0, ge=0)
    """Among its siblings."""
    kind: LeafKind | None = None
    points: float | None = Field(default=None, gt=0)
    """A leaf that is marked from 0 to this, and not passed or failed."""
    declared_points: float | None = None
    """What the heading of a group says its leaves come to. Compared with them, never counted."""
    check: Mapping[str, Any] | None = None
    """A deterministic leaf: `kind` names the check, the rest are its arguments."""
    gate: Mapping[str, Any] | None = None
    """A check without which nothing below counts: where it fails, every leaf below has failed."""
    requires: tuple[str, ...] = ()
    """Ids of leaves that must have passed; where one has failed, so has this."""
    source: Mapping[str, Any] = Field(default_factory=dict)
    """What the rubric's own format says besides, so that it can be written back as it was read."""
    children: tuple[Criterion, ...] = ()


class Diagnostic(Record):
    """Something in a rubric that disagrees with itself, or that a judge will stumble over."""

    code: str
    """`section-sum`, `duplicate-id`, `compound-leaf` …; docs/rubric.md lists them."""
    place: str
    """An id, or `line 12`."""
    text: str
    severity: Literal["error", "warning"] = "warning"


class Rubric(Record):
    """A tree of criteria, and who wrote it."""

    title: str
    origin: Literal["author", "derived", "generated"] = "author"
    format: Literal["toml", "end2end", "paperbench"] = "toml"
    denominator: Literal["leaf_sum", "section_declared", "declared_total"] = "leaf_sum"
    """Where the headings' sums disagree with the leaves': which of them counts."""
    declared_points: float | None = None
    """The rubric's own line of the total."""
    errata: tuple[str, ...] = ()
    """Corrections that a judge is shown with the task's text."""
    criteria: tuple[Criterion, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class Citation(Record):
    """Where a judge says that something stands; or, with `pattern`, that nowhere in `globs` it stands.

    The program looks for itself: `status` is its word, never the judge's.
    """

    path: str = ""
    first_line: int = 0
    """From 1."""
    last_line: int = 0
    quote: str = ""
    globs: tuple[str, ...] = ()
    pattern: str = ""
    """A regular expression that finds nothing in the files of `globs`."""
    status: Literal["claimed", "verified", "moved", "missing", "mismatch", "inadmissible"] = "claimed"
    """`moved`: found once, elsewhere in the file; the lines are those where it was found."""
    reason: str = ""


class Vote(Record):
    """What one judge said about one leaf, once."""

    judge: str
    """The name under which it sits in the panel."""
    model: str
    sample: int = 0
    score: float | None = None
    """0…1; None: it abstained, or `error` says what went wrong."""
    confidence: Literal["low", "medium", "high"] | None = None
    citations: tuple[Citation, ...] = ()
    expectations: str = ""
    reality: str = ""
    usage: Usage = Usage()
    seconds: float = 0.0
    prompt_digest: str = ""
    cached: bool = False
    """Answered from an earlier call that was the same to the letter, and paid for then."""
    error: str = ""
    variant: Literal["", "masked", "repeated", "shuffled"] = ""
    """Of what it was asked; only a vote on the work as it is, "", counts towards the verdict. `masked`: text
    that a verdict must not rest on is covered; `repeated`, `shuffled`: probes of the judge's steadiness."""


class Verdict(Record):
    """What was found out about one leaf. A failed judge is an error, never a zero."""

    id: str
    text: str
    weight: float
    """Share of the root, 0…1."""
    status: VerdictStatus
    score: float | None = None
    """0…1; None unless `passed`, `failed` or `partial`."""
    evidence: str = ""
    method: Method = "nobody"
    kind: LeafKind | None = None
    points: float | None = None
    """The largest mark, where the leaf is marked; its mark is `score` times that."""
    citations: tuple[Citation, ...] = ()
    """Those that the verdict rests on."""
    votes: tuple[Vote, ...] = ()
    flags: tuple[str, ...] = ()
    """What a reader should know: `suspect text`, `changed when masked`, `canary passed` …"""
    group: str = ""
    """Id of the criterion that it is a part of; empty: of the root."""


class GroupScore(Record):
    """A criterion with children, or the root, whose id is empty."""

    id: str
    text: str
    weight: float
    """Share of the root, 0…1."""
    score: float | None
    low: float
    high: float
    coverage: float
    group: str = ""
    """Id of the criterion that it is a part of; empty: of the root, or the root itself."""


class Suspect(Record):
    """Text of the candidate that speaks to the judge. Reported, never punished by itself."""

    path: str
    line: int
    rule: str
    quote: str


class JudgeCost(Record):
    """All calls of a judging, those that failed included."""

    calls: int = 0
    cached_calls: int = 0
    failed_calls: int = 0
    usage: Usage = Usage()
    """`dollars` None: the price of at least one call is unknown."""


class JudgeReport(Record):
    """Scores with evidence. `low` counts what is not known as 0, `high` as 1."""

    rubric: str
    score: float | None
    """Over what could be graded; None when nothing could."""
    low: float
    high: float
    coverage: float
    """Share of the weight that was graded."""
    verdicts: tuple[Verdict, ...] = ()
    groups: tuple[GroupScore, ...] = ()
    """The root first, then in written order."""
    origin: str = "author"
    denominator: str = "leaf_sum"
    rubric_digest: str = ""
    snapshot_digest: str = ""
    panel: tuple[str, ...] = ()
    agreement: Mapping[str, float | None] = Field(default_factory=dict)
    """Statistic to value, where more than one vote was cast; None: not defined on these votes."""
    cost: JudgeCost = JudgeCost()
    suspects: tuple[Suspect, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader of the score must know: the cap that ended it, a judge whose votes were voided."""
    floor: float = 0.98
    """The least coverage at which the score may be quoted without its bounds."""

    @property
    def headline(self) -> float | None:
        """The score, or None where too little was graded for one number."""
        return self.score if self.coverage >= self.floor else None
