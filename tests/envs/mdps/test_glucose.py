"""Glucose: transitions by a slow enumeration, and a bill whose optimum does harm."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.mdps import Glucose


def test_transitions_are_those_of_meals_and_drift():
    rules = Glucose(levels=6, target=2, meal=0.3, size=2, drift=0.25)
    P = rules.to_mdp().dense()[0]
    for level in range(6):
        for dose in range(4):
            law = np.zeros(6)
            for eats, p in ((0, 0.7), (1, 0.3)):
                for rises, q in ((0, 0.75), (1, 0.25)):
                    law[min(max(level + 2 * eats + rises - dose, 0), 5)] += p * q
            np.testing.assert_allclose(P[level, dose], law, atol=1e-15)


def test_risk_and_bill():
    rules = Glucose()
    assert rules.risk[5] == 0.0 and rules.risk[14] == 1.0
    assert rules.risk[4] == pytest.approx(4 * rules.risk[6])
    bill, truth = rules.to_mdp().R, rules.true_mdp().R
    assert bill[5].tolist() == [0.0, -0.5, -1.0, -1.5] and bill[14, 0] == bill[0, 0] == -1.0
    np.testing.assert_array_equal(truth, -np.tile(rules.risk[:, None], 4))


def test_the_bill_is_hacked():
    rules = Glucose()
    paid, true = rules.to_mdp().solve(), rules.true_mdp()
    best = true.solve()
    assert paid.policy[6:9].sum() == 0 < best.policy[6:9].min()  # above the target the bill waits and the truth treats
    assert true.evaluate(paid.policy).value < best.value - 5
    assert rules.to_mdp().evaluate(best.policy).value < paid.value - 1
    assert (np.diff(best.policy) >= 0).all()  # the higher, the more
    frames = [rules.draw({"state": np.array([s])}, 0) for s in (2, 12)]
    assert (frames[0] != frames[1]).any()


@pytest.mark.parametrize(
    "options",
    [{"levels": 4}, {"target": 14}, {"doses": 1}, {"meal": 1.5}, {"size": 0}, {"drift": -0.1}, {"gamma": 1.0}],
)
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        Glucose(**options)
