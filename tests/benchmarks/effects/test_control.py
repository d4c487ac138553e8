"""Agents of the effects: trained, judged, and paid with noise."""

from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from rewardlab.agents.loops.values import HLGauss
from rewardlab.benchmarks.effects import control


def test_noise_has_its_deviation_and_leaves_the_rest():
    same = {"autoreset_mode": AutoresetMode.SAME_STEP}
    envs = gym.make_vec("CartPole-v1", num_envs=500, vectorization_mode="sync", vector_kwargs=same)
    noisy = control.Noisy(envs, 5.0, seed=0)
    noisy.reset(seed=0)
    reward = noisy.step(np.zeros(500, int))[1]
    assert reward.mean() == pytest.approx(1, abs=0.7) and reward.std() == pytest.approx(5, rel=0.1)


@pytest.mark.parametrize(
    ("algorithm", "make"),
    [
        ("ppo", control.lion),
        ("ppo", partial(control.mdpo, one=True)),
        ("dqn", partial(control.dqn, loss=HLGauss(-20.0, 120.0))),
    ],
)
def test_agents_of_the_effects_are_trained_and_judged(algorithm, make, monkeypatch):
    monkeypatch.setattr(control, "EPISODES", 2)
    found = control.train(0, algorithm=algorithm, env="CartPole-v1", make=make, budget=256, noise=1.0)
    assert 5 < found["during"] < 500 and 5 < found["after"] < 500
