from __future__ import annotations

from agentkit.contracts.attempt import Expansion
from agentkit.journal.fold import Selected
from agentkit.journal.tree import Tree
from agentkit.runs.simulation.landscapes import LANDSCAPES
from agentkit.runs.simulation.world import Conditions, LandscapeWorld
from agentkit.search.operators import ATOMIC_EDIT, DEBUG, DRAFT, IMPROVE

OPERATORS = {"draft": DRAFT, "improve": IMPROVE, "debug": DEBUG, "atomic_edit": ATOMIC_EDIT}


def world(**conditions: float) -> LandscapeWorld:
    return LandscapeWorld(LANDSCAPES["smooth"], Conditions(**conditions), OPERATORS, seed=7)


def selected(number: int, operator: str, *parents: str) -> Selected:
    return Selected(f"a{number}", Expansion(operator=operator, parents=parents), number, number)


def test_shares_of_crashes_and_of_slow_runs_are_kept() -> None:
    ground = world(crash=0.3, slow=0.2)
    made = [ground.carry_out(selected(number, "draft"), Tree()) for number in range(2000)]
    crashed = sum(not each.valid for each in made) / len(made)
    slow = sum(each.outcome.seconds > 2.5 for each in made if each.valid)
    assert 0.26 < crashed < 0.34
    assert 0.16 < slow / sum(each.valid for each in made) < 0.24
    assert all(each.buggy != each.valid for each in made)


def test_a_repair_makes_the_program_do_what_was_meant() -> None:
    ground = world(crash=1.0, repair=1.0, noise=0.0)
    failed = ground.carry_out(selected(1, "draft"), Tree())
    mended = ground.carry_out(selected(2, "debug", "a1"), Tree([failed]))
    assert (failed.fitness, mended.fitness) == (None, ground.landscape.value(ground.points["a1"]))


def test_what_comes_of_an_attempt_does_not_depend_on_when_it_is_begun() -> None:
    early, late = world(), world()
    first = early.carry_out(selected(5, "draft"), Tree())
    for number in range(5):
        late.carry_out(selected(number, "draft"), Tree())
    assert late.carry_out(selected(5, "draft"), Tree()) == first


def test_an_atomic_edit_goes_less_far_and_crashes_less() -> None:
    ground = world(crash=0.5)
    ground.carry_out(selected(0, "draft"), Tree())
    far: dict[str, list[float]] = {}
    valid: dict[str, int] = {}
    for number in range(1, 400):
        for operator in ("improve", "atomic_edit"):
            made = ground.carry_out(selected(number, operator, "a0"), Tree())
            moved = max(abs(a - b) for a, b in zip(ground.points[made.id], ground.points["a0"], strict=True))
            far.setdefault(operator, []).append(moved)
            valid[operator] = valid.get(operator, 0) + made.valid
    assert sum(far["atomic_edit"]) < 0.6 * sum(far["improve"])
    assert valid["atomic_edit"] > valid["improve"]
