"""Beliefs: the merged tree against a plain history tree and against enumeration of policies; the grid against both."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.mdps import beliefs
from rewardlab.envs.mdps.beliefs import backward, grid_value, unroll


def tables(seed, contexts=2, states=3, actions=2):
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(states, 0.7), (contexts, states, actions))
    return P, rng.random((contexts, states, actions)), rng.dirichlet(np.ones(contexts))


def history_tree(P, R, alpha, state, steps):
    """The optimum by plain recursion over histories; alpha [M] is w_m times the probability of what was seen."""
    if not steps:
        return 0.0
    best = -np.inf
    for a in range(R.shape[2]):
        value = alpha @ R[:, state, a]
        for after in range(P.shape[3]):
            joint = alpha * P[:, state, a, after]
            if joint.sum() > 0:
                value += history_tree(P, R, joint, after, steps - 1)
        best = max(best, value)
    return best


@pytest.mark.parametrize("contexts", [1, 2, 3])
@pytest.mark.parametrize("horizon", [1, 2, 4])
def test_merged_histories_are_worth_what_histories_are(contexts, horizon):
    for seed in range(3):
        P, R, w = tables(seed, contexts)
        merged = unroll(P, R, w, horizon).process.solve().value
        assert merged == pytest.approx(history_tree(P, R, w, 0, horizon), abs=1e-10)


def test_the_optimum_is_that_of_all_history_policies():
    """Two steps, two states: a policy is the first action and one action for each of two sights; all are tried."""
    P, R, w = tables(7, states=2)
    values = []
    for first, *then in itertools.product(range(2), repeat=3):
        total = 0.0
        for m in range(2):
            later = sum(P[m, 0, first, s] * R[m, s, then[s]] for s in range(2))
            total += w[m] * (R[m, 0, first] + later)
        values.append(total)
    assert unroll(P, R, w, 2).process.solve().value == pytest.approx(max(values), abs=1e-12)


@pytest.mark.parametrize("horizon", [2, 5])
def test_the_grid_is_near_and_never_below(horizon):
    for seed in range(4):
        P, R, w = tables(seed)
        exact = unroll(P, R, w, horizon).process.solve().value
        coarse, fine = (grid_value(P, R, w, horizon, points=k) for k in (11, 401))
        assert exact - 1e-12 <= grid_value(P, R, w, horizon) <= exact + 1e-3  # 101 points
        assert exact - 1e-12 <= fine <= coarse + 1e-12 and fine <= exact + 1e-4


def test_beliefs_are_bayes():
    P, R, w = tables(1, contexts=3)
    found = unroll(P, R, w, 3)
    node, weight = 0, w.copy()
    for a, s in ((1, 2), (0, 1), (1, 1)):
        weight = weight * P[:, found.state[node], a, s]
        node = found.next[node, a, s]
        assert found.state[node] == s
        np.testing.assert_allclose(found.belief[node], weight / weight.sum(), atol=1e-12)
    assert found.step[node] == 3 and found.process.terminal[node]


def test_too_many_nodes_are_refused(monkeypatch):
    monkeypatch.setattr(beliefs, "MOST", 50)
    P, R, w = tables(0)
    with pytest.raises(BadOption, match="50 nodes"):
        unroll(P, R, w, 6)


def test_one_sweep_is_the_solution_of_the_table():
    P, R, w = tables(5, contexts=3)
    found = unroll(P, R, w, 4)
    V, Q = backward(found)
    best = found.process.solve()
    np.testing.assert_allclose(V, best.V, atol=1e-12)
    np.testing.assert_allclose(Q[~found.process.terminal], best.Q[~found.process.terminal], atol=1e-12)
    uniform = found.process.evaluate(np.full((len(V), 2), 0.5))
    np.testing.assert_allclose(backward(found, best=False)[0], uniform.V, atol=1e-12)
