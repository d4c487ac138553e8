"""Exact tables against closed forms, against every deterministic policy, and against simulation by matrix powers."""

import itertools

import numpy as np
import pytest
from scipy import sparse

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def garnet(seed, states=5, actions=3, *, terminals=0, per_transition=False, gamma=0.9):
    """A random process; with terminals every row leaks to them, so that each policy ends."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(states, 0.4), (states, actions))
    terminal = np.arange(states) >= states - terminals
    if terminals:
        P = 0.9 * P + 0.1 * (terminal / terminals)
    R = rng.normal(size=(states, actions, states) if per_transition else (states, actions))
    return TabularMDP(P, R, gamma=gamma, initial=rng.dirichlet(np.ones(states)), terminal=terminal)


def all_policies(mdp):
    return (np.array(p) for p in itertools.product(range(mdp.num_actions), repeat=mdp.num_states))


def test_two_state_chain_has_its_closed_form():
    # Stay and pay 1, or leave for a state that pays 0 for ever: V = 1 / (1 - γ).
    P = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])
    mdp = TabularMDP(P, np.array([[1.0, 5.0], [0.0, 0.0]]), gamma=0.9)
    best = mdp.solve()
    assert best.policy[0] == 0
    np.testing.assert_allclose(best.V, [10.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(best.Q[0], [10.0, 5.0], atol=1e-12)
    assert best.value == pytest.approx(10.0, abs=1e-12)
    # At γ = 0.8 both are worth 5: the set of best actions has two members.
    np.testing.assert_array_equal(mdp.with_gamma(0.8).optimal_actions(), [[True, True], [True, True]])
    np.testing.assert_array_equal(mdp.optimal_actions(), [[True, False], [True, True]])


@pytest.mark.parametrize("p", [0.25, 0.4, 0.5, 0.55])
def test_gambler_at_a_fixed_stake_is_ruined_as_the_formula_says(p):
    # One coin per throw from k to n coins: P(win) = (1 − ρ^k) / (1 − ρ^n), ρ = (1 − p) / p.
    n = 20
    P = np.zeros((n + 1, 1, n + 1))
    for k in range(1, n):
        P[k, 0, k + 1], P[k, 0, k - 1] = p, 1 - p
    R = np.zeros((n + 1, 1, n + 1))
    R[n - 1, 0, n] = 1.0
    mdp = TabularMDP(P, R, gamma=1.0, initial=7, terminal=np.isin(np.arange(n + 1), (0, n)))
    k, rho = np.arange(1, n), (1 - p) / p
    expected = k / n if p == 0.5 else (1 - rho**k) / (1 - rho**n)
    np.testing.assert_allclose(mdp.solve().V[1:n], expected, atol=1e-10)
    assert mdp.solve().value == pytest.approx(expected[6], abs=1e-10)


def test_bold_play_is_best_for_the_gambler_in_a_game_against_him():
    # Dubins and Savage: with p < 1/2 bold play is optimal, and from half the goal it wins with probability p.
    n, p = 16, 0.4
    P = np.zeros((n + 1, n // 2, n + 1))
    for k in range(1, n):
        for a in range(n // 2):
            stake = min(a + 1, k, n - k)
            P[k, a, k + stake] += p
            P[k, a, k - stake] += 1 - p
    P[[0, n], :, [0, n]] = 1.0
    R = np.zeros((n + 1, n // 2, n + 1))
    R[:, :, n] = 1.0
    mdp = TabularMDP(P, R, gamma=1.0, initial=n // 2, terminal=np.isin(np.arange(n + 1), (0, n)))
    best = mdp.solve()
    bold = mdp.evaluate(np.minimum(np.arange(n + 1), n - np.arange(n + 1)).clip(1) - 1)
    assert best.V[n // 2] == pytest.approx(p, abs=1e-12)
    assert best.V[n // 4] == pytest.approx(p**2, abs=1e-12)
    np.testing.assert_allclose(bold.V, best.V, atol=1e-12)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("gamma,terminals", [(0.9, 0), (0.9, 1), (1.0, 1), (1.0, 2), (0.0, 0)])
def test_the_optimum_is_that_of_all_deterministic_policies(seed, gamma, terminals):
    mdp = garnet(seed, terminals=terminals, per_transition=seed % 2 == 1, gamma=gamma)
    best = mdp.solve()
    values = [mdp.evaluate(policy).V for policy in all_policies(mdp)]
    np.testing.assert_allclose(best.V, np.max(values, axis=0), atol=1e-10)
    np.testing.assert_allclose(best.Q.max(1), best.V, atol=1e-10)  # the Bellman optimum holds
    np.testing.assert_allclose(mdp.evaluate(best.policy).V, best.V, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_evaluation_is_the_sum_of_a_long_simulation_by_matrices(seed):
    mdp = garnet(seed, per_transition=True, gamma=0.8)
    rng = np.random.default_rng(seed)
    policy = rng.dirichlet(np.ones(3), 5)
    P, R = mdp.dense()
    assert R.shape == (5, 3, 5)
    chain = np.einsum("sa,sat->st", policy, P)
    reward = np.einsum("sa,sat,sat->s", policy, P, R)
    total, term = np.zeros(5), reward
    for t in range(200):
        total = total + 0.8**t * term
        term = chain @ term
    np.testing.assert_allclose(mdp.evaluate(policy).V, total, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gamma,terminals", [(0.95, 0), (0.95, 2), (1.0, 1), (None, 0)])
def test_occupancy_times_reward_is_the_return(seed, gamma, terminals):
    mdp = garnet(seed, terminals=terminals, per_transition=True, gamma=gamma)
    for policy in (np.random.default_rng(seed).dirichlet(np.ones(3), 5), mdp.solve().policy):
        visits = mdp.occupancy(policy)
        assert (visits >= -1e-12).all() and (visits[mdp.terminal] == 0).all()
        assert (visits * mdp.R).sum() == pytest.approx(mdp.evaluate(policy).value, abs=1e-10)
        if gamma is None:
            assert visits.sum() == pytest.approx(1.0, abs=1e-12)
            flow = visits.ravel() @ mdp.P
            np.testing.assert_allclose(flow, visits.sum(1), atol=1e-12)
        elif not terminals:
            assert visits.sum() == pytest.approx(1 / (1 - gamma), abs=1e-9)


def test_occupancy_without_discount_counts_visits():
    # From state 0 stay with probability 3/4: a geometric number of visits, 4 on average.
    mdp = TabularMDP([[[0.75, 0.25]], [[0.0, 1.0]]], [[2.0], [0.0]], gamma=1.0, terminal=np.array([False, True]))
    np.testing.assert_allclose(mdp.occupancy([0, 0]), [[4.0], [0.0]], atol=1e-12)
    assert mdp.solve().value == pytest.approx(8.0)


@pytest.mark.parametrize("seed", range(4))
def test_average_reward_is_what_powers_of_the_chain_give(seed):
    mdp = garnet(seed, gamma=None)
    best = mdp.solve()
    gains = []
    for policy in all_policies(mdp):
        chain = mdp.P[np.arange(5) * 3 + policy].toarray()
        power = np.linalg.matrix_power(chain, 4096)
        gains.append(power[0] @ mdp.R[np.arange(5), policy])
        assert mdp.evaluate(policy).value == pytest.approx(gains[-1], abs=1e-10)
    assert best.value == pytest.approx(max(gains), abs=1e-10)
    # The bias is what is gained over the gain in all time to come.
    chain = mdp.P[np.arange(5) * 3 + best.policy].toarray()
    reward, bias, power = mdp.R[np.arange(5), best.policy], np.zeros(5), np.eye(5)
    for _ in range(3000):
        bias, power = bias + power @ (reward - best.value), power @ chain
    np.testing.assert_allclose(best.V, bias, atol=1e-9)
    np.testing.assert_allclose(best.Q.max(1), best.V, atol=1e-10)


def test_a_periodic_chain_and_a_detour_have_their_gain():
    # Two states in a ring pay 1 and 3: 2 per step. A second action stays and pays 1.9: not worth it.
    P = np.zeros((2, 2, 2))
    P[0, 0, 1] = P[1, 0, 0] = P[0, 1, 0] = P[1, 1, 1] = 1.0
    mdp = TabularMDP(P, [[1.0, 1.9], [3.0, 0.0]], gamma=None)
    best = mdp.solve()
    assert best.value == pytest.approx(2.0, abs=1e-12)
    np.testing.assert_allclose(best.V, [-0.5, 0.5], atol=1e-12)
    assert mdp.evaluate([1, 0]).value == pytest.approx(1.9, abs=1e-12)
    with pytest.raises(BadOption, match="2 recurrent classes"):
        mdp.evaluate([1, 1])


@pytest.mark.parametrize("gamma", [0.9, None])
def test_backward_induction_is_the_best_of_all_plans(gamma):
    mdp = garnet(3, states=3, actions=2, gamma=gamma)
    best = mdp.solve(horizon=3)
    discount = 1.0 if mdp.gamma is None else mdp.gamma
    values = []
    for plan in itertools.product(range(2), repeat=9):
        policy, V = np.array(plan).reshape(3, 3), np.zeros(3)
        for t in (2, 1, 0):
            V = mdp.R[np.arange(3), policy[t]] + discount * (mdp.P[np.arange(3) * 2 + policy[t]] @ V)
        values.append(V)
        assert mdp.evaluate(policy, horizon=3).value == pytest.approx(mdp.initial @ V, abs=1e-12)
    np.testing.assert_allclose(best.V[0], np.max(values, axis=0), atol=1e-12)
    assert best.V.shape == (4, 3) and best.Q.shape == (3, 3, 2) and best.policy.shape == (3, 3)
    np.testing.assert_allclose(mdp.evaluate(best.policy, horizon=3).V, best.V, atol=1e-12)


def test_a_long_horizon_tends_to_the_discounted_optimum():
    mdp = garnet(1)
    np.testing.assert_allclose(mdp.solve(horizon=400).V[0], mdp.solve().V, atol=1e-12)


def test_dense_and_sparse_tables_are_one():
    rng = np.random.default_rng(0)
    P = rng.dirichlet(np.full(400, 0.05), (400, 2))  # past the border between dense and sparse solves
    R = rng.normal(size=(400, 2, 400))
    a = TabularMDP(P, R, gamma=0.95)
    b = TabularMDP(sparse.coo_matrix(P.reshape(800, 400)), sparse.csr_matrix(R.reshape(800, 400)), gamma=0.95)
    np.testing.assert_array_equal(a.P.toarray(), b.P.toarray())
    np.testing.assert_array_equal(a.R, b.R)
    np.testing.assert_array_equal(a.pay, b.pay)
    np.testing.assert_allclose(a.solve().V, b.solve().V, atol=1e-12)
    V = a.solve().V
    np.testing.assert_allclose((a.R + 0.95 * a.expect(V)).max(1), V, atol=1e-10)
    dense_P, dense_R = a.dense()
    np.testing.assert_allclose(np.where(dense_P > 0, R, 0.0), dense_R, atol=0)


def test_shaping_by_reward_arithmetic_keeps_the_optimal_actions():
    mdp = garnet(2, states=6, terminals=1, gamma=0.9)
    phi = np.where(mdp.terminal, 0.0, np.random.default_rng(5).normal(size=6))
    shaped = mdp.with_reward(mdp.R + 0.9 * mdp.expect(phi) - phi[:, None])
    np.testing.assert_allclose(shaped.solve().V, mdp.solve().V - phi, atol=1e-10)
    np.testing.assert_array_equal(shaped.optimal_actions(), mdp.optimal_actions())
    bonus = mdp.with_reward(mdp.R + 3.0 * np.eye(6)[:, :3])  # a bonus that is no potential does change them
    assert (bonus.optimal_actions() != mdp.optimal_actions()).any()


def test_terminal_states_pay_nothing_whatever_their_rows_say():
    P = np.array([[[0.5, 0.5]], [[np.nan, 7.0]]])
    mdp = TabularMDP(P, [[1.0], [99.0]], gamma=1.0, terminal=np.array([False, True]))
    assert mdp.solve().value == pytest.approx(2.0)
    np.testing.assert_array_equal(mdp.dense()[0][1], [[0.0, 1.0]])
    assert mdp.with_reward(np.full((2, 1, 2), 3.0)).solve().value == pytest.approx(6.0)


def test_without_discount_the_best_policy_ends():
    # Waiting is free and the exit costs: of the policies that end, the best takes the cheaper exit.
    P = np.zeros((2, 3, 2))
    P[0, 0, 0] = P[0, 1, 1] = P[0, 2, 1] = 1.0
    mdp = TabularMDP(P, [[0.0, -2.0, -1.0], [0, 0, 0]], gamma=1.0, terminal=np.array([False, True]))
    assert mdp.solve().policy[0] == 2 and mdp.solve().value == -1.0
    with pytest.raises(BadOption, match="never ends"):
        mdp.evaluate([0, 0])
    with pytest.raises(BadOption, match="unbounded"):
        mdp.with_reward([[0.1, 0.0, 0.0], [0, 0, 0]]).solve()


ONE = np.ones((2, 1, 2)) / 2
PAY = np.zeros((2, 1))


@pytest.mark.parametrize(
    "make,words",
    [
        (lambda: TabularMDP(ONE * 0.9, PAY), "state 0, action 0 sum to 0.9"),
        (lambda: TabularMDP(ONE * [[[-1, 3]]], PAY), "-0.5 for state 0"),
        (lambda: TabularMDP(ONE * np.nan, PAY), "nan for state 0"),
        (lambda: TabularMDP(ONE[:1], PAY), r"P has shape \(1, 1, 2\)"),
        (lambda: TabularMDP(sparse.csr_array((3, 2)), PAY), r"\(3, 2\)"),
        (lambda: TabularMDP(ONE, np.zeros((2, 2))), r"R has shape \(2, 2\)"),
        (lambda: TabularMDP(ONE, sparse.csr_array((4, 2))), r"sparse R has shape \(4, 2\)"),
        (lambda: TabularMDP(ONE, PAY * np.inf), "reward of state 0"),
        (lambda: TabularMDP(ONE, [[0.0], [np.nan]]), "reward of state 1, action 0 is nan"),
        (
            lambda: TabularMDP(ONE * [[[1, 1]], [[0, 2]]], [[[0.0, np.nan]], [[0.0, 0.0]]]),
            "reward of state 0, action 0",
        ),
        (lambda: TabularMDP(ONE, PAY, gamma=1.5), "gamma=1.5"),
        (lambda: TabularMDP(ONE, PAY, gamma=1.0), "no terminal state can be reached"),
        (lambda: TabularMDP(ONE, PAY, gamma=None, terminal=np.array([False, True])), "average reward with terminal"),
        (lambda: TabularMDP(ONE, PAY, terminal=np.array([0, 1])), "terminal has shape"),
        (lambda: TabularMDP(ONE, PAY, initial=2), "initial=2"),
        (lambda: TabularMDP(ONE, PAY, initial=[0.5, 0.6]), "sums to 1.1"),
        (lambda: TabularMDP(ONE, PAY).evaluate([0, 1]), r"actions 0\.\.1"),
        (lambda: TabularMDP(ONE, PAY).evaluate([[0.5], [1.0]]), "no distributions"),
        (lambda: TabularMDP(ONE, PAY).evaluate([0.0, 0.0]), r"shape \(2,\) and dtype float64"),
        (lambda: TabularMDP(ONE, PAY).solve(horizon=0), "horizon=0"),
    ],
)
def test_mistakes_are_named(make, words):
    with np.errstate(invalid="ignore"), pytest.raises(BadOption, match=words):
        make()
