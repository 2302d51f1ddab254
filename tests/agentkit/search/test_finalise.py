import asyncio

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.outcome import Outcome
from agentkit.journal.tree import Tree
from agentkit.search.finalise import BestRemeasured, fresh_seeds


def attempt(id: str, fitness: float | None) -> Attempt:
    return Attempt(id=id, operator="x", outcome=Outcome(status="valid"), fitness=fitness)


TREE = Tree([attempt("a1", 1.0), attempt("a2", 3.0), attempt("a3", None), attempt("a4", 2.0)])


def choose(
    fails: dict[str, int], seeds: tuple[int, ...] = (7, 8, 9)
) -> tuple[str | None, list[tuple[str, int]]]:
    """`fails`: on how many of the seeds an attempt is not valid."""
    asked: list[tuple[str, int]] = []

    async def measure(attempt: Attempt, seed: int) -> float | None:
        asked.append((attempt.id, seed))
        return None if seeds.index(seed) < fails.get(attempt.id, 0) else 1.0

    chosen = asyncio.run(BestRemeasured(seeds).choose(TREE, measure))
    return (chosen.id if chosen else None), asked


def test_the_fittest_is_measured_on_every_fresh_seed() -> None:
    assert choose({}) == ("a2", [("a2", 7), ("a2", 8), ("a2", 9)])


def test_one_failure_of_three_is_noise_two_are_not() -> None:
    assert choose({"a2": 1})[0] == "a2"
    assert choose({"a2": 2})[0] == "a4"


def test_without_one_that_holds_up_there_is_no_answer() -> None:
    assert choose({"a1": 3, "a2": 3, "a4": 3})[0] is None


def test_fresh_seeds_are_never_those_of_the_search() -> None:
    search = {0 * 1000 + number % 500 for number in range(2000)}
    assert not search & set(fresh_seeds(0, 100))
    assert not set(fresh_seeds(0, 100)) & set(fresh_seeds(1, 100))
