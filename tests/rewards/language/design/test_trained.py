"""Results of trainings as plain values and back."""

import json
import math

import pytest
from designed_line import BATCH

from rewardlab.rewards.language.design.trained import Trained


@pytest.mark.parametrize(
    "made",
    [
        Trained(0.25, 0.2, ((0, 0.0), (10, 0.25)), None, 1.5, None, {"near": (1 / 3, 0.1)}),
        Trained(float("nan"), -3.0, ((0, -5.0),)),
        Trained.failed("out of memory", 2.0),
    ],
)
def test_they_come_back_from_strict_json(made):
    again = Trained.from_json(json.loads(json.dumps(made.to_json(), allow_nan=False)), BATCH)
    assert repr(again) == repr(made) and again.steps is BATCH and again.without_steps().steps is None


def test_success_counts_before_the_return_and_a_failure_below_all():
    order = [Trained.failed("x"), Trained(float("nan"), -1.0), Trained(0.0, 0.5), Trained(0.1, 0.1), Trained(1.0, -9.0)]
    assert sorted(order, key=lambda t: t.score) == order
    assert not any(math.isnan(x) for t in order for x in t.score)
