from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards import fit_linear
from rewardlab.rewards.preference import (
    Choice,
    Correction,
    Pairwise,
    Ranking,
    Rating,
    log_likelihood,
    respond,
    stop_scores,
)
from rewardlab.rewards.preference.kernel import preference_loss

KINDS = [
    (Choice(2.0), 4),
    (Pairwise(0.5), 2),
    (Pairwise(2.0, 0.2), 2),
    (Correction((0.0, 0.5, 2.0)), 3),
    (Ranking(1.5), 1),
    (Ranking(0.7), 4),
    (Rating((-1.0, 0.5, 2.0), 1.3), 1),
]
LEARNED = [
    (Choice(), 4),
    (Pairwise(), 2),
    (Pairwise(1.0, 0.2), 2),
    (Correction((0.0, 0.3, 0.3, 1.0)), 4),
    (Ranking(), 3),
    (Rating((-1.0, 0.0, 1.0)), 1),
]
TRUTH = np.array([1.0, -0.5, 0.8])


@given(st.integers(0, 2**32 - 1), st.sampled_from(KINDS), st.sampled_from([1.0, 30.0, 1e3]))
def test_likelihoods_sum_to_one_over_all_responses(seed, kind, size):
    feedback, options = kind
    scores = size * np.random.default_rng(seed).normal(size=(5, options))
    logs = feedback.logs(scores)
    assert logs.shape == (5, feedback.responses(options)) and not np.isnan(logs).any()
    np.testing.assert_allclose(np.exp(logs).sum(-1), 1, atol=1e-9)
    np.testing.assert_allclose(feedback.logs(torch.as_tensor(scores)).numpy(), logs, rtol=1e-9, atol=1e-9)
    every = [log_likelihood(feedback, scores, np.full(5, r)) for r in range(logs.shape[-1])]
    np.testing.assert_array_equal(np.stack(every, -1), logs)


def test_a_ranking_of_two_a_choice_of_two_and_a_comparison_are_one():
    scores = np.random.default_rng(0).normal(size=(20, 2))
    for other in (Ranking(1.7), Choice(1.7)):
        np.testing.assert_allclose(other.logs(scores), Pairwise(1.7).logs(scores), atol=1e-14)
    loss = preference_loss(1.7 * (scores[:, 0] - scores[:, 1]), np.ones(20), error=0.1)
    np.testing.assert_allclose(Pairwise(1.7, 0.1).logs(scores)[:, 0], -loss, atol=1e-14)


def test_the_best_of_a_ranking_is_a_choice():
    scores = np.random.default_rng(1).normal(size=(6, 4))
    p, first = np.exp(Ranking().logs(scores)), Ranking().orders(4)[:, 0]
    best = np.stack([p[:, first == i].sum(-1) for i in range(4)], -1)
    np.testing.assert_allclose(best, np.exp(Choice().logs(scores)), atol=1e-14)


def test_boltzmann_demonstrations_are_those_of_maximum_entropy():
    """Over all action sequences of a certain process, against soft values by backward induction."""
    rng, horizon = np.random.default_rng(2), 4
    nxt, reward = rng.integers(0, 3, (3, 2)), rng.normal(size=(3, 2))
    mdp = TabularMDP(np.eye(3)[nxt], reward, gamma=0.9)
    V, Q = np.zeros((horizon + 1, 3)), np.zeros((horizon, 3, 2))
    for t in reversed(range(horizon)):  # Q = r + V', V = log Σ exp Q
        Q[t] = reward + mdp.expect(V[t + 1])
        V[t] = np.log(np.exp(Q[t]).sum(-1))
    plans = list(product(range(2), repeat=horizon))
    scores, soft = np.zeros(len(plans)), np.zeros(len(plans))
    for i, plan in enumerate(plans):
        s = 0
        for t, a in enumerate(plan):
            scores[i] += reward[s, a]
            soft[i] += Q[t, s, a] - V[t, s]
            s = nxt[s, a]
    np.testing.assert_allclose(Choice().logs(scores), soft, atol=1e-12)


def test_demonstrations_match_features_at_the_maximum():
    """What a maximum-entropy learner demands: the mean features of the demonstrations are those of the model."""
    rng = np.random.default_rng(3)
    options = rng.normal(size=(30, 3))  # all trajectories there are
    given_ = respond(Choice(), np.tile(options @ TRUTH, (500, 1)), rng)
    w = fit_linear([(Choice(), np.tile(options, (500, 1, 1)), given_)])
    np.testing.assert_allclose(np.exp(Choice().logs(options @ w)) @ options, options[given_].mean(0), atol=1e-5)


