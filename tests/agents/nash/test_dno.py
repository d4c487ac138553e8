"""DNO: a regression that is a step of Hedge, whose average keeps the bound of Hedge."""

from functools import partial

import numpy as np
import pytest
from preference_tables import as_group, best_policy, labelled_pairs, random_preference, random_table, total_variation

from rewardlab.agents.nash import dno, dno_policies, dno_practical
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import sigmoid, tilted
from rewardlab.core.saddle import minimax_winner, preference_gap

CIRCLE = np.array([[0.5, 0.9, 0.2], [0.1, 0.5, 0.8], [0.8, 0.2, 0.5]])


@pytest.mark.parametrize("eta", [0.3, 1.0])
def test_the_regression_run_to_its_end_is_the_next_iterate(eta):
    p, ref = random_preference(5), random_table(5)[0]
    wins, pairs = p @ np.exp(ref), np.stack(np.triu_indices(5, 1), -1)
    weight = np.exp(ref)[pairs].prod(-1)
    found = best_policy(partial(dno, eta=eta), ref, pairs, weight, reward=wins[pairs])
    assert total_variation(found, tilted(np.exp(ref), wins, eta)) < 1e-7
    np.testing.assert_allclose(dno_policies(p, np.exp(ref), eta=eta, rounds=1)[1], tilted(np.exp(ref), wins, eta))


def test_the_loss_is_the_mean_over_the_pairs_of_a_group():
    logp, ref = np.log([0.5, 0.3, 0.2]), np.log([0.2, 0.2, 0.6])
    wins, h = np.array([0.9, 0.4, 0.2]), np.log([0.5, 0.3, 0.2]) - np.log([0.2, 0.2, 0.6])
    terms = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        q, d = sigmoid(wins[i] - wins[j]), sigmoid(0.7 * (h[i] - h[j]))
        terms.append(-q * np.log(d) - (1 - q) * np.log(1 - d))
    found = dno(as_group(logp, ref, [[0, 1, 2]], reward=wins[None]), eta=0.7)[0]
    assert found == pytest.approx(np.mean(terms), rel=1e-13)


def test_in_practice_clear_pairs_alone_are_learned_from():
    logp, ref = np.log([0.5, 0.3, 0.2]), np.log([0.2, 0.2, 0.6])
    h = logp - ref
    group = as_group(logp, ref, [[0, 1, 2]], reward=np.array([[0.9, 0.7, 0.5]]))
    assert dno_practical(group, margin=0.3)[0] == pytest.approx(np.log1p(np.exp(-(h[0] - h[2]))), rel=1e-13)
    assert dno_practical(group, margin=0.5)[0] == 0.0


@pytest.mark.parametrize("eta", [10.0, 30.0])
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_the_average_keeps_the_bound_of_hedge_in_every_round(eta, seed):
    p = CIRCLE if seed is None else random_preference(6, seed=seed)
    start = np.random.default_rng(3).dirichlet(np.ones(len(p)))
    found = dno_policies(p, start, eta=eta, rounds=4000)[:-1]  # π_1 … π_T
    t = np.arange(1, 4001)
    gap = (p @ (np.cumsum(found, 0) / t[:, None]).T).max(0) - 0.5
    assert (gap <= eta * np.log(1 / start.min()) / t + 1 / (8 * eta)).all()


def test_on_a_circle_the_average_is_the_mixture_that_nothing_beats():
    average = dno_policies(CIRCLE, [0.6, 0.3, 0.1], eta=10.0, rounds=20000).mean(0)
    assert total_variation(average, minimax_winner(CIRCLE)) < 0.005


def test_each_round_beats_the_one_before():
    found = dno_policies(CIRCLE, [0.6, 0.3, 0.1], eta=0.5, rounds=50)
    wins = np.einsum("ti,ij,tj->t", found[1:], CIRCLE, found[:-1])
    assert (wins >= 0.5).all() and wins.max() > 0.501


def test_a_reward_that_is_fitted_to_a_circle_has_an_optimum_that_loses():
    ref = np.log([0.5, 0.3, 0.2])
    pairs, weight = labelled_pairs(CIRCLE, np.exp(ref))

    def bradley_terry(group):
        h = (group.logp - group.ref_logp).sum(-1)
        return (1 + (-(h[:, 0] - h[:, 1])).exp()).log()

    reward = np.log(best_policy(bradley_terry, ref, pairs, weight)) - ref
    assert preference_gap(CIRCLE, np.eye(3)[reward.argmax()]) >= 0.2
    average = dno_policies(CIRCLE, np.exp(ref), eta=20.0, rounds=4000).mean(0)
    assert preference_gap(CIRCLE, average) < 0.01


def test_a_step_of_infinite_size_is_refused():
    with pytest.raises(BadOption, match="eta"):
        dno_policies(CIRCLE, eta=0.0)
