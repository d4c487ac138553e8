"""The off-policy loop: what is kept, what is paid when, and that bad options are refused."""

import numpy as np
import pytest
import torch
from counting_worlds import Counter, OnDevice
from gymnasium.vector import AutoresetMode
from stable_baselines3 import HerReplayBuffer
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize
from tables_for_agents import FAST

from rewardlab.agents.deep import DQN
from rewardlab.core.errors import BadOption, BadReward, BadSpace, MissingColumn
from rewardlab.core.reward import Reward
from rewardlab.rewards import PaidVector, Task

SMALL = {**FAST, "learning_starts": 8, "batch_size": 8, "buffer_size": 200}


class Fresh(Reward):
    """Pays a constant that grows as it learns."""

    level = 0.0

    def __call__(self, batch):
        return batch.reward * 0 + self.level

    def update(self, batch):
        self.level += 1
        self.seen = batch
        return {}


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("world", ["same", "next", "device"])
def test_every_kept_step_is_one_that_was_taken(world, cut):
    mode = AutoresetMode.NEXT_STEP if world == "next" else AutoresetMode.SAME_STEP
    envs = OnDevice((3, 4), cut=cut) if world == "device" else Counter((3, 4), cut=cut, mode=mode)
    agent = DQN("MlpPolicy", envs, **SMALL).learn(48)
    batch = agent.replay.rows_at(torch.arange(len(agent.replay)))
    assert len(agent.replay) == (48 if world != "next" else 48 - 6 - 4)
    assert torch.equal(batch.next_obs[:, 0], batch.obs[:, 0] + 1) and torch.equal(batch.reward, batch.next_obs[:, 0])
    assert torch.equal(batch.next_obs[:, 1], batch.obs[:, 1])
    end = batch.truncated if cut else batch.terminated
    assert not (batch.terminated if cut else batch.truncated).any() and end.any()
    assert torch.isin(batch.next_obs[end][:, 0], torch.tensor([3.0, 4.0])).all()
    _, discount = agent.draw(100)
    assert (discount == 0).any() != cut


def test_a_learning_reward_never_goes_stale():
    reward = Fresh()
    agent = DQN("MlpPolicy", Counter((3, 4)), reward=reward, **SMALL).learn(40)
    assert reward.level == 24 and reward.seen.obs.shape == (2, 2)
    batch, _ = agent.draw(30)
    assert (batch.reward == 24).all()
    reward.level = -3.0
    assert (agent.draw(30)[0].reward == -3).all()


def test_returns_paid_and_true_are_logged():
    agent = DQN("MlpPolicy", PaidVector(Counter((3, 4)), Task() * 2.0), **SMALL)
    seen = {}
    record = agent._record_true_returns
    agent.learn(0)
    agent._record_true_returns = lambda: (record(), seen.update(agent.logger.name_to_value))
    agent.learn(60, log_interval=4)
    assert 6 <= seen["rollout/ep_true_rew_mean"] <= 10
    assert np.mean([e["r"] for e in agent.ep_info_buffer]) == pytest.approx(
        2 * np.mean([e["true"] for e in agent.ep_info_buffer])
    )


def test_with_a_reward_the_training_return_is_what_it_paid_and_the_true_one_the_world_s():
    agent = DQN("MlpPolicy", Counter((3, 4)), reward=Task() * 2.0, **SMALL).learn(60)
    records = list(agent.ep_info_buffer)
    assert len(records) == 10 + 8 and {e["true"] for e in records} == {1.0 + 2 + 3, 1.0 + 2 + 3 + 4}
    assert all(e["r"] == 2 * e["true"] for e in records)


def test_a_reward_that_is_not_finite_stops():
    reward = Fresh()
    reward.level = float("nan")
    with pytest.raises(BadReward, match="fresh: paid what is not finite"):
        DQN("MlpPolicy", Counter((3, 4)), reward=reward, **SMALL).learn(4)


def test_no_step_follows_on_one_of_an_interrupted_episode():
    agent = DQN("MlpPolicy", Counter((30, 40)), n_steps=3, **SMALL).learn(20).learn(20)
    batch, discount = agent.draw(200)
    steps = batch.next_obs[:, 0] - batch.obs[:, 0]
    torch.testing.assert_close(discount, 0.9**steps)
    assert steps.max() == 3 and (batch.next_obs[:, 0] <= 16).all()


def test_kept_steps_are_written_and_read_without_pickle(tmp_path):
    agent = DQN("MlpPolicy", Counter((3, 4)), n_steps=3, **SMALL).learn(64)
    agent.save_replay_buffer(tmp_path / "steps")
    other = DQN("MlpPolicy", Counter((3, 4)), n_steps=3, **SMALL)
    other.load_replay_buffer(tmp_path / "steps")
    every = torch.arange(64)
    assert torch.equal(other.replay.rows_at(every).obs, agent.replay.rows_at(every).obs)
    assert (other.replay.newest == -1).all() and (agent.replay.newest >= 0).any()


def test_a_normalised_world_is_kept_as_it_was_and_seen_as_it_is_now():
    venv = VecNormalize(make_vec_env("CartPole-v1", 2))
    agent = DQN("MlpPolicy", venv, **SMALL).learn(60)
    held = agent.replay.rows_at(torch.arange(len(agent.replay)))
    assert (held.reward == 1).all()
    batch, _ = agent.draw(40)
    assert not torch.equal(batch.reward, torch.ones(40)) and (batch.reward == batch.reward[0]).all()
    known = torch.from_numpy(venv.normalize_obs(held.obs.numpy()))
    assert all(any(torch.allclose(row, other, atol=1e-5) for other in known) for row in batch.obs[:5])
    on = ~held.done
    follows = held.next_obs[on][:-2]
    assert all((held.obs - row).abs().sum(1).min() < 1e-5 for row in follows[:20])


def test_the_same_seed_gives_the_same_bits():
    def weights(seed):
        agent = DQN("MlpPolicy", Counter((3, 4)), **{**SMALL, "seed": seed}).learn(60)
        return torch.cat([p.detach().flatten() for p in agent.policy.parameters()])

    before = torch.random.get_rng_state()
    a, b, c = weights(1), weights(1), weights(2)
    assert torch.equal(a, b) and not torch.equal(a, c) and torch.equal(before, torch.random.get_rng_state())


def test_bad_options_are_refused():
    for options, words in (
        ({"buffer_size": 1}, "buffer_size=1 for 2 rows"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"reward": 3}, "reward=int"),
        ({"replay_buffer_class": HerReplayBuffer}, "HerReplayBuffer"),
        ({"compile": "quick"}, "compile='quick'"),
        ({"train_freq": (1, "episode")}, "episodes of 2 rows"),
    ):
        with pytest.raises(BadOption, match=words):
            DQN("MlpPolicy", Counter((3, 4)), **SMALL | options).learn(4)
    with pytest.raises(BadSpace, match="action spaces"):
        DQN("MlpPolicy", "Pendulum-v1", **SMALL)
    with pytest.raises(MissingColumn, match="'place'"):
        DQN("MlpPolicy", Counter((3, 4)), reward=Fresh(), columns=("place",), **SMALL).learn(4)
