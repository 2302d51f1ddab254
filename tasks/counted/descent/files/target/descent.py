"""Gradient descent with momentum (the heavy ball). `minimise` is what is measured."""

RATE = 3.0
"""Length of a step, in units of one over the smoothness."""
MOMENTUM = 0.7
"""Share of the last step that is kept."""


def minimise(gradient, start, smoothness, tolerance):
    """A point at which the gradient is at most `tolerance` long; each call of `gradient` costs."""
    point = list(start)
    step = [0.0] * len(point)
    slope = gradient(point)
    while length(slope) > tolerance:
        step = [MOMENTUM * last - RATE / smoothness * each for last, each in zip(step, slope, strict=True)]
        point = [x + each for x, each in zip(point, step, strict=True)]
        slope = gradient(point)
    return point


def length(vector):
    return sum(each * each for each in vector) ** 0.5
