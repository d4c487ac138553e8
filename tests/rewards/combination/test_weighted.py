import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.tabulate import tabulate
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import Weighted, non_dominated


def test_the_pay_is_the_weighted_mean_in_the_type_of_the_reward():
    batch = steps(2, reward_vector=[[1.0, 4.0], [2.0, -2.0]])
    assert Weighted((0.25, 0.75))(batch).tolist() == [3.25, -1.0]
    assert Weighted((1.0, 0.0))(batch).tolist() == [1.0, 2.0]


def test_positive_weights_have_pareto_optimal_optima():
    rng = np.random.default_rng(0)
    for _ in range(5):
        mdp = random_mdp(rng, states=4, actions=2)
        vectors = rng.normal(size=(len(mdp.P.data), 2))
        best = tabulate(mdp, Weighted((0.4, 0.6), "r"), columns={"r": vectors}).mdp.solve().policy
        every = np.array(np.meshgrid(*[[0, 1]] * 3, [0])).reshape(4, -1).T  # all policies; state 3 ends
        worth = []
        for policy in [best, *every]:
            worth.append(
                [
                    tabulate(mdp, Weighted(w, "r"), columns={"r": vectors}).mdp.evaluate(policy).value
                    for w in ((1.0, 0.0), (0.0, 1.0))
                ]
            )
        assert non_dominated(np.array(worth).round(9))[0]


def test_bad_weights_and_widths_are_refused_and_nan_shows():
    with pytest.raises(BadOption, match="sum to 1"):
        Weighted((1.0, 1.0))
    with pytest.raises(BadBatch, match="column"):
        Weighted((0.5, 0.5))(steps(2, reward_vector=np.zeros((2, 3))))
    assert np.isnan(Weighted((1.0, 0.0))(steps(1, reward_vector=[[1.0, np.nan]]))).all()
