"""The classifier's ratio against exact ones."""

import numpy as np
import pytest
import torch
from gymnasium import spaces

from rewardlab.agents.loops.occupancy_ratio import OccupancyRatio
from rewardlab.core.errors import BadOption


def tables(seed=0):
    """Two distributions over 6 states and 3 actions, and 20,000 samples of each."""
    rng = np.random.default_rng(seed)
    mine, base = rng.dirichlet(np.full(18, 2.0)), rng.dirichlet(np.full(18, 4.0))
    samples = [torch.from_numpy(np.stack(np.divmod(rng.choice(18, 20_000, p=p), 3))) for p in (mine, base)]
    return mine / base, samples


def made(**options):
    return OccupancyRatio(spaces.Discrete(6), spaces.Discrete(3), **options)


def test_on_tables_it_finds_the_ratio_of_the_occupancies():
    ratio, samples = tables()
    found = made(hidden=(32,), lr=1e-2)
    mine, base = (found.features(s, a) for s, a in samples)
    generator = torch.Generator().manual_seed(0)
    for _ in range(600):
        rows = torch.randint(20_000, (2, 1024), generator=generator)
        found.update(mine[rows[0]], base[rows[1]])
    every = torch.arange(18)
    got = found(found.features(every // 3, every % 3)).exp().numpy()
    assert np.corrcoef(got, ratio)[0, 1] >= 0.98
    assert np.abs(np.log(got / ratio)).mean() < 0.15


def test_equal_samples_give_a_ratio_of_one_and_others_are_clipped():
    _, (mine, _) = tables()
    found = made(hidden=(), lr=0.05, clip=0.5)
    same = found.features(*mine)[:512]
    for _ in range(300):
        found.update(same, same)
    assert found(same).abs().max() < 1e-2
    apart = found.features(torch.tensor([0, 5]), torch.tensor([0, 2]))
    for _ in range(300):
        found.update(apart[:1], apart[1:])
    torch.testing.assert_close(found(apart), torch.tensor([0.5, -0.5]))


def test_its_state_goes_on_as_before():
    _, (mine, base) = tables()
    one, two = made(), made(seed=7)
    a, b = one.features(*mine)[:64], one.features(*base)[:64]
    one.update(a, b)
    two.load_state_dict(one.state_dict())
    for found in (one, two):
        found.update(a, b)
    assert torch.equal(one(a), two(a))


def test_a_clip_that_lets_nothing_through_is_refused():
    with pytest.raises(BadOption):
        made(clip=0.0)
