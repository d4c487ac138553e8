import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import (
    RewardMachine,
    compile_ltl,
    inner_value,
    limit_average,
    lottery_value,
    machine_value,
    markov_value,
    occupancy_value,
    outer_value,
    ranked,
    regularised_value,
    satisfaction,
    trajectory_value,
    vector_value,
)
from rewardlab.rewards.specification.lotteries import pairs, pays

STEPS, S, A = 3, 6, 2


def layers(rng, gamma):
    """0 -> {1, 2} -> {3, 4} -> 5, which ends: every episode has three steps, and horizons are exact."""
    P = np.zeros((S, A, S))
    for own, after in (([0], [1, 2]), ([1, 2], [3, 4]), ([3, 4], [5])):
        for s, a in itertools.product(own, range(A)):
            P[s, a, after] = rng.dirichlet(np.ones(len(after)))
    return TabularMDP(P, rng.normal(size=(S, A)), gamma=gamma, terminal=np.arange(S) == 5)


def some_policies(rng, n=200):
    return rng.dirichlet(np.ones(A), (n, S))


def orders_agree(one, two):
    """The same numbers, and so the same order."""
    np.testing.assert_allclose(one, two, atol=1e-9)
    np.testing.assert_array_equal(ranked(one, 1e-8), ranked(two, 1e-8))
    assert len(set(ranked(one, 1e-8))) > 20


def machine_of(mdp):
    """A Markov reward as a machine of one state, whose propositions are the bits of the pair's number."""
    names = [f"b{k}" for k in range(4)]
    guards = [" & ".join(n if pair >> k & 1 else f"!{n}" for k, n in enumerate(names)) for pair in range(S * A)]
    edges = [("only", g, "only", r) for g, r in zip(guards, mdp.R.ravel(), strict=True)]
    columns = {n: (pairs(mdp) >> k & 1).astype(bool) for k, n in enumerate(names)}
    return RewardMachine(edges=edges, initial="only"), columns


# -- inclusions: each translator gives the same order of 200 random policies -------------------------------------------


def test_markov_rewards_are_in_rm_rrl_inmr_onmr_imorl_omorl_fomr_ftr_ftlr():
    rng, gamma = np.random.default_rng(0), 0.9
    mdp = layers(rng, gamma)
    policies = some_policies(rng)
    machine, columns = machine_of(mdp)
    twice = np.stack([mdp.R, rng.normal(size=(S, A))])
    translators = {
        "RM": lambda p: machine_value(p, mdp, machine, columns),
        "RRL": lambda p: regularised_value(p, mdp, alpha=0.0),
        "INMR": lambda p: inner_value(p, mdp, lambda g: g, horizon=STEPS),
        "ONMR": lambda p: outer_value(p, mdp, lambda j: j),
        "IMORL": lambda p: inner_value(p, mdp, lambda g: g[:, 0], horizon=STEPS, rewards=twice),
        "OMORL": lambda p: outer_value(p, mdp, lambda j: j[0], rewards=twice),
        "FOMR": lambda p: occupancy_value(p, mdp, lambda d: (d * mdp.R).sum()),
        "FTR": lambda p: trajectory_value(p, mdp, lambda x: x.discounted(pays(mdp), gamma), horizon=STEPS),
        "FTLR": lambda p: lottery_value(
            p, mdp, lambda x: x.probability @ x.discounted(pays(mdp), gamma), horizon=STEPS
        ),
    }
    own = [markov_value(p, mdp) for p in policies]
    for value in translators.values():
        orders_agree(own, [value(p) for p in policies])


def by_hand(machine, columns, x):
    """[M] the discounted pay of a machine on each trajectory, walked in plain Python."""
    m, out = machine.compiled, []
    for entries in x.entries:
        u, total = m.initial, 0.0
        for t, e in enumerate(entries):
            if e < 0:
                break
            w = sum(int(columns[p][e]) << k for k, p in enumerate(m.propositions))
            total += 0.9**t * m.pay[u, w]
            u = m.after[u, w]
        out.append(total)
    return np.array(out)


def test_machines_are_in_ftr():
    rng = np.random.default_rng(1)
    mdp = layers(rng, 0.9)
    columns = {p: (rng.random(S) < 0.5)[mdp.P.indices] for p in "ab"}
    edges = [("u", "a", "v", 0.3), ("v", "b & !a", "u", 1.0), ("v", "a & b", "w", -0.4), ("w", "!a", "u", 0.2)]
    machine, policies = RewardMachine(edges=edges, initial="u"), some_policies(rng)
    own = [machine_value(p, mdp, machine, columns) for p in policies]
    orders_agree(
        own, [trajectory_value(p, mdp, lambda x: by_hand(machine, columns, x), horizon=STEPS) for p in policies]
    )


