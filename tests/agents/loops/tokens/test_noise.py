"""Noise: its law, and that a draw is its seed, place and token alone."""

import math

import torch

from rewardlab.agents.loops.tokens.noise import gumbel, keys


def test_it_is_gumbel():
    """Mean, variance and the distribution function of 200,000 draws, within 4 standard errors."""
    x = gumbel(keys(range(1000)), torch.arange(1000), 200).double()
    n, var = x.numel(), math.pi**2 / 6
    assert abs(float(x.mean()) - 0.5772157) < 4 * math.sqrt(var / n)
    assert abs(float(x.var()) - var) < 4 * math.sqrt((5.4 - 1) * var**2 / n)  # kurtosis 5.4
    for at in (-1.0, 0.0, 1.0, 3.0):
        p = math.exp(-math.exp(-at))
        assert abs(float((x < at).double().mean()) - p) < 4 * math.sqrt(p * (1 - p) / n)
    assert bool(x.isfinite().all())


def test_a_draw_is_its_seed_place_and_token_alone():
    key = keys([3, 2**64 - 1, 7])
    place = torch.tensor([0, 5, 9])
    whole = gumbel(key, place, 50)
    for i in range(3):
        assert torch.equal(gumbel(key[i : i + 1], place[i : i + 1], 20)[0], whole[i, :20])
    assert len({float(x) for x in whole.flatten()}) == whole.numel()
    assert not torch.equal(gumbel(key, place + 1, 50), whole) and len(set(keys(range(500)).tolist())) == 500


def test_neighbouring_seeds_and_places_are_not_related():
    """Correlations of neighbours over 50,000 draws within 4 standard errors of 0."""
    x = gumbel(keys(range(500)), torch.zeros(500, dtype=torch.int64), 100)
    y = gumbel(keys(range(500)), torch.ones(500, dtype=torch.int64), 100)
    for a, b in ((x, y), (x[:-1], x[1:]), (x[:, :-1], x[:, 1:])):
        both = torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1]
        assert abs(float(both)) < 4 / math.sqrt(a.numel())
