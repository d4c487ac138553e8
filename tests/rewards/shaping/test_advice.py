import numpy as np
import pytest
from steps import as_torch, online, steps

from rewardlab.core.errors import BadOption, BadReward
from rewardlab.rewards import Advice

PHI = np.random.default_rng(0).normal(size=(5, 3))


def phi(obs, action):
    return PHI[obs, action]


def episode(rng, length, *, terminated=True):
    s, ends = rng.integers(0, 5, (length + 1, 1)), np.arange(length)[:, None] == length - 1
    return steps(
        (length, 1),
        obs=s[:-1],
        next_obs=s[1:],
        action=rng.integers(0, 3, (length, 1)),
        terminated=ends & terminated,
        truncated=ends & (not terminated),
    )


def test_each_step_by_hand():
    batch = episode(np.random.default_rng(1), 3)
    paid = online(Advice(phi, 0.5), batch)["advice"].ravel()
    a, b, _ = phi(batch.obs, batch.action).ravel()
    np.testing.assert_allclose(paid, [a, b - 2 * a, -2 * b])  # the terminating step has no potential


@pytest.mark.parametrize("length", [1, 2, 7])
def test_an_episode_sums_to_nothing_and_a_cut_one_to_its_last_potential(length):
    rng, gamma = np.random.default_rng(length), 0.9
    for terminated in (True, False):
        batch = episode(rng, length, terminated=terminated)
        total = (gamma ** np.arange(length) * online(Advice(phi, gamma), batch)["advice"].ravel()).sum()
        last = gamma ** (length - 1) * phi(batch.obs, batch.action)[-1, 0]
        assert total == pytest.approx(0.0 if terminated else last, abs=1e-12)


def test_numpy_and_torch_agree():
    batch = episode(np.random.default_rng(2), 6)

    def weighed(obs, action):
        return obs * 0.5 + action * 0.25

    np.testing.assert_array_equal(
        online(Advice(weighed), batch)["advice"], online(Advice(weighed), as_torch(batch))["advice"]
    )


@pytest.mark.parametrize("gamma", [0, -0.1, 1.1, float("nan"), "0.9", True])
def test_a_gamma_that_cannot_be_divided_by_is_refused(gamma):
    with pytest.raises(BadOption, match=r"(?s)Advice: gamma=.*\(0, 1\]"):
        Advice(phi, gamma)


def test_a_phi_of_another_shape_is_named():
    with pytest.raises(BadReward, match="Advice: phi gave"):
        Advice(lambda s, a: PHI[s])(steps(4, obs=np.zeros(4, dtype=int)))