@pytest.mark.parametrize("formula", ["F (a & X b)", "G !a", "!b U a", "F b & G (b -> X a)"])
def test_formulas_are_in_ftr(formula):
    rng = np.random.default_rng(3)
    mdp = layers(rng, 0.9)
    flags = {"a": np.array([0, 1, 0, 0, 1, 0], dtype=bool), "b": np.array([0, 0, 1, 1, 0, 0], dtype=bool)}
    meanings = {
        "F (a & X b)": lambda a, b: any(a[i] and b[i + 1] for i in range(2)),
        "G !a": lambda a, b: not any(a),
        "!b U a": lambda a, b: any(a[j] and not any(b[:j]) for j in range(3)),
        "F b & G (b -> X a)": lambda a, b: any(b) and all(not b[i] or (i < 2 and a[i + 1]) for i in range(3)),
    }

    def verdicts(x):
        return np.array([meanings[formula](flags["a"][s[1:]], flags["b"][s[1:]]) for s in x.states], dtype=float)

    policies = some_policies(rng)
    own = [satisfaction(p, mdp, compile_ltl(formula), flags) for p in policies]
    np.testing.assert_allclose(own, [trajectory_value(p, mdp, verdicts, horizon=STEPS) for p in policies], atol=1e-12)
    assert 0 < min(own) < max(own) < 1


def test_functions_of_the_return_are_in_ftr_and_ftr_is_in_imorl():
    rng = np.random.default_rng(4)
    mdp, gamma = layers(rng, 0.9), 0.9
    policies, two = some_policies(rng), rng.normal(size=(2, S, A))

    def tanh(x):
        return np.tanh(x.discounted(pays(mdp), gamma))

    def best(x):
        return x.discounted(two.reshape(2, -1).T[pairs(mdp)], gamma).max(1)

    own = [inner_value(p, mdp, np.tanh, horizon=STEPS) for p in policies]
    orders_agree(own, [trajectory_value(p, mdp, tanh, horizon=STEPS) for p in policies])
    own = [inner_value(p, mdp, lambda g: g.max(1), horizon=STEPS, rewards=two) for p in policies]
    orders_agree(own, [trajectory_value(p, mdp, best, horizon=STEPS) for p in policies])

    # One indicator reward for each pair: the vector of returns says which trajectory it was.
    each = np.eye(S * A).reshape(S * A, S, A)

    def strange(s, a):
        return np.sin(7 * s[:, :STEPS] @ np.array([1, 3, 5]) + 2 * a @ np.array([1, 2, 4]))

    def decoded(returns):
        when = np.round(np.log(np.where(returns > 0, returns, 1.0)) / np.log(gamma)).astype(int)
        pair = [
            [np.flatnonzero((r > 0) & (w == t))[0] for t in range(STEPS)] for r, w in zip(returns, when, strict=True)
        ]
        return strange(*np.divmod(np.array(pair), A))

    own = [trajectory_value(p, mdp, lambda x: strange(x.states, x.actions), horizon=STEPS) for p in policies]
    orders_agree(own, [inner_value(p, mdp, decoded, horizon=STEPS, rewards=each) for p in policies])


def test_functions_of_the_occupancy_of_return_vectors_and_of_lotteries_are_one():
    rng = np.random.default_rng(5)
    mdp = layers(rng, 0.9)
    policies, two = some_policies(rng), rng.normal(size=(2, S, A))
    each = np.eye(S * A).reshape(S * A, S, A)
    own = [occupancy_value(p, mdp, lambda d: np.sin(9 * d).sum()) for p in policies]
    orders_agree(own, [outer_value(p, mdp, lambda j: np.sin(9 * j).sum(), rewards=each) for p in policies])
    own = [outer_value(p, mdp, lambda j: j[0] * j[1], rewards=two) for p in policies]
    orders_agree(own, [occupancy_value(p, mdp, lambda d: np.prod((two * d).sum((1, 2)))) for p in policies])

    def second_moment(x):
        return x.probability @ x.discounted(pays(mdp), 0.9) ** 2 - (x.probability @ x.discounted(pays(mdp), 0.9)) ** 2

    def from_occupancy(d):  # the occupancy says what the policy does wherever it comes
        total = d.sum(1, keepdims=True)
        policy = np.where(total > 0, d / np.where(total > 0, total, 1), 1 / A)
        return lottery_value(policy, mdp, second_moment, horizon=STEPS)

    own = [lottery_value(p, mdp, second_moment, horizon=STEPS) for p in policies]
    orders_agree(own, [occupancy_value(p, mdp, from_occupancy) for p in policies])


def test_preorders_on_vectors_are_preorders_on_occupancies():
    rng = np.random.default_rng(6)
    mdp = layers(rng, 0.9)
    policies, two = some_policies(rng, 40), rng.normal(size=(2, S, A))
    vectors = np.array([vector_value(p, mdp, two) for p in policies])
    occupancies = np.array([mdp.occupancy(p) for p in policies])

    def above(x):  # at least as good in both: not total, so no number orders like it
        return (x[:, None] >= x[None] - 1e-9).all(-1)

    np.testing.assert_array_equal(above(vectors), above(np.einsum("nsa,ksa->nk", occupancies, two)))
    assert not (above(vectors) | above(vectors).T).all()


