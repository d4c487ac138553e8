"""Rows that live on a device whole: states, seeds, limits, and what is refused."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from asked import Asked

from rewardlab.agents.deep import PPO
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadAction, BadOption, ResetNeeded
from rewardlab.envs.bandits.stochastic import StochasticBandit
from rewardlab.envs.mdps.linear_system import LinearSystem
from rewardlab.envs.resident import ResidentRows
from rewardlab.envs.world import WorldVectorEnv

NAME = "rewardlab/PointNav-v0"


def made(n=5, name=NAME, **options):
    return gym.make_vec(name, num_envs=n, device="cpu", resident=True, **options)


def play(envs, steps, seed=0):
    """Rewards [steps, N] of random actions."""
    envs.action_space.seed(seed)
    return np.stack([array(envs.step(torch.as_tensor(envs.action_space.sample()))[1]) for _ in range(steps)])


def test_a_state_goes_from_one_kind_of_rows_to_the_other_and_back():
    ours, plain = made(), gym.make_vec(NAME, num_envs=5, device="cpu")
    ours.reset(seed=1)
    plain.reset(seed=2)
    play(ours, 7)
    plain.set_state(ours.get_state())
    expected = play(plain, 200, seed=5)
    copy = made()
    copy.reset(seed=3)
    copy.set_state(ours.get_state())
    for envs in (ours, copy):
        assert (play(envs, 200, seed=5) == expected).all()
    ours.set_state(plain.get_state())
    assert (play(ours, 50, seed=6) == play(plain, 50, seed=6)).all()


def test_rows_begin_anew_alone_and_clones_go_on_alike():
    ours = made()
    first, _ = ours.reset(seed=0)
    play(ours, 3)
    mask = np.array([True, False, False, True, False])
    obs, _ = ours.reset(seed=0, options={"reset_mask": mask})
    assert (obs[0] == first[0]).all() and not (obs[1] == first[1]).all()
    ours.clone([4, 4, 4, 4, 4])
    rewards = torch.stack([ours.step(torch.zeros((5, 2)) + 0.3)[1] for _ in range(5)])
    assert (rewards == rewards[:, :1]).all()


@pytest.mark.parametrize("limit", [1, 4])
def test_time_is_up_on_the_device(limit):
    ours = WorldVectorEnv(StochasticBandit, 3, max_episode_steps=limit, device="cpu", resident=True)
    ours.reset(seed=0)
    cuts = [ours.step(torch.zeros(3, dtype=torch.int64))[3].tolist() for _ in range(2 * limit)]
    assert cuts == [[(t + 1) % limit == 0] * 3 for t in range(2 * limit)]


@pytest.mark.parametrize("action", [[70, 0, 1], [0, -1, 1]])
def test_an_action_outside_the_space_is_played_as_the_nearest_and_refused_at_the_next_look(action):
    ours, plain = (WorldVectorEnv(StochasticBandit, 3, device="cpu", resident=r) for r in (True, False))
    for envs in (ours, plain):
        envs.reset(seed=0)
    given = torch.tensor(action)
    assert (ours.step(given)[1] == plain.step(given.clamp(0, ours.single_action_space.n - 1))[1]).all()
    with pytest.raises(BadAction, match="an earlier step was outside"):
        ours.reset()
    ours.reset()  # said once


def test_a_number_that_is_none_takes_the_lower_bound():
    ours, plain = (WorldVectorEnv(LinearSystem, 2, device="cpu", resident=r) for r in (True, False))
    low = torch.as_tensor(ours.single_action_space.low)
    for envs in (ours, plain):
        envs.reset(seed=0)
    seen = ours.step(torch.full_like(low, float("nan")).expand(2, *low.shape))[0]
    assert (seen == plain.step(low.expand(2, *low.shape))[0]).all()
    with pytest.raises(BadAction, match="an earlier step was outside"):
        ours.get_state()


@pytest.mark.parametrize(
    "action", [np.zeros(3, dtype=np.int64), torch.zeros(4, dtype=torch.int64), torch.zeros(3), [0, 0, 0]]
)
def test_what_is_no_tensor_of_actions_is_refused_at_once(action):
    ours = WorldVectorEnv(StochasticBandit, 3, device="cpu", resident=True)
    ours.reset(seed=0)
    with pytest.raises(BadAction, match=r"expected: a tensor \(3,\)"):
        ours.step(action)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        (NAME, {"device": None}, "a torch device"),
        ("rewardlab/Sokoban-v0", {}, "rules written for torch"),
        (NAME, {"autoreset_mode": "NextStep"}, "SameStep"),
    ],
)
def test_rows_that_cannot_be_resident_are_refused(name, options, said):
    with pytest.raises(BadOption, match=said):
        gym.make_vec(name, num_envs=2, resident=True, **{"device": "cpu", **options})


def test_a_step_needs_a_reset():
    with pytest.raises(ResetNeeded):
        made().step(torch.zeros((5, 2)))


def test_a_rollout_of_ppo_waits_for_the_device_once_and_not_in_every_step():
    asked = {}
    for steps in (8, 32):
        model = PPO("MlpPolicy", made(16), n_steps=steps, batch_size=64, seed=0, device="cpu")
        model.learn(0)
        _, callback = model._setup_learn(10_000)
        callback.on_training_start({}, {})
        assert isinstance(model.stream.envs._rows, ResidentRows)
        with Asked() as counted:
            model.collect_rollouts(model.env, callback, model.rollout_buffer, steps)
        asked[steps] = len(counted.names)
    assert asked[8] == asked[32] <= 4


def test_ppo_learns_the_same_from_both_kinds_of_rows():
    weights = []
    for resident in (False, True):
        envs = gym.make_vec("rewardlab/PointMaze-v0", num_envs=8, device="cpu", resident=resident)
        model = PPO("MlpPolicy", envs, n_steps=32, batch_size=64, seed=0, device="cpu", n_epochs=1).learn(512)
        weights.append(torch.cat([p.detach().flatten() for p in model.policy.parameters()]))
    assert torch.equal(*weights)
