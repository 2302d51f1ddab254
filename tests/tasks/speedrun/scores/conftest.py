"""Tables of runs that are made in a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

Make = Callable[..., Any]


@pytest.fixture(scope="session")
def make_run(module: Callable[[str], Any]) -> Make:
    """A run of the model m with the scaffold s and no hints."""

    def make(start: int, run: object, **figures: Any) -> Any:
        who = {"model": "m", "scaffold": "s", "hints": "none", **figures}
        return module("scores.runs").Run(start=start, run=str(run), **who)

    return make


@pytest.fixture(scope="session")
def with_fsr(make_run: Make) -> Make:
    """One run for each FSR of each start."""

    def make(values: dict[int, Iterable[float | None]]) -> list[Any]:
        return [
            make_run(start, number, fsr=fsr)
            for start, each in values.items()
            for number, fsr in enumerate(each)
        ]

    return make


@pytest.fixture(scope="session")
def tasks(module: Callable[[str], Any]) -> tuple[int, ...]:
    found: tuple[int, ...] = module("scores.reference").tasks()
    return found