# -- single objectives -------------------------------------------------------------------------------------------------


def test_the_long_run_average_is_that_of_long_simulated_sums():
    rng = np.random.default_rng(7)
    for _ in range(10):
        mdp = random_mdp(rng, states=6, actions=2, branching=1, terminal=0, gamma=0.9)
        policy = rng.dirichlet(np.ones(2), 6)
        long = mdp.with_gamma(1 - 1e-7) if mdp.gamma else mdp
        assert limit_average(policy, mdp) == pytest.approx(1e-7 * long.evaluate(policy).value, abs=1e-5)
    single = random_mdp(rng, states=6, actions=2, branching=6, terminal=0)
    policy = rng.dirichlet(np.ones(2), 6)
    assert limit_average(policy, single) == pytest.approx(single.with_gamma(None).evaluate(policy).value, abs=1e-10)


def test_the_long_run_average_with_two_recurrent_classes_weighs_them_by_chance():
    P = np.zeros((3, 1, 3))
    P[0, 0], P[1, 0, 1], P[2, 0, 2] = [0.5, 0.1, 0.4], 1, 1
    mdp = TabularMDP(P, np.array([[9.0], [1.0], [2.0]]), gamma=0.9)
    assert limit_average(np.zeros(3, dtype=int), mdp) == pytest.approx(0.2 * 1 + 0.8 * 2)


def test_the_discounted_entropy_has_its_closed_form():
    P = np.ones((1, 2, 1))
    mdp = TabularMDP(P, np.array([[1.0, 0.0]]), gamma=0.9)
    for p in (0.0, 0.3, 1.0):
        entropy = -sum(x * np.log(x) for x in (p, 1 - p) if x > 0)
        assert regularised_value([[p, 1 - p]], mdp, alpha=0.5) == pytest.approx(10 * (p + 0.5 * entropy))
        second = regularised_value([[p, 1 - p]], mdp, alpha=2, regulariser=lambda x: x[0, 1])
        assert second == pytest.approx(10 * p + 2 * (1 - p))


def test_the_regularised_optimum_is_the_softmax():
    mdp = TabularMDP(np.ones((1, 2, 1)), np.array([[1.0, 0.2]]), gamma=0.9)
    grid = np.linspace(0.005, 0.995, 199)
    values = [regularised_value([[p, 1 - p]], mdp, alpha=0.5) for p in grid]
    assert grid[np.argmax(values)] == pytest.approx(1 / (1 + np.exp(-0.8 / 0.5)), abs=2.6e-3)


def test_a_concave_function_of_the_return_dislikes_risk():
    P = np.zeros((4, 2, 4))
    P[0, 0, 1], P[0, 1, [2, 3]], P[1, :, 1], P[2, :, 2], P[3, :, 3] = 1, 0.5, 1, 1, 1
    pay = np.zeros((4, 2, 4))
    pay[0, 0, 1], pay[0, 1, 2], pay[0, 1, 3] = 1.0, 0.0, 2.2
    mdp = TabularMDP(P, pay, gamma=0.9, terminal=np.arange(4) > 0)
    safe, risky = np.zeros(4, dtype=int), np.ones(4, dtype=int)
    assert markov_value(risky, mdp) == pytest.approx(1.1) and markov_value(safe, mdp) == 1.0
    assert inner_value(safe, mdp, np.sqrt, horizon=1) == 1.0
    assert inner_value(risky, mdp, np.sqrt, horizon=1) == pytest.approx(np.sqrt(2.2) / 2)
    assert outer_value(risky, mdp, np.sqrt) > outer_value(safe, mdp, np.sqrt)  # outside, it changes no order


def test_a_formula_that_is_still_open_for_ever_is_not_satisfied():
    mdp = TabularMDP(np.ones((1, 1, 1)), np.zeros((1, 1)), gamma=0.9)
    never, always = {"a": np.array([False])}, {"a": np.array([True])}
    assert satisfaction([0], mdp, compile_ltl("F a"), never) == 0.0
    assert satisfaction([0], mdp, compile_ltl("F a"), always) == 1.0
    assert satisfaction([0], mdp, compile_ltl("G a"), always) == 0.0


def test_mistakes_are_named():
    mdp = layers(np.random.default_rng(0), 0.9)
    with pytest.raises(BadOption, match="rewards of shape"):
        inner_value(np.zeros(S, dtype=int), mdp, np.sum, horizon=2, rewards=np.zeros((2, S)))
    with pytest.raises(BadOption, match="policy"):
        markov_value(np.zeros(3), mdp)
