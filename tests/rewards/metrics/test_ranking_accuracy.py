"""Ranking accuracy against the exact optimum of preference learning."""

import math

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import beats, tilted
from rewardlab.rewards.metrics import (
    alignment_gap,
    dpo_loss,
    flip_threshold,
    ideal_ranking_accuracy,
    ranking_accuracy,
)

RNG = np.random.default_rng(0)
REF = RNG.dirichlet(np.ones(12))
REWARD = RNG.normal(size=12)
W, L = np.where(beats(REWARD) > 0.5)  # all pairs, the better one first
AGREE = beats(REWARD)[W, L]


@pytest.mark.parametrize("beta", [0.05, 0.2, 1.0, 5.0])
def test_the_population_optimum_attains_the_ideal(beta):
    log, ref = np.log(tilted(REF, REWARD, beta)), np.log(REF)
    ideal = ideal_ranking_accuracy(ref[W], ref[L], AGREE, beta=beta)
    assert ranking_accuracy(log[W], log[L]) == ideal
    assert alignment_gap(log[W], log[L], ref[W], ref[L], AGREE, beta=beta) == 0.0


def test_with_a_large_beta_the_reference_ranks_and_with_a_small_one_the_people():
    ref = np.log(REF)
    assert ideal_ranking_accuracy(ref[W], ref[L], AGREE, beta=1e9) == ranking_accuracy(ref[W], ref[L])
    assert ideal_ranking_accuracy(ref[W], ref[L], AGREE, beta=1e-9) == 1.0
    assert ideal_ranking_accuracy(ref[L], ref[W], np.ones(len(W)), beta=1.0) == 1.0  # unanimity makes any pair right


def test_a_pair_is_right_exactly_when_its_loss_is_below_its_threshold():
    ref = np.log(RNG.dirichlet(np.ones(30), size=400))
    log = np.log(RNG.dirichlet(np.ones(30), size=400))
    for beta in (0.01, 0.1, 0.5):
        loss = dpo_loss(log[:, 0], log[:, 1], ref[:, 0], ref[:, 1], beta=beta)
        below = loss < flip_threshold(ref[:, 0], ref[:, 1], beta=beta)
        np.testing.assert_array_equal(below, log[:, 0] > log[:, 1])


def test_every_pair_begins_at_log_2():
    ref = np.log(REF)
    np.testing.assert_allclose(dpo_loss(ref[W], ref[L], ref[W], ref[L], beta=0.3), math.log(2))
    assert (flip_threshold(ref[W], ref[L], beta=0.3) < math.log(2)).tolist() == (ref[L] > ref[W]).tolist()


def test_per_token_accuracy():
    assert ranking_accuracy(np.array([-10.0]), np.array([-6.0])) == 0.0
    assert ranking_accuracy(np.array([-10.0]), np.array([-6.0]), lengths=(np.array([10]), np.array([3]))) == 1.0


def test_mistakes_are_named():
    with pytest.raises(BadBatch):
        ranking_accuracy(np.zeros(2), np.zeros(3))
    with pytest.raises(BadBatch):
        ranking_accuracy(np.zeros(0), np.zeros(0))
    with pytest.raises(BadBatch):
        ideal_ranking_accuracy(np.zeros(2), np.zeros(2), np.array([0.5, 1.5]), beta=1.0)
    with pytest.raises(BadOption, match="beta"):
        ideal_ranking_accuracy(np.zeros(2), np.zeros(2), np.full(2, 0.5), beta=0.0)
