"""Findings: what an ablation came to. `report.json` in its folder, and `agentkit ablate --json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from agentkit.contracts.record import Record
from agentkit.contracts.task import Metric
from agentkit.runs.ablation.design import Design
from agentkit.runs.ablation.effects import (
    Effect,
    Estimated,
    Fate,
    Gains,
    difference,
    effect_of,
    estimated,
    fate_of,
    figures_of,
    stand_out,
    total,
)
from agentkit.runs.ablation.record import Ablation
from agentkit.runs.ablation.subject import Subject
from agentkit.source.atomic.edits import AtomicEdit
from agentkit.statistics.record_rule import DISTURBED

SUMS = ("left out", "added")


class EditFinding(Record):
    """One edit."""

    id: str
    where: str
    text: str
    joined: tuple[str, ...] = ()
    inert: str = ""
    """Why it was not measured."""
    left_out: Effect | None = None
    """What the whole loses without it."""
    without: Fate | None = None
    """How the whole without it fared; None: it was not measured."""
    added: Effect | None = None
    """What the start gains by it alone."""
    alone: Fate | None = None
    interacts: bool = False
    """Left out it is worth something else than alone, by more than the noise."""
    disagreement: Estimated | None = None
    """Worth left out minus worth alone."""


class SumFinding(Record):
    """All edits' effects of one kind together, beside the whole's."""

    of: Literal["left out", "added"]
    sum: Estimated
    beyond: Estimated
    """The whole minus the sum: 0 where edits do not act on each other."""
    interact: bool


class Findings(Record):
    """Everything, in the order of the edits."""

    version: Literal[1] = 1
    run: str
    task: str
    profile: str
    attempt: str
    against: str
    metric: Metric
    sandbox: str
    folder: str
    whole: Effect | None
    """None: the start gives no figure here."""
    start_mean: float | None
    whole_mean: float | None
    start: Fate
    finished: Fate
    """Of the attempt's own files."""
    edits: tuple[EditFinding, ...]
    sums: tuple[SumFinding, ...] = ()
    evaluations: int
    """Of the versions that these figures rest on."""
    planned: int
    seeds: int
    seconds: float
    trust: Literal["verified", "claimed"]
    stopped: str = ""
    """The limit that ended it before all was measured."""
    more: tuple[str, ...] = ()
    """What a reader should know of how it was measured."""


def findings_of(run: str, subject: Subject, design: Design, ablation: Ablation, stopped: str) -> Findings:
    metric = ablation.metric
    of = Figures(ablation, subject)
    start_files, whole_files = subject.opponents.against.files, subject.opponents.candidate.files
    start, whole = of.gains(start_files), of.gains(whole_files)
    gain = difference(whole, start)
    lost = {each: difference(whole, of.gains(files)) for each, files in design.without.items()}
    won = {each: difference(of.gains(files), start) for each, files in design.alone.items()}
    both = {each: difference(lost[each], won[each]) for each in lost if each in won}
    interacting = stand_out(both) if len(design.without) > 1 else frozenset()
    edits = tuple(finding(each, design, of, lost, won, both, interacting) for each in subject.edits)
    outcomes = [each.outcome for each in design.measured(ablation)]
    sign = -1 if metric.lower_is_better else 1
    means = [estimated({seed: sign * each for seed, each in found.items()}) for found in (start, whole)]
    return Findings(
        run=run,
        task=ablation.task,
        profile=ablation.profile,
        attempt=ablation.attempt,
        against=ablation.against,
        metric=metric,
        sandbox=ablation.sandbox,
        folder=str(subject.path),
        whole=effect_of(gain, subject.calibration, metric),
        start_mean=means[0].value if means[0] else None,
        whole_mean=means[1].value if means[1] else None,
        start=of.fate(start_files),
        finished=of.fate(whole_files),
        edits=edits,
        sums=tuple(sums(gain, lost, won)) if len(subject.active) > 1 else (),
        evaluations=len(outcomes),
        planned=len(design.versions) * design.seeds,
        seeds=len(ablation.outcomes(whole_files)),
        seconds=sum(each.seconds for each in outcomes),
        trust="verified" if all(each.trust == "verified" for each in outcomes) else "claimed",
        stopped=stopped,
        more=tuple(remarks(subject, design, ablation)),
    )


class Figures:
    """An ablation's measurements by version."""

    def __init__(self, ablation: Ablation, subject: Subject) -> None:
        self._ablation = ablation
        self.calibration = subject.calibration
        self.metric = ablation.metric

    def gains(self, files: str) -> Gains:
        return figures_of(self._ablation.outcomes(files), self.metric)

    def fate(self, files: str) -> Fate:
        return fate_of(self._ablation.outcomes(files), self.metric)


def finding(
    edit: AtomicEdit,
    design: Design,
    of: Figures,
    lost: Mapping[str, Gains],
    won: Mapping[str, Gains],
    both: Mapping[str, Gains],
    interacting: frozenset[str],
) -> EditFinding:
    name = edit.id
    without, alone = design.without.get(name), design.alone.get(name)
    return EditFinding(
        id=name,
        where=edit.where,
        text=edit.text,
        joined=edit.joined,
        inert=edit.inert,
        left_out=effect_of(lost.get(name, {}), of.calibration, of.metric),
        without=of.fate(without) if without else None,
        added=effect_of(won.get(name, {}), of.calibration, of.metric),
        alone=of.fate(alone) if alone else None,
        interacts=name in interacting,
        disagreement=estimated(both.get(name, {})),
    )


def sums(gain: Gains, lost: Mapping[str, Gains], won: Mapping[str, Gains]) -> Iterator[SumFinding]:
    """None where an edit has no figure: then there is no sum."""
    kinds: Sequence[tuple[Literal["left out", "added"], Mapping[str, Gains]]]
    kinds = (("left out", lost), ("added", won))
    for kind, parts in kinds:
        whole = total(list(parts.values()))
        beyond = difference(gain, whole)
        summed, left = estimated(whole), estimated(beyond)
        if summed is not None and left is not None:
            yield SumFinding(of=kind, sum=summed, beyond=left, interact=bool(stand_out({kind: beyond})))


def remarks(subject: Subject, design: Design, ablation: Ablation) -> Iterator[str]:
    if len(subject.active) == 1:
        yield "There is one edit: it cannot be cut further, and its effect is that of the whole."
    if design.seeds < 2:
        yield "One seed says nothing of the noise, so there are no intervals."
    if subject.calibration is None:
        yield "The run was not calibrated, so there is no share of the way from start to reference."
    elif subject.calibration.published is not None:
        yield "The ends are published figures, whose noise is not known: shares have no interval."
    outcomes = [each.outcome for each in design.measured(ablation)]
    disturbed = sum(any(flag.code == DISTURBED for flag in each.flags) for each in outcomes)
    if disturbed:
        yield (
            f"{disturbed} of {len(outcomes)} evaluations were made while the machine did something else; "
            "they count."
        )
