import itertools

import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadReward, MissingColumn
from rewardlab.rewards import DifferenceReward


def test_it_takes_off_what_would_have_been_without_the_agent():
    batch = steps(2, reward=[5.0, 1.0], without_me=[3, 2], team=[7.0, 7.0])
    assert DifferenceReward()(batch).tolist() == [2.0, -1.0]
    assert DifferenceReward(common="team")(batch).tolist() == [4.0, 5.0]
    assert DifferenceReward(lambda b: b.reward * 0.5)(batch).tolist() == [2.5, 0.5]


def crowd(choice, capacity=2.0):
    """What a bar is worth on three nights, x exp(−x / capacity) of its visitors each; choices [..., agents]."""
    visitors = np.stack([(choice == night).sum(-1) for night in range(3)], -1)
    return (visitors * np.exp(-visitors / capacity)).sum(-1)


@pytest.mark.parametrize("agents", [3, 4])
def test_it_ranks_the_choices_of_an_agent_as_the_common_reward_does(agents):
    joint = np.array(list(itertools.product(range(3), repeat=agents)))
    for i in range(agents):
        alone = np.where(np.arange(agents) == i, -1, joint)  # agent i stays at home
        batch = steps(len(joint), reward=crowd(joint), without_me=crowd(alone))
        D, G = DifferenceReward()(batch), crowd(joint)
        others = np.delete(joint, i, axis=1) @ 3 ** np.arange(agents - 1)
        for other in np.unique(others):
            rows = others == other
            np.testing.assert_allclose(D[rows] - D[rows][0], G[rows] - G[rows][0], atol=1e-12)


def heard(reward, own):
    """The share of a reward's variance that is the agent's own choice."""
    means = np.array([reward[own == a].mean() for a in range(3)])[own]
    return means.var() / reward.var()


def test_it_hears_an_agent_better_than_the_common_reward():
    """Ten others, most of whom go on the first night."""
    rng = np.random.default_rng(0)
    joint = rng.choice(3, (20000, 11), p=[0.6, 0.2, 0.2])
    alone = np.where(np.arange(11) == 0, -1, joint)
    common = crowd(joint, 3.0)
    difference = DifferenceReward()(steps(len(joint), reward=common, without_me=crowd(alone, 3.0)))
    assert heard(difference, joint[:, 0]) > 3 * heard(common, joint[:, 0])


def test_mistakes_are_named():
    with pytest.raises(MissingColumn, match="without_me"):
        DifferenceReward()(steps(1))
    with pytest.raises(BadReward, match="DifferenceReward"):
        DifferenceReward()(steps(2, without_me=np.zeros((2, 3))))
