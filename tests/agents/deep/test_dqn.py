"""Deep Q-learning: on the same batch its step is Stable-Baselines3's, on a table it finds the optimum."""

import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from stable_baselines3.common.logger import Logger
from tables_for_agents import FAST, chain, optimal

from rewardlab.agents.deep import DQN
from rewardlab.agents.loops.values import HLGauss
from rewardlab.core.batch import Transitions


def test_one_step_on_the_same_batch_is_theirs():
    options = {
        "policy_kwargs": {"net_arch": [32]},
        "seed": 0,
        "device": "cpu",
        "learning_starts": 0,
        "max_grad_norm": 0.3,
    }
    theirs = stable_baselines3.DQN("MlpPolicy", "CartPole-v1", **options).learn(40)
    mine = DQN("MlpPolicy", "CartPole-v1", **options)
    mine.policy.load_state_dict(theirs.policy.state_dict())
    data = theirs.replay_buffer.sample(32)
    theirs.replay_buffer.sample = lambda *a, **k: data
    batch = Transitions(
        data.observations, data.actions[:, 0], data.rewards[:, 0], data.next_observations, data.dones[:, 0] > 0,
        torch.zeros(32, dtype=torch.bool), {},
    )  # fmt: skip
    theirs.policy.optimizer = theirs.policy.optimizer_class(theirs.q_net.parameters(), lr=1e-4)
    for agent in (mine, theirs):
        agent.set_logger(Logger(None, []))
    for _ in range(5):
        theirs.train(1, 32)
        told = mine.learn_from(batch, 0.99 * (1 - data.dones[:, 0]), move_targets=False)
        assert float(told["loss"]) == pytest.approx(theirs.logger.name_to_value["train/loss"], rel=1e-5)
    for a, b in zip(mine.q_net.parameters(), theirs.q_net.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=2e-6, rtol=1e-4)


KINDS = {
    "plain": {},
    "double, dueling, three steps": {"double": True, "dueling": True, "n_steps": 3},
    "histogram": {"value_loss": HLGauss(-0.2, 1.2, bins=41)},
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_it_finds_the_best_values_of_a_chain(kind):
    agent = DQN("MlpPolicy", chain(), **FAST, **kind).learn(2000)
    found, best = optimal(agent)
    assert np.abs(found - best).max() < (0.2 if "n_steps" in kind else 0.05), (  # what is explored counts
        found.round(2),
        best.round(2),
    )
    np.testing.assert_array_equal(found.argmax(1), best.argmax(1))


def test_forbidden_actions_are_neither_tried_nor_hoped_for():
    from counting_worlds import Counter

    envs = Counter((5, 6), masks=True)
    agent = DQN("MlpPolicy", envs, **{**FAST, "learning_starts": 20, "batch_size": 16}).learn(200)
    taken = np.array(envs.taken)
    clock = np.stack([np.arange(len(taken)) % 5, np.arange(len(taken)) % 6], 1)
    assert taken[clock % 2 == 0].max() == 0 and taken[clock % 2 == 1].max() == 1
    batch, _ = agent.draw(64)
    on, after = ~batch.terminated, batch.next_obs[:, 0] % 2 == 1
    assert torch.equal(batch.info["next_action_mask"][on, 1], after[on])
    allowed, _ = agent.predict(np.zeros((50, 2), np.float32), action_masks=np.array([[False, True]] * 50))
    assert (allowed == 1).all()


def test_spaces_that_start_elsewhere_and_dict_observations():
    envs = gym.make_vec("rewardlab/MiniGrid-Empty-5x5-v0", num_envs=2)
    agent = DQN("MultiInputPolicy", envs, **{**FAST, "learning_starts": 10}).learn(64)
    obs, _ = envs.reset(seed=0)
    assert agent.predict(obs, deterministic=True)[0].shape == (2,)
    assert agent.replay.held["obs"]["image"].dtype == torch.uint8
