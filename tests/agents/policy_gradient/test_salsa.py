"""SALSA: geometric means, halved noise, and what it gains."""

import numpy as np
import pytest
import torch
from exact_groups import same

from rewardlab.agents.policy_gradient import soup
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import softmax, tilted


def test_of_log_linear_models_the_soup_is_the_geometric_mean():
    rng = np.random.default_rng(0)
    phi, one, two = rng.normal(size=(16, 4)), {"w": rng.normal(size=4)}, {"w": rng.normal(size=4)}
    for alpha in (0.0, 0.3, 0.5, 1.0):
        p, q = softmax(phi @ one["w"]), softmax(phi @ two["w"])
        mean = p**alpha * q ** (1 - alpha)
        same(softmax(phi @ soup(one, two, alpha)["w"]), mean / mean.sum())
        reward = rng.normal(size=16)  # and the optimum around it is their tilted product
        best = mean * np.exp(reward / 0.3)
        same(tilted(softmax(phi @ soup(one, two, alpha)["w"]), reward, 0.3), best / best.sum())


@pytest.mark.parametrize("beta", [0.3, 1.0])
def test_around_the_soup_policies_earn_more(beta):
    """64 answers of 8 features; two models whose weights miss the right ones by noise; 1000 draws."""
    rng, gain, spread = np.random.default_rng(1), [], []
    for _ in range(1000):
        phi, right = rng.normal(size=(64, 8)), rng.normal(size=8) / np.sqrt(8)
        one, two = ({"w": right + 0.6 * rng.normal(size=8)} for _ in range(2))
        reward, mixed = phi @ right, soup(one, two)
        alone, ours = (tilted(softmax(phi @ w["w"]), reward, beta) @ reward for w in (one, mixed))
        gain.append(ours - alone)
        spread.append([((w["w"] - right) ** 2).mean() for w in (one, mixed)])
    assert np.mean(gain) > 6 * np.std(gain) / np.sqrt(1000)  # 6 standard errors
    alone, ours = np.mean(spread, 0)
    assert ours / alone == pytest.approx(0.5, abs=0.04)


def test_modules_of_torch_are_averaged_and_counters_are_not():
    torch.manual_seed(0)
    one, two = (torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)) for _ in range(2))
    mixed = soup(one.state_dict(), two.state_dict(), 0.25)
    one.load_state_dict(mixed)
    same(one[0].weight, mixed["0.weight"], rtol=0, atol=0)
    assert mixed["1.num_batches_tracked"].dtype == torch.int64


def test_models_of_two_kinds_are_refused():
    with pytest.raises(BadOption, match="'b'"):
        soup({"a": np.ones(2)}, {"a": np.ones(2), "b": np.ones(1)})
    with pytest.raises(BadOption, match="'a'"):
        soup({"a": np.ones(2)}, {"a": np.ones(3)})
    with pytest.raises(BadOption, match="alpha"):
        soup({}, {}, 1.5)
