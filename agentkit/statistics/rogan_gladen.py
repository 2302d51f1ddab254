"""How many there are, where the instrument that counted them errs at known rates.

Rogan & Gladen, American Journal of Epidemiology 107 (1978); the interval is Lang & Reiczigel's, Preventive
Veterinary Medicine 113 (2014), which also carries the noise of the two rates.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from agentkit.contracts.calibration import Estimate


def corrected_share(said: float, true_positive_rate: float, true_negative_rate: float) -> float | None:
    """The share of positives behind a share that was said to be; None where the rates tell nothing apart."""
    tells = true_positive_rate + true_negative_rate - 1
    if tells <= 0:
        return None
    return min(1.0, max(0.0, (said + true_negative_rate - 1) / tells))


def corrected_count(
    said: tuple[int, int], found: tuple[int, int], refused: tuple[int, int], level: float = 0.95
) -> Estimate | None:
    """Of three (count, of so many): said to be positive; true positives found; true negatives refused."""
    if not (said[1] and found[1] and refused[1]):
        return None
    value = corrected_share(said[0] / said[1], found[0] / found[1], refused[0] / refused[1])
    if value is None:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    # All three proportions are pulled to the middle first: near 0 and 1 the normal curve would be too narrow.
    n, said_share = said[1] + z * z, (said[0] + z * z / 2) / (said[1] + z * z)
    found_share, refused_share = (found[0] + 1) / (found[1] + 2), (refused[0] + 1) / (refused[1] + 2)
    of_found = found_share * (1 - found_share) / (found[1] + 2)
    of_refused = refused_share * (1 - refused_share) / (refused[1] + 2)
    tells = found_share + refused_share - 1
    if tells <= 0:
        return Estimate(value=value, low=0.0, high=1.0, n=said[1])
    middle = (said_share + refused_share - 1) / tells
    shift = 2 * z * z * (middle * of_found - (1 - middle) * of_refused)
    noise = said_share * (1 - said_share) / n + middle**2 * of_found + (1 - middle) ** 2 * of_refused
    half = z * math.sqrt(noise) / tells
    low, high = max(0.0, middle + shift - half), min(1.0, middle + shift + half)
    # The shift can carry an end past the estimate itself, which is not pulled to the middle.
    return Estimate(value=value, low=min(low, value), high=max(high, value), n=said[1])
