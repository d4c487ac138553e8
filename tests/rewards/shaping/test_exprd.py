from itertools import combinations

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import exprd, informativeness
from rewardlab.rewards.shaping.designer import Design, Optimum


def chain_mdp(states=8, gamma=0.9):
    """Left and right on a line; the step to the right end, which is terminal, pays 1."""
    P, R = np.zeros((states, 2, states)), np.zeros((states, 2))
    for s in range(states):
        P[s, 0, max(s - 1, 0)] = P[s, 1, min(s + 1, states - 1)] = 1.0
    R[states - 2, 1] = 1.0
    return TabularMDP(P, R, gamma=gamma, initial=0, terminal=np.arange(states) == states - 1)


def square(n=4, gamma=0.9):
    """A grid with many tied optimal ways to the far corner."""
    S, moves = n * n, ((1, 0), (-1, 0), (0, 1), (0, -1))
    P, R = np.zeros((S, 4, S)), np.zeros((S, 4, S))
    for s in range(S):
        for a, (dx, dy) in enumerate(moves):
            after = np.clip(s % n + dx, 0, n - 1) + n * np.clip(s // n + dy, 0, n - 1)
            P[s, a, after], R[s, a, S - 1] = 1.0, 1.0
    return TabularMDP(P, R, gamma=gamma, initial=0, terminal=np.arange(S) == S - 1)


def same_optimum(mdp, table):
    return (mdp.with_reward(table).optimal_actions(1e-6) == mdp.optimal_actions(1e-6)).all()


def support(table):
    return int((np.abs(table) > 1e-9).any(1).sum())


@pytest.mark.parametrize("mdp", (chain_mdp(), square(), *(random_mdp(np.random.default_rng(s)) for s in range(4))))
def test_the_optimal_actions_stay_the_same_in_few_states_and_within_the_bound(mdp):
    table = exprd(mdp)
    assert same_optimum(mdp, table)
    assert support(table) <= 5
    assert np.abs(table).max() <= 10.0 + 1e-9
    assert (table[mdp.terminal] == 0.0).all()


def test_more_states_tell_more_until_nothing_is_left_to_tell():
    mdp = square()
    told = [informativeness(mdp, exprd(mdp, budget=b)) for b in (2, 3, 5, 15)]
    assert told == sorted(told) and told[0] < told[-1]
    assert told[0] == pytest.approx(informativeness(mdp, mdp.R))  # two states pay already, and no better can be done
    assert told[2] > 0.7 * informativeness(mdp, mdp.R)
    assert told[-1] == pytest.approx(0.0, abs=1e-9)


def test_informativeness_of_a_sparse_reward_by_hand():
    # One step of look-ahead (h = 0) sees the goal from its neighbour alone. Left of it, all gaps are hidden.
    mdp, gamma = chain_mdp(4), 0.9
    gaps = [gamma**2 - gamma**3, gamma - gamma**3, 1.0 - gamma**2]
    assert informativeness(mdp, mdp.R, horizons=(0,)) == pytest.approx(-(gaps[0] + gaps[1]) / 4)
    # Within steps 0..1 the second state sees it too, and the neighbour of the goal gains 1 against 0.9² unseen.
    assert informativeness(mdp, mdp.R, horizons=(1,)) == pytest.approx(-gaps[0] / 4)
    assert informativeness(mdp, mdp.R, horizons=(0, 1)) == pytest.approx(-(2 * gaps[0] + gaps[1]) / 8)


@pytest.mark.parametrize("seed", range(3))
def test_given_room_for_all_states_no_other_reward_is_more_informative(seed):
    mdp = random_mdp(np.random.default_rng(seed), states=6)
    assert informativeness(mdp, exprd(mdp, budget=6)) == pytest.approx(0.0, abs=1e-8)


def test_greedy_search_is_as_good_as_trying_all_pairs():
    mdp = chain_mdp(6)
    optimum = Optimum(mdp)
    design = Design(optimum, 10.0, np.zeros(12), tuple(optimum.lag_within(h) for h in (1, 4)))
    costs = [design._solve(list(pair), None)[0] for pair in combinations(range(5), 2)]
    found = -informativeness(mdp, exprd(mdp, budget=2, horizons=(1, 4)), horizons=(1, 4))
    assert found == pytest.approx(min(costs), rel=1e-3)


def test_too_few_states_and_wrong_options_are_refused():
    mdp = random_mdp(np.random.default_rng(0))
    with pytest.raises(BadOption, match="pays in 1 states"):
        exprd(mdp, budget=1)
    for options in ({"budget": 0}, {"largest": 0.0}, {"horizons": ()}, {"horizons": (-1,)}):
        with pytest.raises(BadOption, match=next(iter(options))):
            exprd(mdp, **options)
    with pytest.raises(BadOption, match="average reward"):
        exprd(TabularMDP(np.ones((1, 2, 1)), np.ones((1, 2)), gamma=None))


def test_of_equally_good_rewards_it_is_the_smallest():
    mdp = chain_mdp()
    table = exprd(mdp, budget=7)
    assert informativeness(mdp, table) == pytest.approx(0.0, abs=1e-9)
    assert np.abs(table).max() < 1.0


def test_a_learner_needs_a_third_of_the_sweeps():
    """Sweeps of value iteration from zero until the greedy policy is nearly optimal, all states free to pay."""
    mdp = chain_mdp(20)

    def sweeps(table):
        Q, best = np.zeros(table.shape), mdp.solve().value
        for n in range(100):
            greedy = np.where(Q.max(1, keepdims=True) == Q, 1.0, 0.0)
            greedy /= greedy.sum(1, keepdims=True)
            if mdp.evaluate(greedy).value > 0.95 * best:
                return n
            Q = table + mdp.gamma * mdp.expect(Q.max(1) * ~mdp.terminal)
        return 100

    assert sweeps(exprd(mdp, budget=19)) * 3 <= sweeps(mdp.R)
