import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.rewards import reference_mixture

RNG = np.random.default_rng(0)
REFERENCE = RNG.normal(size=(500, 3)) * [1, 20, 0.01] + [0, 50, 3]


def test_over_the_reference_each_reward_has_mean_0_and_counts_its_weight():
    for k, w in enumerate((0.5, 1.0, 3.0)):
        weights = [w * (i == k) for i in range(3)]
        mixed = reference_mixture(REFERENCE, REFERENCE, weights)
        assert mixed.mean() == pytest.approx(0, abs=1e-9) and mixed.std() == pytest.approx(w)


def test_units_and_origins_of_the_rewards_do_not_matter():
    x, scale, shift = RNG.normal(size=(4, 6, 3)), np.array([3.0, 0.1, 40]), np.array([1.0, 2, 3])
    weights = (1.0, 0.5, 2.0)
    mixed = reference_mixture(x, REFERENCE, weights)
    assert mixed.shape == (4, 6)
    again = reference_mixture(x * scale + shift, REFERENCE * scale + shift, weights)
    np.testing.assert_allclose(again, mixed, rtol=1e-9)
    torched = reference_mixture(torch.as_tensor(x), torch.as_tensor(REFERENCE), weights)
    np.testing.assert_allclose(torched.numpy(), mixed, rtol=1e-12)


def test_nothing_makes_up_for_what_is_unsafe():
    x = np.array([[0.0, 50, 3], [9.0, 999, 9]])
    mixed = reference_mixture(x, REFERENCE, (1, 1, 1), unsafe=np.array([False, True]), cost=7.0)
    assert mixed[1] == -7.0 and mixed[0] == reference_mixture(x, REFERENCE, (1, 1, 1))[0]


def test_a_reward_that_never_varies_is_only_centred():
    assert reference_mixture(np.array([[5.0]]), np.full((4, 1), 2.0), (2.0,)).tolist() == [6.0]


@pytest.mark.parametrize(
    "bad",
    [
        {"weights": (1.0, 1.0)},
        {"weights": (1.0, 1.0, np.inf)},
        {"weights": (1, 1, 1), "cost": -1.0},
        {"weights": (1, 1, 1), "reference": REFERENCE[:1]},
    ],
)
def test_mistakes_are_named(bad):
    with pytest.raises(BadOption, match="reference_mixture"):
        reference_mixture(**{"rewards": REFERENCE[:4], "reference": REFERENCE} | bad)