def test_effort_keeps_corrections_small():
    p = np.exp(Correction((0.0, 1.0)).logs(np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 2.0]])))
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp([0.0, 1.0, -1.0])))


def test_ratings_are_calibrated():
    """With symmetric cuts: what is said to have probability p comes in a share p of the cases, whatever p."""
    rng, feedback = np.random.default_rng(4), Rating((-1.5, 0.0, 1.5))
    u = rng.normal(size=(40_000, 1))
    p, r = np.exp(feedback.logs(u)), respond(feedback, u, rng)
    np.testing.assert_allclose(np.exp(feedback.logs(-u)), p[:, ::-1], atol=1e-14)
    for c in range(4):
        bins = np.digitize(p[:, c], np.quantile(p[:, c], [0.25, 0.5, 0.75]))
        for b in range(4):
            here = bins == b
            exact, count = p[here, c].mean(), here.sum()
            assert abs((r[here] == c).mean() - exact) < 4 * np.sqrt(exact * (1 - exact) / count)  # 4 standard errors


@pytest.mark.parametrize(("feedback", "options"), LEARNED)
def test_weights_are_found_from_responses_of_every_kind(feedback, options):
    """A hundred thousand of them, of rankings a fifth; weights within 4 standard errors of about 1 %."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(20_000 if isinstance(feedback, Ranking) else 100_000, options, 3))
    w = fit_linear([(feedback, x, respond(feedback, x @ TRUTH, rng))])
    assert w @ TRUTH / np.linalg.norm(w) / np.linalg.norm(TRUTH) > 0.999
    np.testing.assert_allclose(w, TRUTH, atol=0.04)


def test_weights_are_found_from_where_trajectories_are_stopped():
    rng = np.random.default_rng(6)
    x = stop_scores(np.moveaxis(rng.normal(size=(100_000, 5, 3)), 1, -1)).swapaxes(1, 2)  # sums over beginnings
    w = fit_linear([(Choice(), x, respond(Choice(), x @ TRUTH, rng))])
    assert w @ TRUTH / np.linalg.norm(w) / np.linalg.norm(TRUTH) > 0.999
    np.testing.assert_allclose(stop_scores(torch.ones(2, 3)), [[1, 2, 3]] * 2)


def test_kinds_together_tell_what_each_leaves_open():
    """The second feature never differs within a pair, and ratings of things that lack the first never show that."""
    rng = np.random.default_rng(7)
    pairs, things = rng.normal(size=(3000, 2, 3)), rng.normal(size=(3000, 1, 3))
    pairs[..., 1] = pairs[:, :1, 1]
    things[..., 0] = 0
    parts = [(f, x, respond(f, x @ TRUTH, rng)) for f, x in ((Pairwise(), pairs), (Rating((-1, 0, 1)), things))]
    alone = [fit_linear([p], ridge=1e-3) for p in parts]
    assert abs(alone[0][1]) < 1e-6 and abs(alone[1][0]) < 1e-6
    np.testing.assert_allclose(fit_linear(parts), TRUTH, atol=0.12)


@pytest.mark.parametrize(("feedback", "options"), [*KINDS[:4], KINDS[5]])
def test_a_constant_on_all_options_is_never_seen(feedback, options):
    scores = np.random.default_rng(8).normal(size=(6, options))
    np.testing.assert_allclose(feedback.logs(scores + 3.7), feedback.logs(scores), atol=1e-12)


def test_a_rating_sees_it():
    assert np.abs(Rating((0.0,)).logs(np.zeros((1, 1))) - Rating((0.0,)).logs(np.ones((1, 1)))).max() > 0.3


@pytest.mark.parametrize(
    "make",
    [
        lambda: Choice(0.0),
        lambda: Pairwise(np.inf),
        lambda: Pairwise(1.0, 1.0),
        lambda: Correction(()),
        lambda: Correction((-1.0,)),
        lambda: Rating((1.0, 0.0)),
        lambda: Ranking(-1.0),
    ],
)
def test_options_that_cannot_be_are_refused(make):
    with pytest.raises(BadOption):
        make()


@pytest.mark.parametrize(
    "call",
    [
        lambda: Pairwise().logs(np.zeros((2, 3))),
        lambda: Rating((0.0,)).logs(np.zeros((2, 3))),
        lambda: Correction((0.0, 1.0)).logs(np.zeros((2, 3))),
        lambda: fit_linear([]),
        lambda: fit_linear([(Choice(), np.zeros((2, 3, 2)), np.zeros(3, int))]),
        lambda: fit_linear([(Choice(), np.zeros((2, 3)), np.zeros(2, int))]),
    ],
)
def test_queries_of_other_shapes_are_refused(call):
    with pytest.raises(BadBatch):
        call()
