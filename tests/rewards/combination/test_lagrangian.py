import numpy as np
import pytest
from steps import steps

from rewardlab.core.constrained import solve_constrained
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import tabulate
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import Column, Lagrangian


def told(**columns):
    """One step that tells the exact mean of each column."""
    return steps(1, **{k: [float(v)] for k, v in columns.items()})


def test_the_pay_and_its_parts_by_hand():
    reward = Lagrangian(Task(), (Column("a"), Column("b")), (0.5, 0.5), lr=0.5, ema=0.0)
    batch = steps(2, reward=[1.0, 2.0], a=[1.0, 0.0], b=[0.0, 1.0])
    assert reward(batch).tolist() == [1.0, 2.0]  # nothing is priced yet
    reward.update(told(a=2.5, b=0.0))
    assert reward.multipliers == (1.0, 0.0)
    assert reward(batch).tolist() == [0.0, 2.0]
    assert {k: v.tolist() for k, v in reward.parts(batch).items()} == {"task": [1, 2], "a": [-1, 0], "b": [0, 0]}
    reward.update(told(a=0.0, b=9.0))
    assert reward.multipliers == (0.75, 4.25)


def averaged(mdp, columns, reward, rounds):
    """Best responses to the reward, which is told the exact mean costs of each; the mean occupancy, frequencies."""
    total = np.zeros_like(mdp.R)
    scale = 1.0 - mdp.gamma
    pairs = np.repeat(np.arange(mdp.R.size), np.diff(mdp.P.indptr))
    costs = {k: np.bincount(pairs, mdp.P.data * v, mdp.R.size).reshape(mdp.R.shape) for k, v in columns.items()}
    prices = []
    for t in range(rounds):
        priced = mdp.with_reward(mdp.R - sum(m * c for m, c in zip(reward.multipliers, costs.values(), strict=True)))
        if t % 100 == 0:
            np.testing.assert_allclose(tabulate(mdp, reward, columns=columns).mdp.R, priced.R, atol=1e-12)
        x = mdp.occupancy(priced.solve().policy)
        reward.update(told(**{k: scale * (x * c).sum() for k, c in costs.items()}))
        total += x / (rounds // 2) * (t >= rounds // 2)
        prices.append(reward.multipliers)
    assert rounds % 2 == 0
    return total, costs, np.mean(prices[rounds // 2 :], axis=0)


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_it_finds_the_value_and_the_prices_of_the_linear_programme(seed):
    rng = np.random.default_rng(seed)
    mdp = random_mdp(rng, states=6, actions=3, terminal=0, gamma=0.8, per_transition=False)
    columns = {"a": rng.random(len(mdp.P.data)), "b": rng.random(len(mdp.P.data))}
    pairs = np.repeat(np.arange(18), np.diff(mdp.P.indptr))
    c = np.stack([np.bincount(pairs, mdp.P.data * v, 18).reshape(6, 3) for v in columns.values()])
    best, thrifty = (mdp.occupancy(m.solve().policy) for m in (mdp, mdp.with_reward(-c.sum(0))))
    d = np.tensordot(c, 0.4 * best + 0.6 * thrifty, 2)  # what a mixture of the two spends: it can be kept
    exact = solve_constrained(mdp, c, d)
    reward = Lagrangian(Task(), (Column("a"), Column("b")), tuple(d * (1 - mdp.gamma)), lr=1.0, ema=0.0)
    total, costs, prices = averaged(mdp, columns, reward, 1500)
    spent = np.array([(total * k).sum() for k in costs.values()]) * (1 - mdp.gamma)
    assert (spent <= d * (1 - mdp.gamma) + 1e-3).all()
    assert (total * mdp.R).sum() == pytest.approx(exact.value, abs=0.005)
    np.testing.assert_allclose(prices, exact.multipliers, rtol=0.02, atol=0.1)
    assert exact.multipliers.max() > 0.1


def test_nan_costs_are_refused_by_name_and_paid_as_nan():
    reward = Lagrangian(Task(), (Column("a"),), (0.5,))
    with pytest.raises(BadBatch, match=r"Lagrangian.update"):
        reward.update(told(a=np.nan))
    reward.update(told(a=5.0))
    assert np.isnan(reward(told(a=np.nan))).all()


def test_bad_options_are_refused():
    for options in ({"lr": -1.0}, {"ema": 2.0}, {"cap": 0.0}):
        with pytest.raises(BadOption):
            Lagrangian(Task(), (Task(),), (0.5,), **options)
