"""Agents of the effects: trained, judged, and paid with noise."""

from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from rewardlab.agents.deep import SAC, MDPOOffPolicy
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
        ("ppo", partial(control.mdpo, whole=1, rate=1e-3)),
        ("ppo", control.trpo),
        ("dqn", partial(control.dqn, loss=HLGauss(-20.0, 120.0))),
        ("dqn", partial(control.dqn, loss=HLGauss(-20.0, 120.0), widths=(8, 8))),
    ],
)
def test_agents_of_the_effects_are_trained_and_judged(algorithm, make, monkeypatch):
    monkeypatch.setattr(control, "EPISODES", 2)
    found = control.train(0, algorithm=algorithm, env="CartPole-v1", make=make, budget=256, noise=1.0)
    assert 5 < found["during"] < 500 and 5 < found["after"] < 500


def test_the_cost_of_width_is_narrow_less_wide(monkeypatch):
    monkeypatch.setattr(control, "train", lambda seed, *, make, **what: {"during": float(sum(make.keywords["widths"]))})
    found = control.widen(0, loss=HLGauss(-20.0, 120.0), algorithm="dqn", env="CartPole-v1", budget=1)
    assert found == {"narrow": 64.0, "wide": 512.0, "lost": -448.0}


@pytest.mark.parametrize("kind", [SAC, MDPOOffPolicy])
def test_agents_of_one_family_share_the_zoo(kind, monkeypatch):
    monkeypatch.setattr(control, "EPISODES", 1)
    make = partial(control.soft, kind=kind)
    found = control.train(0, algorithm="sac", env="Pendulum-v1", make=make, budget=110)
    assert -2000 < found["after"] < 0
