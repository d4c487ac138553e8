import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards.specification.lotteries import chain, lottery, pairs, pays, probabilities, recurrent


def test_a_lottery_lists_every_trajectory_once_and_its_probabilities_sum_to_one():
    P = np.array([[[0, 0.5, 0.5], [0, 0, 1]], [[0.25, 0.75, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 1]]])
    mdp = TabularMDP(P, np.zeros((3, 2)), gamma=0.9, terminal=np.array([False, False, True]))
    found = lottery(np.array([[1.0, 0], [0.5, 0.5], [1, 0]]), mdp, 2)
    rows = zip(found.states.tolist(), found.actions.tolist(), found.probability.tolist(), strict=True)
    told = {(*states, *actions): chance for states, actions, chance in rows}
    assert told == {
        (0, 2, -1, 0, -1): 0.5,
        (0, 1, 0, 0, 0): 0.0625,
        (0, 1, 1, 0, 0): 0.1875,
        (0, 1, 1, 0, 1): 0.25,
    }


def test_the_mean_return_of_a_lottery_is_the_exact_value():
    rng = np.random.default_rng(0)
    for per_transition in (True, False):
        mdp = random_mdp(rng, states=5, actions=2, branching=2, gamma=0.8, per_transition=per_transition)
        policy = rng.dirichlet(np.ones(2), 5)
        found = lottery(policy, mdp, 5)
        assert found.probability.sum() == pytest.approx(1, abs=1e-12)
        mean = found.probability @ found.discounted(pays(mdp), 0.8)
        assert mean == pytest.approx(mdp.evaluate(np.stack([policy] * 5), horizon=5).value, abs=1e-12)
        many = found.discounted(np.stack([pays(mdp), 2 * pays(mdp)], axis=1), 0.8)
        np.testing.assert_allclose(many[:, 1], 2 * many[:, 0])


def test_the_chain_of_a_policy_and_its_recurrent_classes():
    rng = np.random.default_rng(1)
    mdp = random_mdp(rng, states=5, actions=2, branching=2)
    dense, _ = mdp.dense()
    policy = rng.dirichlet(np.ones(2), 5)
    np.testing.assert_allclose(chain(policy, mdp), np.einsum("sa,sat->st", policy, dense), atol=1e-12)
    assert (pairs(mdp) == np.repeat(np.arange(10), np.diff(mdp.P.indptr))).all()
    P = np.array([[0.5, 0.5, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
    assert sorted(map(list, recurrent(P))) == [[1, 2], [3]]


def test_mistakes_are_named():
    mdp = random_mdp(np.random.default_rng(0), states=4, actions=2)
    assert probabilities(np.array([0, 1, 1, 0]), mdp).tolist() == [[1, 0], [0, 1], [0, 1], [1, 0]]
    for policy in (np.zeros(3, dtype=int), np.full(4, 2), np.full((4, 2), 0.4), np.array([[2.0, -1]] * 4)):
        with pytest.raises(BadOption, match="a policy of shape"):
            probabilities(policy, mdp)
    with pytest.raises(BadOption, match="trajectories"):
        lottery(np.full((4, 2), 0.5), mdp, 30)
    with pytest.raises(BadOption, match="horizon"):
        lottery(np.full((4, 2), 0.5), mdp, 0)
