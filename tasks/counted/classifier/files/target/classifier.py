"""The averaged perceptron, trained several times on the same examples. `learn` is what is measured."""

EXAMPLES = 100
"""As few as reach the target."""
PASSES = 10
"""How often each is learnt from."""


def learn(draw, features):
    """Weights of a linear rule; each call of `draw`, which gives an example and its label, costs."""
    weights = [0.0] * features
    total = [0.0] * features
    for example, label in [draw() for _ in range(EXAMPLES)] * PASSES:
        if label * product(weights, example) <= 0:
            weights = [weight + label * each for weight, each in zip(weights, example, strict=True)]
        total = [whole + weight for whole, weight in zip(total, weights, strict=True)]
    return total


def product(weights, example):
    return sum(weight * each for weight, each in zip(weights, example, strict=True))
