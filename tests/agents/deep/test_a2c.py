"""Advantage actor-critic: on the same data its updates are Stable-Baselines3's."""

import pytest
import stable_baselines3
import torch
from same_data import twins, update

from rewardlab.agents.deep import A2C


@pytest.mark.parametrize("world", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize(
    "options", [{}, {"use_rms_prop": False, "normalize_advantage": True, "ent_coef": 0.01}], ids=["plain", "adam"]
)
def test_one_update_on_the_same_data_is_theirs(world, options):
    mine, theirs = twins(A2C, stable_baselines3.A2C, world, n_steps=16, **options)
    update(mine, theirs)
    for (name, a), b in zip(mine.policy.named_parameters(), theirs.policy.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=2e-6, rtol=1e-4, msg=name)
    ours, others = (m.logger.name_to_value for m in (mine, theirs))
    assert ours["train/value_loss"] == pytest.approx(others["train/value_loss"], rel=1e-4)
    assert ours["train/policy_gradient_loss"] == pytest.approx(others["train/policy_loss"], rel=1e-3, abs=1e-5)


def test_it_learns_from_each_rollout_once_and_as_a_whole():
    model = A2C("MlpPolicy", "CartPole-v1", n_steps=16, seed=0).learn(64)
    assert model._n_updates == 4 and len(model._batch) == 16
