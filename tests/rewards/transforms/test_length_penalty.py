"""Length costs beyond what is free."""

import numpy as np
import pytest
from contracts.row import sample

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.rewards import LengthPenalty


def test_only_what_is_beyond_the_free_length_costs():
    batch = sample(4).paying(np.ones(4), length=np.array([0, 5, 6, 16]))
    np.testing.assert_allclose(LengthPenalty(0.1, free=6.0)(batch), [1, 1, 1, 0])
    np.testing.assert_allclose(LengthPenalty(0.1)(batch), [1, 0.5, 0.4, -0.6])


def test_a_weight_that_pays_for_length_is_refused():
    for weight in (-0.1, float("inf"), float("nan"), True):
        with pytest.raises(BadOption, match="weight"):
            LengthPenalty(weight)
    with pytest.raises(MissingColumn, match="length"):
        LengthPenalty(0.1)(sample(3))
