import math

import numpy as np
import pytest

from agentkit.statistics.calibration_error import expected_calibration_error

STATED = (0.6, 0.8, 1.0)


def test_known_values() -> None:
    answers, correct = np.array([10.0, 10.0, 20.0]), np.array([6.0, 5.0, 15.0])
    # Right as stated; 0.3 below; 0.25 below: 0, 10/40 and 20/40 of all answers.
    assert expected_calibration_error(answers, correct, STATED) == pytest.approx(0.25 * 0.3 + 0.5 * 0.25)


def test_many_at_once_and_none_at_all() -> None:
    answers = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    found = expected_calibration_error(answers, np.zeros((2, 3)), STATED)
    assert found[0] == pytest.approx(0.6)
    assert math.isnan(found[1])
