"""Integration by Boole's rule, where no point is asked for twice. `integrate` is what is measured."""

FIRST = 8
"""Panels to begin with."""


def integrate(function, low, high, tolerance):
    """The integral to within `tolerance`; each call of `function` costs."""
    panels = FIRST
    best = last = float("inf")
    before = trapezoid(function, low, high, panels)
    while True:
        panels *= 2
        now = before / 2 + between(function, low, high, panels)
        better = now + (now - before) / 3
        finest = better + (better - best) / 15
        if abs(finest - last) < tolerance:
            return finest
        before, best, last = now, better, finest


def between(function, low, high, panels):
    """What the points add that half as many panels did not have."""
    width = (high - low) / panels
    return width * sum(function(low + number * width) for number in range(1, panels, 2))


def trapezoid(function, low, high, panels):
    width = (high - low) / panels
    inner = sum(function(low + number * width) for number in range(1, panels))
    return width * (inner + (function(low) + function(high)) / 2)
