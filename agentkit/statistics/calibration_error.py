"""Expected calibration error: how far confidence is from being right so often (Naeini et al., AAAI 2015)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agentkit.statistics.ratio import Array, ratio


def expected_calibration_error(answers: Array, correct: Array, stated: Sequence[float]) -> Array:
    """Σ n_b/n · |correct_b/n_b − stated_b| over the bins b of the last axis; NaN where there is no answer.

    A bin is a confidence that was stated, with the share of right answers it stands for.
    """
    missed = np.abs(correct - answers * np.asarray(stated)).sum(axis=-1)
    return ratio(missed, answers.sum(axis=-1))
