"""Advantages against their definitions written out, for NumPy and torch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import as_torch, random_group

from rewardlab.agents.parts import advantage

GROUP = random_group(4, 5)
R = GROUP.reward
OTHERS = np.stack([np.delete(R, i, 1).mean(1) for i in range(5)], 1)
CASES = {
    "centred": (advantage.centred, R - R.mean(1, keepdims=True)),
    "normalised": (advantage.normalised, (R - R.mean(1, keepdims=True)) / (R.std(1, keepdims=True) + 1e-6)),
    "sample deviation": (
        lambda g: advantage.normalised(g, 0.1, 1),
        (R - R.mean(1, keepdims=True)) / (R.std(1, keepdims=True, ddof=1) + 0.1),
    ),
    "leave_one_out": (advantage.leave_one_out, R - OTHERS),
    "batch_scaled": (advantage.batch_scaled, (R - R.mean(1, keepdims=True)) / (R.std() + 1e-6)),
    "batch_normalised": (advantage.batch_normalised, (R - R.mean()) / (R.std() + 1e-6)),
}


@pytest.mark.parametrize("name", CASES)
def test_each_is_its_definition_and_takes_no_gradient(name):
    f, expected = CASES[name]
    np.testing.assert_allclose(f(GROUP)[..., 0], expected, rtol=1e-12, atol=1e-14)
    ours = f(as_torch(GROUP, learns=("logp", "reward")))
    assert not ours.requires_grad and ours.shape == (4, 5, 1)
    np.testing.assert_allclose(ours[..., 0].numpy(), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("count", [3, 6, 8, 12])
@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_equal_rewards_teach_exactly_nothing(of, count):
    """Numbers of 32 bits are rarely their own mean, and one part in ten million over σ + ε is a tenth."""
    r = of(np.repeat(np.linspace(0.05, 0.95, 181, dtype=np.float32)[:, None], count, 1))
    logp = of(np.zeros((181, count, 1), dtype=np.float32))
    group = replace(GROUP, logp=logp, old_logp=logp, ref_logp=logp, mask=logp + 1, reward=r, info={})
    for f in (advantage.centred, advantage.normalised, advantage.leave_one_out, advantage.batch_scaled):
        assert bool((f(group) == 0).all()), f
    assert bool((advantage.normalised_over(r, r > 0) == 0).all())


@pytest.mark.parametrize("kind", [bool, np.int64, np.int8])
def test_labels_are_rewards_of_full_precision(kind):
    labels = (R > 0).astype(kind)
    one, two = (
        f(replace(GROUP, reward=labels))
        for f in (advantage.normalised, lambda g: advantage.normalised(as_torch(g, learns=())))
    )
    np.testing.assert_allclose(two.numpy(), one, rtol=1e-14)
    assert two.dtype is torch.float64


@pytest.mark.parametrize("level", [0.0, 0.1, 0.5, 0.77, 1.0])
def test_quantiles_are_those_of_numpy(level):
    expected = np.quantile(R, level, axis=-1, keepdims=True)
    np.testing.assert_allclose(advantage.quantile(R, level), expected, rtol=1e-12)
    np.testing.assert_allclose(advantage.quantile(torch.tensor(R), level), expected, rtol=1e-12)


def test_the_tail_has_three_pieces():
    x = np.array([-2.0, 0.0, 0.5, 1.0, 4.0])  # quantiles 0 and 1 at levels 0.2 and 0.7, weight 3
    ours = advantage.tail(x, np.zeros(1), np.ones(1), a=0.2, b=0.7, weight=3.0)
    np.testing.assert_allclose(ours, [(3 * -10 - 2) / 4, -0.5, -0.25, 0, 0], rtol=1e-15)


def test_what_lies_far_out_is_0_and_the_rest_stays():
    a = np.array([-4.0, -3.0, 0.5, 3.0, 3.1])
    np.testing.assert_array_equal(advantage.inliers(a, 3.0), [0, -3, 0.5, 3, 0])
    np.testing.assert_array_equal(advantage.inliers(torch.tensor(a), np.inf), a)


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_some_of_a_group_are_normalised_among_themselves(of):
    keep = np.array([[True, True, False, True, False]] * 3 + [[False] * 5])
    ours = np.asarray(advantage.normalised_over(of(R), of(keep)))
    own = R[:3, [0, 1, 3]]
    expected = (own - own.mean(1, keepdims=True)) / (own.std(1, keepdims=True) + 1e-6)
    np.testing.assert_allclose(ours[:3, [0, 1, 3]], expected, rtol=1e-12)
    assert (ours[~keep] == 0).all()
