"""Plain gradient descent. `minimise` is what is measured."""

RATE = 1.0
"""Length of a step, in units of one over the smoothness."""


def minimise(gradient, start, smoothness, tolerance):
    """A point at which the gradient is at most `tolerance` long; each call of `gradient` costs."""
    point = list(start)
    slope = gradient(point)
    while length(slope) > tolerance:
        step = [-RATE / smoothness * each for each in slope]
        point = [x + each for x, each in zip(point, step, strict=True)]
        slope = gradient(point)
    return point


def length(vector):
    return sum(each * each for each in vector) ** 0.5
