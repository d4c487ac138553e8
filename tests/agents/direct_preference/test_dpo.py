"""DPO's optimum is the tilted reference, its gradient the closed form; noisy labels are believed or undone."""

from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import as_group, best_policy, gradient, labelled_pairs, random_table, total_variation

from rewardlab.agents.direct_preference import cdpo, dpo, rdpo
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import beats, sigmoid, tilted


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_the_population_optimum_is_the_tilted_reference_whatever_is_added_to_the_reward(beta):
    ref, reward = random_table(6)
    for shift in (0.0, 7.0):
        pairs, weight = labelled_pairs(beats(reward + shift), np.exp(ref))
        found = best_policy(partial(dpo, beta=beta), ref, pairs, weight)
        assert total_variation(found, tilted(np.exp(ref), reward, beta)) < 1e-7


def test_the_error_falls_with_the_root_of_the_number_of_pairs():
    ref, reward = random_table(4, seed=3)
    pairs, weight = labelled_pairs(beats(reward), np.exp(ref))
    goal, sizes, rng = tilted(np.exp(ref), reward, 1.0), [500, 2000, 8000, 32000], np.random.default_rng(0)
    counts = [[rng.multinomial(n, weight / weight.sum()) / n for _ in range(12)] for n in sizes]
    fitted = [[best_policy(partial(dpo, beta=1.0), ref, pairs, c) for c in row] for row in counts]
    error = [np.mean([total_variation(f, goal) for f in row]) for row in fitted]
    slope = np.polyfit(np.log(sizes), np.log(error), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)


def test_at_the_reference_it_costs_log_2_and_exchanging_the_two_turns_the_margin():
    ref, _ = random_table(3)
    np.testing.assert_allclose(dpo(as_group(ref, ref, [[0, 1], [2, 0]])), np.log(2), rtol=1e-15)
    logp = np.log([0.2, 0.5, 0.3])
    there, back = (dpo(as_group(logp, ref, [pair]), beta=0.7)[0] for pair in ([0, 1], [1, 0]))
    margin = 0.7 * ((logp - ref)[0] - (logp - ref)[1])
    assert there - back == pytest.approx(-margin, rel=1e-12) and there == pytest.approx(-np.log(sigmoid(margin)))


def test_the_gradient_is_the_closed_form_token_by_token():
    rng = np.random.default_rng(5)
    logp = torch.tensor(-rng.random((4, 2, 6)), requires_grad=True)
    ref, mask = -rng.random((4, 2, 6)), (np.arange(6) < rng.integers(1, 7, (4, 2, 1))).astype(float)
    reward = rng.normal(size=(4, 2))
    group = Group(logp, torch.tensor(ref), torch.tensor(ref), torch.tensor(mask), torch.tensor(reward))
    dpo(group, beta=0.3).sum().backward()
    h = ((logp.detach().numpy() - ref) * mask).sum(-1)
    sign = np.where(reward == reward.max(-1, keepdims=True), 1.0, -1.0)
    pull = -0.3 * sigmoid(-0.3 * (sign * h).sum(-1))
    np.testing.assert_allclose(logp.grad, pull[:, None, None] * sign[..., None] * mask, rtol=1e-12)


@pytest.mark.parametrize("p", [0.55, 0.8])
@pytest.mark.parametrize("flip", [0.1, 0.3])
def test_noisy_labels_are_believed_by_one_and_undone_by_the_other(p, flip):
    ref, beta = np.log([0.4, 0.6]), 0.5
    noisy = p * (1 - flip) + (1 - p) * flip

    def fitted(objective, q):
        found = best_policy(partial(objective, beta=beta, flip=flip), ref, [[0, 1], [1, 0]], [q, 1 - q])
        h = np.log(found) - ref
        return sigmoid(beta * (h[0] - h[1]))

    assert fitted(cdpo, p) == pytest.approx(noisy, abs=1e-6)  # what is expected of labels that are wrong so often
    assert fitted(rdpo, noisy) == pytest.approx(p, abs=1e-6)


def test_without_noise_both_are_dpo():
    ref, reward = random_table(5)
    pairs, weight = labelled_pairs(beats(reward), np.exp(ref))
    plain = gradient(dpo, reward, ref, pairs, weight)
    for other in (cdpo, rdpo):
        np.testing.assert_allclose(gradient(partial(other, flip=0.0), reward, ref, pairs, weight), plain, atol=1e-16)


@pytest.mark.parametrize("flip", [0.5, -0.1, float("nan"), None])
def test_labels_that_say_nothing_are_refused(flip):
    with pytest.raises(BadOption, match="flip"):
        rdpo(as_group(np.log([0.5, 0.5]), np.log([0.5, 0.5]), [[0, 1]]), flip=flip)


def test_a_single_response_is_compared_with_nothing():
    with pytest.raises(BadBatch, match="at least 2"):
        dpo(as_group(np.log([0.5, 0.5]), np.log([0.5, 0.5]), [[0]]))
