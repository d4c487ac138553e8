import copy

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards.combination.barfi import Barfi, inverse_times


def square(n=5, gamma=0.95):
    """A grid whose far corner, which is terminal, pays 1."""
    S, moves = n * n, ((1, 0), (-1, 0), (0, 1), (0, -1))
    P, R = np.zeros((S, 4, S)), np.zeros((S, 4, S))
    for s in range(S):
        for a, (dx, dy) in enumerate(moves):
            after = np.clip(s % n + dx, 0, n - 1) + n * np.clip(s // n + dy, 0, n - 1)
            P[s, a, after], R[s, a, S - 1] = 1.0, 1.0
    return TabularMDP(P, R, gamma=gamma, initial=0, terminal=np.arange(S) == S - 1)


GRID = square()
LOOP = np.zeros((25, 4))
LOOP[2, 0] = LOOP[3, 1] = 1.0  # two cells of the first row pay for going back and forth
AWAY = np.array([8 - s % 5 - s // 5 for s in range(25)]) / 8.0
NEARER = AWAY[:, None] - AWAY[GRID.P.indices.reshape(25, 4)]
OPTIONS = {"outer_lr": 0.1, "lam_theta": 0.02}


def small(seed, behaviour):
    rng = np.random.default_rng(seed)
    mdp = random_mdp(rng, states=5, actions=2)
    data = rng.dirichlet(np.ones(2), 5) if behaviour else None
    barfi = Barfi(mdp, rng.normal(size=(5, 2)), behaviour=data, terms=None, inner_lr=0.2, lam_theta=2.0, counting=1.0)
    barfi.phi = 0.5 * rng.normal(size=(3, 5, 2))
    assert barfi.inner(800) < 1e-12  # at the fixed point
    return barfi


def settled(barfi, phi, gamma):
    other = copy.deepcopy(barfi)
    other.phi, other.gamma_phi = phi, gamma
    other.inner(60)
    return other.objective


@pytest.mark.parametrize("behaviour", (False, True))
@pytest.mark.parametrize("seed", range(2))
def test_the_implicit_gradient_is_that_of_finite_differences(seed, behaviour):
    barfi, step = small(seed, behaviour), 1e-3
    by_phi, by_gamma = barfi.implicit_gradient()
    exact = np.zeros_like(by_phi)
    for at in np.ndindex(*by_phi.shape):
        move = np.zeros_like(by_phi)
        move[at] = step
        ends = [settled(barfi, barfi.phi + sign * move, barfi.gamma_phi) for sign in (1, -1)]
        exact[at] = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(by_phi, exact, atol=1e-3 * np.abs(exact).max())
    ends = [settled(barfi, barfi.phi, barfi.gamma_phi + sign * step) for sign in (1, -1)]
    assert by_gamma == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-3)


def test_the_series_goes_to_the_solution():
    rng = np.random.default_rng(0)
    root, vector = rng.normal(size=(6, 6)) / 4, rng.normal(size=6)
    hessian = -root @ root.T - np.eye(6)
    exact = inverse_times(hessian, vector, terms=None)
    np.testing.assert_allclose(hessian @ exact, -vector)
    errors = [np.abs(inverse_times(hessian, vector, terms=n, eta=0.5) - exact).max() for n in (0, 5, 20, 80)]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 1e-12
    np.testing.assert_allclose(inverse_times(hessian, vector, terms=0, eta=0.5), 0.5 * vector)


def test_the_reward_begins_as_the_plain_sum():
    barfi = Barfi(GRID, LOOP)
    np.testing.assert_array_equal(barfi.reward, GRID.R + LOOP)
    assert barfi.gamma_phi == 0.95


def share(barfi):
    return GRID.evaluate(barfi.policy).value / GRID.solve().value


def test_a_misleading_heuristic_ruins_the_plain_sum_and_is_turned_around():
    plain, barfi = Barfi(GRID, LOOP, **OPTIONS), Barfi(GRID, LOOP, **OPTIONS)
    for _ in range(40):
        plain.inner()
        barfi.step()
    assert share(plain) < 0.05
    assert share(barfi) > 0.95
    assert barfi.phi[2, 2, 0] < 0 and barfi.phi[2, 3, 1] < 0  # what paid for the loop now costs


def test_with_a_helpful_heuristic_it_needs_less_than_half_of_the_steps_of_the_task_alone():
    barfi = Barfi(GRID, NEARER, **OPTIONS)
    alone = Barfi(GRID, np.zeros((25, 4)), **OPTIONS)
    alone.lam_theta = 1e-4  # a learner of its own may be as sure as it likes
    needed = next(n for n in range(100) if (barfi.step(), share(barfi) > 0.9)[1])
    alone.inner(15 * 2 * (needed + 1))
    assert share(alone) < 0.9


def test_with_the_options_of_the_paper_the_loop_is_left_too():
    barfi = Barfi(GRID, LOOP)
    for _ in range(150):
        barfi.step()
    assert share(barfi) > 0.75
    assert barfi.reward[2, 0] < 0.2  # of the 1 that the loop paid


def test_episodes_without_an_end_cannot_be_counted_step_by_step():
    with pytest.raises(BadOption, match="never end"):
        barfi = Barfi(GRID, 100 * LOOP, counting=1.0)
        barfi.inner(200)


def test_a_given_policy_may_be_actions():
    acts = Barfi(GRID, LOOP, behaviour=np.ones(25, dtype=int)).behaviour
    np.testing.assert_array_equal(acts, np.eye(4)[np.ones(25, dtype=int)])


def test_wrong_options_are_refused():
    for options in ({"lam_theta": 0.0}, {"inner_steps": 0}, {"terms": -1}, {"eta": 0.0}, {"lam_gamma": -1.0}):
        with pytest.raises(BadOption, match=next(iter(options))):
            Barfi(GRID, LOOP, **options)
    with pytest.raises(BadOption, match="auxiliary"):
        Barfi(GRID, LOOP[:3])
    with pytest.raises(BadOption, match="mdp"):
        Barfi(TabularMDP(np.ones((1, 2, 1)), np.ones((1, 2)), gamma=None), np.zeros((1, 2)))
