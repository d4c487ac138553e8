import numpy as np
import pytest
from steps import steps

from rewardlab.core.constrained import solve_constrained
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import moves_of, tabulate
from rewardlab.rewards import BehaviourSpecification, Column

GAMMA = 0.9
COSTS = (Column("lava"), Column("noise"))


def told(**columns):
    """One step that tells the exact frequency of each indicator."""
    return steps(1, **{k: [float(v)] for k, v in columns.items()})


def lava_speed():
    """A ring of six places to run round, the goal pays at place 0; running is noisy, place 3 is lava.

    Actions: walk (may stay), run (surely on), detour (slow, and past the lava).
    """
    P, R = np.zeros((6, 3, 6)), np.zeros((6, 3, 6))
    for s in range(6):
        on, past = (s + 1) % 6, (s + 2) % 6 if s == 2 else (s + 1) % 6
        P[s, 0, on], P[s, 0, s] = 0.6, 0.4
        P[s, 1, on] = 1.0
        P[s, 2, past], P[s, 2, s] = 0.3, 0.7
    R[5, :, 0] = 1.0
    mdp = TabularMDP(P, R, gamma=GAMMA, initial=np.full(6, 1 / 6))
    moves = moves_of(mdp)
    columns = {"lava": moves.obs == 3, "noise": (moves.action == 1) & (moves.obs != 5)}
    flat = np.array([[s == 3, (a == 1) & (s != 5)] for s in range(6) for a in range(3)], dtype=float)
    return mdp, columns, flat.T.reshape(2, 6, 3)


def test_frequencies_multipliers_and_value_are_those_of_the_linear_programme():
    mdp, columns, c = lava_speed()
    d = np.array([0.06, 0.4])
    exact = solve_constrained(mdp, c, d / (1 - GAMMA))
    assert (exact.multipliers > 0.01).all()  # both requirements bind
    reward = BehaviourSpecification(Task(), COSTS, tuple(d), lr=0.3, ema=0.0)
    total, prices = np.zeros((6, 3)), []
    for t in range(1500):
        x = mdp.occupancy(tabulate(mdp, reward, columns=columns).mdp.solve().policy)
        seen = (1 - GAMMA) * np.tensordot(c, x, 2)
        assert (seen >= 0).all() and (seen <= 1).all()  # indicators have frequencies
        reward.update(told(lava=seen[0], noise=seen[1]))
        weights = reward.multipliers
        assert sum(weights) == pytest.approx(1.0) and min(weights) > 0
        if t >= 500:
            total += x / 1000
            prices.append(np.array(weights[1:]) / weights[0])
    seen = (1 - GAMMA) * np.tensordot(c, total, 2)
    assert (seen <= d + 0.02).all()
    assert (total * mdp.R).sum() == pytest.approx(exact.value, rel=0.05)
    np.testing.assert_allclose(np.mean(prices, axis=0), exact.multipliers, rtol=0.1, atol=0.02)


def test_few_hand_set_weights_meet_both_requirements():
    mdp, columns, c = lava_speed()
    d = np.array([0.06, 0.4])
    exact = solve_constrained(mdp, c, d / (1 - GAMMA)).value
    good = 0
    for a in np.logspace(-2, 1, 5):
        for b in np.logspace(-2, 1, 5):
            weighed = Task() - a * COSTS[0] - b * COSTS[1]
            x = mdp.occupancy(tabulate(mdp, weighed, columns=columns).mdp.solve().policy)
            meets = ((1 - GAMMA) * np.tensordot(c, x, 2) <= d).all()
            good += bool(meets and (x * mdp.R).sum() >= 0.95 * exact)
    assert good <= 5  # of 25


def test_the_pay_by_hand_and_what_is_missed_for_long_stays_bounded():
    reward = BehaviourSpecification(Task(), COSTS, (0.1, 0.1), lr=1.0, ema=0.0)
    batch = steps(3, reward=[3.0, 3.0, 3.0], lava=[0, 1, 0], noise=[0, 0, 1])
    np.testing.assert_allclose(reward(batch), [1.0, 2 / 3, 2 / 3])
    for _ in range(500):
        reward.update(told(lava=1.0, noise=0.0))
    zero, lava, noise = reward.multipliers
    assert zero + lava + noise == pytest.approx(1.0) and lava > 0.999 and abs(reward(batch)).max() <= 3


def test_a_success_that_is_rare_lends_its_weight_to_the_dense_reward():
    reward = BehaviourSpecification(Task(), (Column("lava"),), (0.1,), Column("done"), 0.8, lr=1.0, ema=0.0)
    for _ in range(3):
        reward.update(told(lava=0.1, done=0.0))
    zero, lava, success = reward.multipliers
    np.testing.assert_allclose([zero, lava, success], np.exp([0, 0, 2.4]) / np.exp([0, 0, 2.4]).sum())
    parts = reward.parts(steps(1, reward=[1.0], lava=[1.0], done=[1.0]))
    np.testing.assert_allclose([v[0] for v in parts.values()], [success, -lava, success])
    for _ in range(30):
        reward.update(told(lava=0.1, done=1.0))
    zero, _, success = reward.multipliers
    assert zero > success
    assert reward.parts(steps(1, reward=[1.0], lava=[0.0], done=[0.0]))["task"][0] == pytest.approx(zero)


def test_thresholds_are_frequencies():
    for d, rate in (((1.5,), 0.0), ((-0.1,), 0.0), ((0.1,), 2.0)):
        with pytest.raises(BadOption):
            BehaviourSpecification(Task(), (Column("lava"),), d, Column("done"), rate)
