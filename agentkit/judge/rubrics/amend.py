"""What somebody else's rubric lacks for a judge: corrections, and what its leaves are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentkit.contracts.rubric import Criterion, LeafKind, Rubric
from agentkit.errors import BadFile, nearest
from agentkit.judge.tree import walk


def amended(
    rubric: Rubric,
    errata: Sequence[str] = (),
    kinds: Mapping[str, LeafKind] | None = None,
    path: object = "the amendment",
) -> Rubric:
    """`errata` follow the rubric's own. `kinds` by id: of a leaf, or of all leaves below a criterion that
    have no kind yet; the nearest id above counts.

    Raises BadFile for an id that the rubric does not have; `path` is where the ids were written.
    """
    kinds = kinds or {}
    known = [each.id for each in walk(rubric.criteria)]
    for id in kinds:
        if id not in known:
            near = nearest(id, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise BadFile(path, f"kinds.{id}", f"an id of rubric '{rubric.title}'{hint}", f"'{id}'")

    def given(criterion: Criterion, above: LeafKind | None) -> Criterion:
        kind = kinds.get(criterion.id, above)
        if criterion.children:
            children = tuple(given(each, kind) for each in criterion.children)
            return criterion.model_copy(update={"children": children})
        own = criterion.kind if criterion.id not in kinds else None
        return criterion.model_copy(update={"kind": own or kind})

    return rubric.model_copy(
        update={
            "errata": (*rubric.errata, *errata),
            "criteria": tuple(given(each, None) for each in rubric.criteria),
        }
    )
