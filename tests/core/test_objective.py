"""Objectives: plain functions and learning ones meet one protocol."""

import numpy as np

from rewardlab.core.batch import Group
from rewardlab.core.objective import Fixed, Objective, as_objective


def group():
    zero = np.zeros((3, 2, 4))
    return Group(zero - 1.0, zero, zero, zero + 1, np.array([[0.0, 1.0]] * 3))


def gap(g):
    return (g.h * g.reward).sum(-1)


class Moving:
    """An objective whose anchor follows the policy."""

    def __init__(self):
        self.anchor = 0.0

    def __call__(self, group):
        return group.h.mean(-1) - self.anchor

    def update(self, group):
        self.anchor = float(group.h.mean())


def test_a_function_is_wrapped_once():
    wrapped = as_objective(gap)
    assert isinstance(wrapped, Fixed) and isinstance(wrapped, Objective)
    np.testing.assert_array_equal(wrapped(group()), [-4.0] * 3)
    assert as_objective(wrapped) is wrapped
    assert wrapped.update(group()) is None and wrapped == Fixed(gap)


def test_an_objective_stays_itself_and_its_update_is_its_own():
    moving = Moving()
    kept = as_objective(moving)
    assert kept is moving
    np.testing.assert_array_equal(kept(group()), [-4.0] * 3)
    kept.update(group())
    np.testing.assert_array_equal(kept(group()), [0.0] * 3)
