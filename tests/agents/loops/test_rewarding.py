"""Streams of reward: what each pays, how far each looks, and that the sum is what one stream would be."""

import numpy as np
import pytest
import torch
from counting_worlds import Counter
from gymnasium.vector import AutoresetMode

from rewardlab.agents.deep import PPO
from rewardlab.agents.loops.rewarding import Rewarding, RewardStream
from rewardlab.agents.loops.rollouts import Rollout
from rewardlab.core.errors import BadOption, BadReward, MissingColumn
from rewardlab.core.reward import Reward
from rewardlab.rewards import RND, PaidVector, Task

CPU = torch.device("cpu")


class Ones(Reward):
    """Pays 1, and counts what it has learned from."""

    seen = 0

    def __call__(self, batch):
        return batch.reward * 0 + 1

    def update(self, batch):
        self.seen += len(batch.reward.reshape(-1))
        return {}


class Since(Reward):
    """Pays the steps since its row was reset."""

    memory = True

    def __init__(self):
        self.count = None

    def reset(self, begun):
        begun = torch.as_tensor(begun)
        self.count = torch.zeros(len(begun)) if self.count is None else self.count * ~begun

    def __call__(self, batch):
        self.count = self.count + 1
        return self.count.clone()


def agent(envs=None, **streams):
    return PPO("MlpPolicy", envs or Counter((3, 4)), n_steps=8, batch_size=8, n_epochs=1, seed=0, streams=streams)


def collected(model, steps=16):
    model.learn(steps)
    return model


def test_values_beyond_know_ends_only_where_the_stream_does():
    roll = Rollout(2, 2, CPU)
    roll.obs, roll.action = torch.zeros(3, 2, 1), torch.zeros(2, 2)
    roll.terminated[0, 0] = roll.truncated[0, 1] = True
    streams = {"curious": RewardStream("part", episodic=False), "other": RewardStream("more")}
    r = Rewarding(streams, gamma=0.9, decay=0.5, device=CPU)
    r._kept = {"part part": [torch.ones(2)] * 2, "part more": [torch.full((2,), 3.0)] * 2}
    beyond = torch.full((2, 2, 3), 7.0)
    final = (torch.tensor([0, 0]), torch.tensor([0, 1]), torch.full((2, 3), 5.0))
    reward, seen, goes_on = r.settle(roll, beyond, final)
    assert reward[0, 0].tolist() == [-4, 1, 3]  # what a driver had paid as a part is paid once
    assert seen[0].tolist() == [[0, 7, 0], [5, 7, 5]] and seen[1].tolist() == [[7] * 3] * 2
    assert goes_on[0].tolist() == [[0, 1, 0]] * 2 and goes_on[1].tolist() == [[1] * 3] * 2


def test_a_reward_pays_whole_rollouts_and_learns_from_them():
    ones = Ones()
    model = collected(agent(ones=RewardStream(ones)))
    assert ones.seen == 16 and model.rewarding.logged()["ones"] == 1.0
    assert model.policy.value_net.out_features == 2


def test_a_network_learns_inside_the_loop_and_tells_its_loss():
    rnd = RND(seed=0)
    model = agent(rnd=RewardStream(rnd))
    model.learn(16)
    before = rnd.state_dict()
    model.learn(16, reset_num_timesteps=False)
    assert str(before) != str(rnd.state_dict()) and np.isfinite(model.rewarding.logged()["rnd/loss"])


def test_memory_of_episodes_runs_on_from_rollout_to_rollout():
    since, paid = Since(), []
    model = agent(since=RewardStream(since))
    settle = model.rewarding.settle
    model.rewarding.settle = lambda *a: paid.append(settle(*a)) or paid[-1]
    collected(model, 32)
    stream = torch.cat([p[0][..., 1] for p in paid])
    expected = [[1 + t % 3, 1 + t % 4] for t in range(16)]
    assert stream.tolist() == expected


def test_a_part_that_a_driver_has_paid_is_taken_out_of_the_first_stream():
    model = collected(agent(PaidVector(Counter((3, 4)), Task() + Ones()), extra=RewardStream("ones")))
    shown = model.rewarding.logged()
    assert shown["extra"] == 1.0 and shown["task"] == pytest.approx(collected(agent()).rewarding.logged()["task"])


def test_faults_are_named():
    with pytest.raises(BadOption, match="gamma=2"):
        RewardStream(Ones(), gamma=2)
    with pytest.raises(BadOption, match="int"):
        RewardStream(3)
    with pytest.raises(MissingColumn, match="'nothing'"):
        collected(agent(x=RewardStream("nothing")))
    with pytest.raises(MissingColumn, match="'place'"):
        collected(agent(x=RewardStream(Ones(), columns=("place",))))
    with pytest.raises(BadReward, match="'bad'"):
        collected(agent(bad=RewardStream(Nan())))


class Nan(Reward):
    """Pays nothing that can be learned from."""

    def __call__(self, batch):
        return batch.reward * np.nan


def test_a_row_that_was_only_reset_teaches_nothing_and_is_forgotten():
    ones, since, paid = Ones(), Since(), []
    model = agent(Counter((3, 4), mode=AutoresetMode.NEXT_STEP), ones=RewardStream(ones), since=RewardStream(since))
    settle = model.rewarding.settle
    model.rewarding.settle = lambda *a: paid.append(settle(*a)) or paid[-1]
    collected(model, 40)
    assert ones.seen == 48 - 6 - 4  # three rollouts of 16, less the steps that only reset
    stream = torch.cat([p[0] for p in paid])
    assert stream[:8, 0, 2].tolist() == [1, 2, 3, 0, 1, 2, 3, 0] and stream[:6, 0, 1].tolist() == [1, 1, 1, 0, 1, 1]


def test_what_a_driver_has_paid_is_logged_by_part():
    shown = collected(agent(PaidVector(Counter((3, 4)), Task() + 0.5 * Ones()))).rewarding.logged()
    assert shown["ones"] == 0.5 and shown["task"] == pytest.approx(
        (1 + 2 + 3 + 1 + 2 + 3 + 1 + 2 + 1 + 2 + 3 + 4 + 1 + 2 + 3 + 4) / 16
    )
