"""RF-UCRL: its bound holds for rewards that come later, and it explores what random play does not."""

import math

import numpy as np
import pytest
from tables_that_tell import garnet, river, telling

from rewardlab.agents import RewardFreeUCRL
from rewardlab.core.errors import BadOption

H = 6


def test_the_uncertainty_is_that_of_the_paper():
    agent = RewardFreeUCRL(telling(garnet(0, 3, 2), 1, H), seed=0, horizon=H, delta=0.1, scale=0.05).learn(H * 200)
    E = np.zeros(3)
    for h in reversed(range(H)):
        n = agent.visits[0] if h == H - 1 else agent.known_steps[0]
        assert n.min() > 0
        beta = math.log(2 * 3 * 2 * H / 0.1) + 2 * np.log(math.e * (1 + n / 2))
        found = np.minimum(H - h, 0.05 * H * np.sqrt(2 * beta / n) + agent.chance[0] @ E)
        np.testing.assert_allclose(agent.Q[0, h], found, atol=1e-12)
        E = found.max(1)


def gaps(agent, mdp, rewards):
    """The largest error over rewards of the value of a policy [M], and the largest loss of a plan [M]."""
    error, loss = np.zeros(agent.memories), np.zeros(agent.memories)
    rng = np.random.default_rng(0)
    for _ in range(rewards):
        R = rng.random((mdp.num_states, mdp.num_actions)) * (rng.random((mdp.num_states, mdp.num_actions)) < 0.3)
        task = mdp.with_reward(R)
        best, Q = task.solve(H).value, agent.plan_for(R)
        for m in range(agent.memories):
            value = task.evaluate(Q[m].argmax(2), H).value
            promised = mdp.initial @ Q[m, 0].max(1)
            error[m], loss[m] = max(error[m], abs(promised - value)), max(loss[m], best - value)
    return error, loss


def test_no_value_is_further_off_than_the_uncertainty():
    mdp = river(4)
    for scale in (1.0, 0.05):
        agent = RewardFreeUCRL(telling(mdp, 12, H), seed=0, horizon=H, scale=scale, independent=True)
        agent.learn(12 * H * 150)
        error, loss = gaps(agent, mdp, 12)
        assert (error <= agent.uncertainty()).all() and (loss <= 2 * agent.uncertainty()).all()
    assert agent.uncertainty().max() < H / 2  # and the bound says something


def test_plans_for_rewards_that_come_later_get_better_and_beat_those_of_random_play():
    """The river's far bank is reached by those who look for it: what is paid there is known to them alone."""
    mdp, far = river(6), np.zeros((6, 2))
    far[5] = 1.0
    task = mdp.with_reward(far)
    steps = 10
    seeking = RewardFreeUCRL(telling(mdp, 20, steps), seed=0, horizon=steps, scale=0.02, independent=True)
    seeking.learn(20 * steps * 150)

    class Drifting(RewardFreeUCRL):
        def act(self, memory, when, state, rng):
            return rng.integers(2, size=len(state))

    drifting = Drifting(telling(mdp, 20, steps), seed=0, horizon=steps, scale=0.02, independent=True)
    drifting.learn(20 * steps * 150)
    assert seeking.visits[:, 5].sum() > 3 * drifting.visits[:, 5].sum()
    best = task.solve(steps).value
    worth = [
        np.mean([task.evaluate(q.argmax(2), steps).value for q in agent.plan_for(far)]) for agent in (seeking, drifting)
    ]
    assert worth[0] > 0.85 * best and worth[0] > worth[1]


def test_the_reward_paid_does_not_matter_to_the_exploration():
    paths = []
    for pay in (0.0, 1.0):
        mdp = river(4).with_reward(np.full((4, 2), pay))
        paths.append(RewardFreeUCRL(telling(mdp, 2, H), seed=0, horizon=H, scale=0.05).learn(600).visits)
    np.testing.assert_array_equal(*paths)


def test_rewards_of_each_step_are_planned_for():
    mdp = garnet(0, 3, 2)
    agent = RewardFreeUCRL(telling(mdp, 4, H), seed=0, horizon=H).learn(4 * H * 50)
    R = np.zeros((H, 3, 2))
    R[2, 1, 0] = 1.0
    Q = agent.plan_for(R)
    assert Q[0, 2, 1, 0] == 1.0 and not Q[0, 3:].any() and (Q[0, :2] <= 1.0).all() and Q[0, 0].max() > 0.1
    with pytest.raises(BadOption, match="shape"):
        agent.plan_for(np.zeros((4, 2)))


@pytest.mark.parametrize("options", [{"horizon": 0}, {"delta": 1.0}, {"scale": 0.0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        RewardFreeUCRL(telling(garnet(0), 2), **options)
