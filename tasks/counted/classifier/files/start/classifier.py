"""The perceptron, trained on a stream of examples. `learn` is what is measured."""

EXAMPLES = 1000
"""As few as reach the target."""


def learn(draw, features):
    """Weights of a linear rule; each call of `draw`, which gives an example and its label, costs."""
    weights = [0.0] * features
    for number in range(EXAMPLES):
        example, label = draw()
        if label * product(weights, example) <= 0:
            weights = [weight + label * each for weight, each in zip(weights, example, strict=True)]
    return weights


def product(weights, example):
    return sum(weight * each for weight, each in zip(weights, example, strict=True))
