import sys

from agentkit.toolchain.inside.sampler import fold


def inner() -> str:
    return fold(sys._getframe())


def outer() -> str:
    return inner()


def test_a_stack_is_folded_with_the_outermost_first() -> None:
    frames = outer().split(";")
    assert frames[-1].startswith("inner (test_sampler.py:")
    assert frames[-2].startswith("outer (test_sampler.py:")
    assert fold(None) == ""
