from agentkit.toolchain.inside.peaks import measure, shortest


def test_any_machine_moves_and_multiplies() -> None:
    found = measure(cuda=False)
    assert found["bytes"] > 1e8
    assert found["flops"] > 1e8


def test_the_fastest_of_several_counts() -> None:
    calls: list[int] = []
    assert shortest(lambda: calls.append(1)) < 1
    assert len(calls) == 6
