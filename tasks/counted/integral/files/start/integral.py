"""Integration by Simpson's rule, with ever more panels. `integrate` is what is measured."""

FIRST = 8
"""Panels to begin with."""


def integrate(function, low, high, tolerance):
    """The integral to within `tolerance`; each call of `function` costs."""
    panels = FIRST
    best = float("inf")
    before = trapezoid(function, low, high, panels)
    while True:
        panels *= 2
        now = trapezoid(function, low, high, panels)
        better = now + (now - before) / 3
        if abs(better - best) < tolerance:
            return better
        before, best = now, better


def trapezoid(function, low, high, panels):
    width = (high - low) / panels
    inner = sum(function(low + number * width) for number in range(1, panels))
    return width * (inner + (function(low) + function(high)) / 2)
