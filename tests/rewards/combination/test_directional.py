import numpy as np
import pytest
from scipy.stats import spearmanr
from steps import steps

from rewardlab.core import responses as rs
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import Directional, direction, direction_tokens, draw_directions, hypervolume, non_dominated

RNG = np.random.default_rng(0)
ANGLES = np.linspace(-45, 45, 9)


def front(responses=200):
    """Responses [K, 2] of a prompt below the quarter circle, some on it: a concave front."""
    angle = RNG.uniform(-np.pi / 4, np.pi / 4, responses)
    radius = np.where(RNG.random(responses) < 0.3, 1.0, RNG.random(responses))
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def score(r, degrees):
    """v · r as the reward itself pays it."""
    return Directional(direction(degrees))(steps(len(r), reward_vector=r))


def test_one_round_of_best_of_n_has_its_closed_form_law():
    r, n = front(20), 4
    s = score(r, 20.0)
    reference = RNG.dirichlet(np.ones(20))
    order = np.argsort(s)
    F = np.cumsum(reference[order])
    law = np.empty(20)
    law[order] = F**n - np.concatenate([[0.0], F[:-1]]) ** n
    np.testing.assert_allclose(rs.best_of(reference, s, n), law, atol=1e-12)
    drawn = RNG.choice(20, size=(40_000, n), p=reference)
    best = np.take_along_axis(drawn, s[drawn].argmax(1)[:, None], 1)[:, 0]
    fitted = np.bincount(best, minlength=20) / len(best)  # maximum likelihood of a table
    assert 0.5 * np.abs(fitted - law).sum() < 0.02


def test_rounds_on_the_last_data_give_best_of_n_to_the_t():
    s, reference = score(front(30), -10.0), np.full(30, 1 / 30)
    last = reference
    for t in range(1, 5):
        last = rs.best_of(last, s, 3)  # sample from the newest policy, keep the best of 3, fit exactly
        np.testing.assert_allclose(last, rs.best_of(reference, s, 3**t), atol=1e-10)


def test_rounds_on_the_union_give_the_equal_mixture_of_the_laws_of_the_rounds():
    s, reference, draws = score(front(12), -10.0), np.full(12, 1 / 12), 30_000
    policy, laws, fitted, counts = reference, [], reference, np.zeros(12)
    for _ in range(4):
        laws.append(rs.best_of(policy, s, 3))
        policy = np.mean(laws, axis=0)
        drawn = RNG.choice(12, size=(draws, 3), p=fitted)  # the same by sampling, from what was fitted last
        kept = np.take_along_axis(drawn, s[drawn].argmax(1)[:, None], 1)[:, 0]
        counts += np.bincount(kept, minlength=12)
        fitted = counts / counts.sum()
    assert 0.5 * np.abs(fitted - policy).sum() < 0.02
    # a round samples from the mixture so far, so its law lags behind the best of 3^t
    assert rs.expected(reference, s) < rs.expected(policy, s) < rs.expected(rs.best_of(reference, s, 3**4), s)
    assert 0.5 * np.abs(laws[-1] - rs.best_of(reference, s, 3**4)).sum() > 0.1


def test_the_limit_traces_the_front_within_two_percent_of_its_volume_and_angles_control_it():
    prompts = [front() for _ in range(50)]
    z = np.array([0.0, -1.0])
    ratios, second = [], []
    for r in prompts:
        limit = [rs.best_of(np.full(200, 1 / 200), score(r, a), 80**4) @ r for a in np.linspace(-45, 45, 91)]
        ratios.append(hypervolume(np.array(limit), z) / hypervolume(r[non_dominated(r)], z))
        second.append([rs.best_of(np.full(200, 1 / 200), score(r, a), 80) @ r[:, 1] for a in ANGLES])
    assert min(ratios) > 0.98
    mean = np.mean(second, axis=0)
    assert (np.diff(mean) > 0).all() and spearmanr(ANGLES, mean)[0] >= 0.95


def test_swapping_the_objectives_and_the_direction_swaps_nothing():
    r = front(10)
    one = Directional((0.8, -0.6))(steps(10, reward_vector=r))
    np.testing.assert_array_equal(one, Directional((-0.6, 0.8))(steps(10, reward_vector=r[:, ::-1])))


def test_standardised_objectives_do_not_care_for_units():
    r = RNG.normal(size=(50, 2))
    other = r * [100.0, 0.01] + [5.0, -3.0]
    pays = []
    for x in (r, other):
        reward = Directional((0.8, -0.6))
        reward.update(steps(30, reward_vector=x[:30]))
        reward.update(steps(20, reward_vector=x[30:]))
        pays.append(reward(steps(50, reward_vector=x)))
    z = (r - r.mean(0)) / r.std(0)
    np.testing.assert_allclose(pays[0], z @ [0.8, -0.6], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(pays[1], pays[0], rtol=1e-9, atol=1e-10)


def test_an_objective_that_never_varies_pays_nothing():
    reward = Directional((0.6, 0.8))
    reward.update(steps(4, reward_vector=np.array([[1.0, 7.0]] * 4)))
    np.testing.assert_array_equal(reward(steps(1, reward_vector=[[1.0, 7.0]])), 0)


def test_directions_are_drawn_within_the_angle_and_written_in_hundredths():
    v = draw_directions(4000, np.random.default_rng(1))
    np.testing.assert_allclose((v * v).sum(1), 1.0)
    assert v[:, 0].min() >= np.sqrt(0.5) - 1e-12
    angle = np.degrees(np.arctan2(v[:, 1], v[:, 0]))
    np.testing.assert_allclose(np.quantile(angle, [0.25, 0.5, 0.75]), [-22.5, 0, 22.5], atol=2.5)
    assert direction_tokens((0.8, -0.6), ("helpfulness", "verbosity")) == "helpfulness 80 verbosity -60"
    assert direction(90.0) == pytest.approx((0.0, 1.0))


def test_bad_directions_and_data_are_refused():
    with pytest.raises(BadOption, match=r"v=\(0.6, 0.8\)"):  # the mend
        Directional((3.0, 4.0))
    with pytest.raises(BadOption):
        Directional((0.0, 0.0))
    with pytest.raises(BadOption, match="angle_max"):
        draw_directions(3, RNG, angle_max=200.0)
    with pytest.raises(BadOption, match="1 names"):
        direction_tokens((0.8, 0.6), ("one",))
    reward = Directional((0.8, 0.6))
    with pytest.raises(BadBatch, match="NaN"):
        reward.update(steps(1, reward_vector=[[np.nan, 0.0]]))
    assert np.isnan(reward(steps(1, reward_vector=[[np.nan, 0.0]]))).all()
