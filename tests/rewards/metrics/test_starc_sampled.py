"""STARC from samples: the exact distance on full tables, and in the limit of random ones."""

import numpy as np
import pytest
from table_rewards import GAMMA, redistribution, reward, shaping, world

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import moves_of
from rewardlab.rewards.metrics.starc import starc
from rewardlab.rewards.metrics.starc_sampled import fitted_value, starc_sampled
from rewardlab.rewards.metrics.tables import live, uniform


def deterministic(seed, states=12, actions=3, terminal=1):
    rng = np.random.default_rng(seed)
    P = np.zeros((states, actions, states))
    P[np.arange(states)[:, None], np.arange(actions), rng.integers(states, size=(states, actions))] = 1
    P[:, 0] = np.roll(np.eye(states), 1, axis=1)  # a way round, so that all is reached
    return TabularMDP(P, np.zeros((states, actions)), gamma=GAMMA, terminal=np.arange(states) >= states - terminal)


def one_hot(mdp):
    return lambda obs: np.eye(mdp.num_states)[obs]


def drawn(mdp, n, k, rng):
    """[n, k]: uniform states that act and uniform actions, with k successors of each."""
    state, action = rng.choice(np.flatnonzero(live(mdp)), size=n), rng.integers(mdp.num_actions, size=n)
    P = mdp.P.toarray()[state * mdp.num_actions + action].cumsum(1)
    after = (rng.random((n, k, 1)) > P[:, None]).sum(2).clip(max=mdp.num_states - 1)
    wide = np.broadcast_to(state[:, None], (n, k)), np.broadcast_to(action[:, None], (n, k))
    return Transitions(*wide, np.zeros((n, k)), after, mdp.terminal[after], np.zeros((n, k), dtype=bool))


@pytest.mark.parametrize("seed", range(5))
def test_all_steps_of_a_deterministic_process_give_the_exact_distance(seed):
    mdp = deterministic(seed)
    R1 = reward(mdp, seed)
    R2 = R1 + 0.5 * reward(mdp, seed + 9) + shaping(mdp, seed)
    batch = moves_of(mdp)
    batch = batch.rows(live(mdp)[batch.obs])
    pays = [R[batch.obs, batch.action, batch.next_obs] for R in (R1, R2)]
    values = [fitted_value(batch, p, gamma=GAMMA, features=one_hot(mdp)) for p in pays]
    exact = mdp.with_reward(R1).evaluate(uniform(mdp)).V
    np.testing.assert_allclose(values[0](np.arange(mdp.num_states))[live(mdp)], exact[live(mdp)], atol=1e-5)
    found = starc_sampled(batch, *pays, first_value=values[0], second_value=values[1], gamma=GAMMA)
    assert found == pytest.approx(starc(mdp, R1, R2), abs=1e-5)
    again = starc_sampled(
        batch, pays[0], -pays[0], first_value=values[0], second_value=lambda x: -values[0](x), gamma=GAMMA
    )
    assert again == pytest.approx(1.0, abs=1e-12)


def test_beyond_an_end_no_value_counts_whatever_the_function_says_there():
    mdp = deterministic(1, terminal=3)
    R1, R2 = reward(mdp, 1), reward(mdp, 2)
    batch = moves_of(mdp)
    batch = batch.rows(live(mdp)[batch.obs])
    pays = [R[batch.obs, batch.action, batch.next_obs] for R in (R1, R2)]
    V = [mdp.with_reward(R).evaluate(uniform(mdp)).V + np.where(mdp.terminal, 50.0, 0.0) for R in (R1, R2)]
    found = starc_sampled(
        batch, *pays, first_value=lambda obs: V[0][obs], second_value=lambda obs: V[1][obs], gamma=GAMMA
    )
    assert found == pytest.approx(starc(mdp, R1, R2), abs=1e-12)
    # Likewise in the fit: a feature that is 1 at ends too.
    features = lambda obs: np.where(mdp.terminal[obs][:, None], 1.0, np.eye(mdp.num_states)[obs])  # noqa: E731
    fitted = fitted_value(batch, pays[0], gamma=GAMMA, features=features)(np.flatnonzero(live(mdp)))
    np.testing.assert_allclose(fitted, V[0][live(mdp)], atol=1e-5)


def estimate(mdp, R1, R2, n, k, seed):
    """The distance from n states and actions with k successors, the values fitted to other steps."""
    rng = np.random.default_rng(seed)
    fit = drawn(mdp, 20 * n, 1, rng).map(lambda x: x[:, 0])
    batch = drawn(mdp, n, k, rng)
    values = [
        fitted_value(fit, R[fit.obs, fit.action, fit.next_obs], gamma=GAMMA, features=one_hot(mdp)) for R in (R1, R2)
    ]
    pays = [R[batch.obs, batch.action, batch.next_obs] for R in (R1, R2)]
    return starc_sampled(batch, *pays, first_value=values[0], second_value=values[1], gamma=GAMMA)


def test_it_comes_to_the_exact_distance_in_a_random_process():
    mdp = world(2, terminal=1)
    R1 = reward(mdp, 2)
    R2 = R1 + 0.8 * reward(mdp, 3) + shaping(mdp, 2, 1.0)
    exact = starc(mdp, R1, R2)
    miss = [np.mean([abs(estimate(mdp, R1, R2, n, 4, s) - exact) for s in range(6)]) for n in (200, 20_000)]
    assert miss[1] < 0.01 and miss[1] < miss[0] / 3, miss


def test_several_successors_keep_out_what_only_the_successor_decides_and_one_does_not():
    mdp = world(4)
    R = reward(mdp, 4)
    same = R + redistribution(mdp, 4, 1.0)
    one, several = (np.mean([estimate(mdp, R, same, 20_000, k, s) for s in range(3)]) for k in (1, 4))
    assert starc(mdp, R, same) < 1e-12
    assert several < 0.1 < one - 0.1, (one, several)


def test_nothing_is_one_point_and_bad_input_is_named():
    mdp = deterministic(0)
    batch = moves_of(mdp)
    pay = reward(mdp, 0)[batch.obs, batch.action, batch.next_obs]

    def zero(obs):
        return np.zeros(len(obs))

    def distance(a, b, gamma=GAMMA):
        return starc_sampled(batch, a, b, first_value=zero, second_value=zero, gamma=gamma)

    assert distance(0 * pay, 0 * pay) == 0.0 and distance(pay, 0 * pay) == 0.5
    assert distance(1e6 * pay, pay) < 1e-12
    for wrong, words in ((pay[:3], "shape"), (pay * np.nan, "finite")):
        with pytest.raises(BadBatch, match=words):
            distance(wrong, pay)
    with pytest.raises(BadOption, match="gamma"):
        distance(pay, pay, gamma=2.0)
    with pytest.raises(BadBatch, match="shape"):
        fitted_value(batch, pay[:2], gamma=GAMMA, features=one_hot(mdp))
