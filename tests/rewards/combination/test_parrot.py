import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption, BadReward
from rewardlab.rewards import non_dominated, pareto_weights, prompt_centred_guidance

RNG = np.random.default_rng(0)
REWARDS = RNG.normal(size=(5, 16, 2))


def test_dominated_samples_have_no_weight_and_the_others_their_formula():
    w = np.array([0.3, 0.7])
    found = pareto_weights(REWARDS, w)
    for r, row in zip(REWARDS, found, strict=True):
        front = [not any((o >= x).all() and (o > x).any() for o in r) for x in r]
        z = (r - r.mean(0)) / r.std(0)
        np.testing.assert_allclose(row, np.where(front, z @ w, 0) / sum(front), atol=1e-7)
    np.testing.assert_allclose(pareto_weights(torch.as_tensor(REWARDS), torch.as_tensor(w)).numpy(), found, rtol=1e-12)


def test_the_selection_does_not_change_with_monotone_transforms():
    bent = np.stack([np.exp(REWARDS[..., 0]), REWARDS[..., 1] ** 3 - 7], axis=-1)
    np.testing.assert_array_equal(pareto_weights(bent) != 0, pareto_weights(REWARDS) != 0)
    np.testing.assert_array_equal(pareto_weights(REWARDS) != 0, non_dominated(REWARDS))
    # the weights themselves stay under affine ones
    np.testing.assert_allclose(pareto_weights(REWARDS * [5.0, 0.1] + [3.0, -2.0]), pareto_weights(REWARDS), atol=1e-6)


def test_one_reward_keeps_the_maximum_with_its_ties():
    found = pareto_weights(np.array([[[0.0], [2.0], [2.0], [1.0]]]))
    assert (found != 0).tolist() == [[False, True, True, False]]
    assert found[0, 1] == found[0, 2] > 0


def test_a_prompts_token_asks_for_one_reward():
    tokens = np.eye(2)[[0, 1, 0, 1, 1]]
    found = pareto_weights(REWARDS, tokens)
    for i, k in enumerate((0, 1, 0, 1, 1)):
        np.testing.assert_allclose(found[i], pareto_weights(REWARDS[i], np.eye(2)[k]), rtol=1e-12)


def test_a_group_of_equals_pushes_nothing():
    np.testing.assert_array_equal(pareto_weights(np.ones((1, 4, 2))), 0)


def test_guidance_with_the_prompt_itself_is_ordinary_guidance_of_both_weights():
    plain, empty = RNG.normal(size=(2, 3, 8))
    found = prompt_centred_guidance(plain, plain, empty, w1=3.0, w2=2.0)
    np.testing.assert_allclose(found, empty + 5.0 * (plain - empty), rtol=1e-12)


def test_what_has_no_order_or_the_wrong_width_is_refused():
    with pytest.raises(BadReward, match="NaN"):
        pareto_weights(np.full((1, 2, 2), np.nan))
    for rewards, weights in ((np.zeros(3), None), (np.zeros((2, 3, 2)), np.ones(3))):
        with pytest.raises(BadOption, match="shape"):
            pareto_weights(rewards, weights)
