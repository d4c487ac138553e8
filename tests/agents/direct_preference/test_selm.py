"""SELM's extra term: its two gradients, and that it is VPO's with the reference as calibration policy."""

from functools import partial

import numpy as np
from preference_tables import as_group, gradient, labelled_pairs, random_table

from rewardlab.agents.direct_preference import dpo, selm, vpo
from rewardlab.core.responses import beats, softmax

K, BETA, ALPHA = 5, 0.4, 0.3
REF, REWARD = random_table(K, seed=6)
PAIRS, WEIGHT = labelled_pairs(beats(REWARD), np.exp(REF))
LOGITS = np.random.default_rng(9).normal(size=K)
CHOSEN = np.concatenate([PAIRS, np.broadcast_to(np.arange(K), (len(PAIRS), K))], 1)
OPTIONS = {
    "reward": np.broadcast_to([1.0, 0.0, *REWARD], CHOSEN.shape),
    "info": {"calibration": np.broadcast_to([0.0, 0.0, *np.exp(REF)], CHOSEN.shape)},
}


def test_the_extra_gradient_weighs_the_policys_own_responses_by_their_implicit_reward():
    policy, ref = softmax(LOGITS), np.exp(REF)
    score = np.eye(K) - policy  # ∂ log π(y) / ∂ logit, [K, K]
    implicit = BETA * (np.log(policy) - REF)
    by_ratio = ALPHA * BETA * ((policy * ref / policy) @ score)
    by_reward = ALPHA * BETA * ((policy * np.exp(-implicit / BETA)) @ score)
    both = gradient(partial(selm, beta=BETA, alpha=ALPHA), LOGITS, REF, CHOSEN, WEIGHT, **OPTIONS)
    extra = (both - gradient(partial(dpo, beta=BETA), LOGITS, REF, PAIRS, WEIGHT)) / WEIGHT.sum()
    np.testing.assert_allclose(extra, by_ratio, atol=1e-14)
    np.testing.assert_allclose(extra, by_reward, atol=1e-14)


def test_it_is_vpo_with_the_reference_as_calibration_and_dpo_without_optimism():
    group = as_group(LOGITS, REF, CHOSEN, **OPTIONS)
    np.testing.assert_array_equal(selm(group, alpha=0.2), vpo(group, alpha=0.2))
    np.testing.assert_allclose(selm(group, alpha=0.0), dpo(as_group(LOGITS, REF, PAIRS)), rtol=1e-15)


def test_a_descent_step_moves_mass_away_from_the_reference():
    """The divergence KL(π_ref ‖ π) rises along the extra term."""
    found = gradient(partial(selm, beta=BETA, alpha=1.0), LOGITS, REF, CHOSEN, WEIGHT, **OPTIONS)
    extra = found - gradient(partial(dpo, beta=BETA), LOGITS, REF, PAIRS, WEIGHT)

    def forward(logits):
        return np.exp(REF) @ (REF - np.log(softmax(logits)))

    assert forward(LOGITS - 0.01 * extra) > forward(LOGITS)
