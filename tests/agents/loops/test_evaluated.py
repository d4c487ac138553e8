"""A rollout becomes a batch: against sums by hand in a world of counted steps."""

import torch
from counting_worlds import Counter

from rewardlab.agents.deep import PPO

SMALL = {"seed": 0, "device": "cpu", "gamma": 0.9, "gae_lambda": 1.0, "n_steps": 8, "batch_size": 8, "n_epochs": 1}


def test_targets_are_discounted_sums_to_the_end_of_what_is_known():
    agent = PPO("MlpPolicy", Counter((3, 5)), **SMALL).learn(16)
    roll, batch = agent.rollout_buffer, agent._batch
    values, returns = agent._explained
    done = roll.terminated | roll.truncated
    assert done.any() and batch.returns.shape == (16, 1)
    torch.testing.assert_close(batch.returns.view(8, 2), returns)
    torch.testing.assert_close(batch.advantage.view(8, 2), returns - values)
    for row in range(2):
        ends = [t for t in range(8) if roll.terminated[t, row]]
        if ends:
            first = ends[0]
            expected = sum(0.9**t * float(roll.reward[t, row]) for t in range(first + 1))
            assert abs(float(returns[0, row]) - expected) < 1e-5
    assert torch.equal(batch.action, roll.action.flatten(0, 1))
