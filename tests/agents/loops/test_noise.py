"""Noise equals Stable-Baselines3's on the same draws, begins anew with episodes, and leaves global generators alone."""

import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from gymnasium.wrappers import TimeLimit
from stable_baselines3.common.distributions import StateDependentNoiseDistribution
from stable_baselines3.common.noise import (
    ActionNoise,
    NormalActionNoise,
    OrnsteinUhlenbeckActionNoise,
    VectorizedActionNoise,
)

from rewardlab.agents.deep import SAC
from rewardlab.agents.loops.noise import Noise, built, described, for_rows, redraw

MEAN, SIGMA = np.array([0.1, -0.2]), np.array([0.3, 0.4])
WALK = OrnsteinUhlenbeckActionNoise(MEAN, SIGMA, theta=0.3, dt=0.1, initial_noise=np.array([1.0, 2.0]))
KINDS = [NormalActionNoise(MEAN, SIGMA), WALK]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize("rows", [1, 3])
def test_it_is_their_noise_on_the_same_draws(one, rows, monkeypatch):
    given = for_rows(one, rows)
    mine = Noise(given, generator())
    mirror, waiting = generator(), []

    def normal(mean=0.0, sigma=1.0, size=None):
        return mean + sigma * waiting.pop(0)

    monkeypatch.setattr(np.random, "normal", normal)
    given.reset()
    for k in range(6):
        waiting += list(torch.randn(rows, 2, generator=mirror).numpy())
        assert np.allclose(mine(), np.asarray(given()).reshape(rows, 2), rtol=0, atol=1e-6)
        if k == 2:  # the last row begins a new episode
            mine.ended(torch.arange(rows) == rows - 1)
            given.reset([rows - 1]) if rows > 1 else given.reset()


def test_a_callback_may_change_how_strong_it_is():
    given = NormalActionNoise(MEAN, SIGMA)
    mine = Noise(given, generator())
    mine()
    given._sigma = np.zeros(2)
    assert np.allclose(mine(), MEAN)


class Counting(ActionNoise):
    """Somebody's own: counts, and draws from NumPy's global generator."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return np.array([self.count, np.random.rand()])  # noqa: NPY002

    def reset(self):
        self.count = 0


def test_any_other_noise_is_called_and_draws_from_a_generator_of_its_own():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    given = for_rows(Counting(), 2)
    mine, again, other = Noise(given, generator()), Noise(given, generator()), Noise(given, generator(1))
    drawn = mine()
    assert drawn[:, 0].tolist() == [1, 1] and len(set(drawn[:, 1].tolist())) == 2
    assert torch.equal(drawn, again()) and not torch.equal(drawn, other())
    mine.ended(torch.tensor([False, True]))
    assert mine()[:, 0].tolist() == [2, 1]
    again.load_state_dict(mine.state_dict())
    assert torch.equal(mine(), again())
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_rows_come_and_go():
    many = for_rows(KINDS[0], 3)
    assert isinstance(many, VectorizedActionNoise) and len(many.noises) == 3
    assert for_rows(many, 3) is many and for_rows(many, 1) is KINDS[0] and for_rows(KINDS[0], 1) is KINDS[0]
    assert len(for_rows(many, 2).noises) == 2


@pytest.mark.parametrize("one", [*KINDS, OrnsteinUhlenbeckActionNoise(MEAN, SIGMA)])
def test_it_is_written_as_json_and_made_again(one):
    again = built(described(for_rows(one, 2)))
    assert type(again) is type(one)
    first, second = ({k: v for k, v in vars(x).items() if k != "noise_prev"} for x in (one, again))
    assert first.keys() == second.keys() and all(np.array_equal(first[k], second[k]) for k in first)


def test_of_somebodys_own_it_is_told_what_it_is():
    assert described(for_rows(Counting(), 2)) == {"kind": "Counting"} and built({"kind": "Counting"}) is None


class Silent(Counting):
    """Counts, and adds nothing."""

    def __call__(self):
        return super().__call__()[:1] * 0.0


def test_the_loop_begins_it_anew_where_an_episode_begins():
    given = Silent()
    world = TimeLimit(gym.make("Pendulum-v1").unwrapped, 5)
    agent = SAC("MlpPolicy", world, action_noise=given, learning_starts=99, buffer_size=20, device="cpu").learn(12)
    assert agent.noise.own.count == 2  # of the third episode
    agent.learn(2, reset_num_timesteps=False)
    assert agent.noise.own.count == 4  # in the same episode
    agent.learn(1)
    assert agent.noise.own.count == 1 and given.count == 0


def test_matrices_of_state_dependent_noise_are_theirs_on_the_same_draws():
    agent = SAC("MlpPolicy", "Pendulum-v1", use_sde=True, policy_kwargs={"net_arch": [8]}, buffer_size=9, device="cpu")
    before = torch.get_rng_state()
    redraw(agent.actor, generator(), 3)
    dist = agent.actor.action_dist
    assert isinstance(dist, StateDependentNoiseDistribution)
    std = dist.get_std(agent.actor.log_std)
    drawn = torch.randn(4, *std.shape, generator=generator()) * std
    assert torch.equal(dist.exploration_mat, drawn[0]) and torch.equal(dist.exploration_matrices, drawn[1:])
    assert dist.exploration_matrices.requires_grad and torch.equal(before, torch.get_rng_state())
    with torch.no_grad():
        many = stable_baselines3.common.distributions.StateDependentNoiseDistribution(1)
        many.sample_weights(agent.actor.log_std, 3)
    assert many.exploration_matrices.shape == dist.exploration_matrices.shape


def test_training_with_noise_leaves_global_generators_alone():
    for given in ({"action_noise": NormalActionNoise(np.zeros(1), np.ones(1))}, {"use_sde": True}):
        np.random.seed(3)  # noqa: NPY002
        torch.manual_seed(3)
        states = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
        agent = SAC("MlpPolicy", "Pendulum-v1", learning_starts=2, buffer_size=9, device="cpu", **given)
        agent.learn(6)
        assert torch.equal(states[0], torch.get_rng_state())
        assert np.array_equal(states[1], np.random.get_state()[1])  # noqa: NPY002
