"""Random tables: what is planted in them is what is found by solving them."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv
from rewardlab.envs.mdps import RandomMDP


@pytest.mark.parametrize("gamma", [0.0, 0.9, 0.999, None])
@pytest.mark.parametrize("tied", [1, 2, 4])
def test_planted_ties_and_gaps_are_found(gamma, tied):
    rules = RandomMDP(states=7, actions=4, tied=tied, gap=0.2, gamma=gamma, instance=tied)
    mdp = rules.to_mdp()
    best = mdp.solve()
    short = best.V[:, None] - best.Q
    assert (best.optimal_actions(1e-8).sum(1) == tied).all()
    others = short[short > 1e-8]
    assert len(others) == 7 * (4 - tied)
    if len(others):
        assert others.min() >= 0.2 - 1e-8 and others.max() <= 0.4 + 1e-8
    if gamma is None:
        assert best.value == pytest.approx(0.0, abs=1e-9)  # planted with gain 0
    np.testing.assert_allclose(rules._tables()["loss"].reshape(7, 4), np.where(short < 1e-8, 0, short), atol=1e-8)


@pytest.mark.parametrize("r", [-1.0, -0.3, 0.0, 0.7, 1.0])
def test_the_proxy_correlates_as_asked_under_random_play(r):
    rules = RandomMDP(states=8, actions=3, reward="normal", proxy=r, gamma=0.95, instance=5)
    mdp, true = rules.to_mdp(), rules.true_mdp()
    weight = mdp.occupancy(np.full((8, 3), 1 / 3)) * 0.05
    assert weight.sum() == pytest.approx(1.0)

    def moments(x, y):
        return (weight * x * y).sum() - (weight * x).sum() * (weight * y).sum()

    Q, R = mdp.R, true.R
    assert moments(Q, R) / np.sqrt(moments(Q, Q) * moments(R, R)) == pytest.approx(r, abs=1e-10)
    assert (weight * Q).sum() == pytest.approx((weight * R).sum(), abs=1e-12)
    assert moments(Q, Q) == pytest.approx(moments(R, R), rel=1e-10)


def test_hacking_happens_where_the_correlation_ends():
    """Some tables make the best proxy policy worse than random play, although the proxy correlates with it."""
    worse = 0
    for instance in range(40):
        rules = RandomMDP(states=6, actions=3, reward="normal", proxy=0.2, instance=instance)
        true = rules.true_mdp()
        worse += true.evaluate(rules.to_mdp().solve().policy).value < true.evaluate(np.full((6, 3), 1 / 3)).value
    assert 1 <= worse < 20  # and more often than not it still helps


@pytest.mark.parametrize("branching", [1, 3, None])
def test_branches_are_as_many_as_asked(branching):
    mdp = RandomMDP(states=9, actions=4, branching=branching, instance=3).to_mdp()
    P = mdp.dense()[0]
    assert ((P > 0).sum(2) == (branching or 9)).all()
    np.testing.assert_allclose(P.sum(2), 1.0, atol=1e-12)
    # branches are spread over all states, their order with no meaning
    assert len(np.unique(np.nonzero(P)[2])) == 9


def test_instances_and_reward_laws():
    a, b, c = (RandomMDP(instance=i).to_mdp() for i in (0, 0, 1))
    assert (a.P.toarray() == b.P.toarray()).all() and (a.R == b.R).all() and (a.R != c.R).any()
    sparse = RandomMDP(states=40, actions=5, reward="sparse").to_mdp().R
    assert set(np.unique(sparse)) == {0.0, 1.0} and 5 <= sparse.sum() <= 40
    rules = RandomMDP(states=6, actions=2, reward="linear", features=3)
    np.testing.assert_allclose(rules.process.R, rules.feature_table @ rules.weights, atol=1e-15)
    assert rules.feature_table.shape == (6, 2, 3)
    near = RandomMDP(states=20, concentration=0.001).to_mdp()
    assert np.isfinite(near.P.data).all() and np.median(near.dense()[0].max(2)) > 0.99


def test_agents_act_together():
    rules = RandomMDP(states=10, actions=4, agents=2)
    assert rules.process.num_actions == 16 and rules.action_space.nvec.tolist() == [4, 4]
    env = WorldEnv(rules)
    s, _ = env.reset(seed=0)
    for action in ([0, 3], [3, 0], [2, 1]):
        after, reward, _, _, _ = env.step(np.array(action))
        assert reward == rules.process.R[s, action[0] * 4 + action[1]]
        s = after


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"states": 0}, "states=0"),
        ({"branching": 11}, "branching=11"),
        ({"reward": "normall"}, "reward='normall'(.|\n)*normal"),
        ({"tied": 4}, "tied=4"),
        ({"tied": 1, "horizon": 3}, "tied=1"),
        ({"proxy": 1.5}, "proxy=1.5"),
        ({"proxy": 0.5, "reward": "none"}, "proxy=0.5"),
        ({"gamma": 1.0}, "gamma=1.0"),
        ({"actions": 64, "agents": 4}, "20 million"),
        ({"concentration": 0.0}, "concentration=0.0"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        RandomMDP(**options)
