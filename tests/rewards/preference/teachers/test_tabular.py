import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards import PartialReturn, Regret, Teacher


def corridor(gamma=1.0):
    """Six cells, left and right, -1 a step; the right end is the goal."""
    P, R = np.zeros((6, 2, 6)), -np.ones((6, 2))
    for s in range(6):
        P[s, 0, max(s - 1, 0)] = P[s, 1, min(s + 1, 5)] = 1
    return TabularMDP(P, R, gamma=gamma, terminal=np.arange(6) == 5)


def walked(mdp, starts, actions):
    """Segments [P, G, T] of certain moves from cells [P, G] by actions [P, G, T], and the cells where they end."""
    table, state, seen = mdp.dense()[0].argmax(-1), np.asarray(starts), []
    for t in range(np.shape(actions)[-1]):
        seen.append(state)
        state = table[state, np.asarray(actions)[..., t]]
    return steps(np.shape(actions), obs=np.stack(seen, -1), action=np.asarray(actions)), state


def test_equal_partial_returns_are_told_apart_by_regret():
    """Both segments pay -2; one of them walks towards the goal and the other does not."""
    mdp = corridor()
    batch, _ = walked(mdp, [[2, 2]], [[[0, 1], [1, 1]]])
    assert Teacher(PartialReturn(mdp))(batch).tolist() == [0.5] and Teacher(Regret(mdp))(batch).tolist() == [0]


def test_an_optimal_segment_is_never_worse_than_another_wherever_it_began():
    mdp = corridor()
    batch, _ = walked(mdp, [[0, 4], [1, 3]], [[[1, 1], [0, 1]], [[1, 1], [1, 1]]])
    assert Teacher(Regret(mdp))(batch).tolist() == [1, 0.5]
    assert Teacher(PartialReturn(mdp))(batch).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("gamma", [1.0, 0.9])
def test_regret_of_certain_moves_is_the_value_that_was_lost(gamma):
    mdp = corridor(gamma)
    rng = np.random.default_rng(0)
    starts, actions = rng.integers(0, 5, (40, 2)), rng.integers(0, 2, (40, 2, 3))
    batch, end = walked(mdp, starts, actions)
    V, r = mdp.solve().V, mdp.R[batch.obs, batch.action]
    after = np.concatenate([batch.obs[..., 1:], end[..., None]], -1)
    lost = (V[batch.obs] - r - gamma * V[after]).sum(-1)
    np.testing.assert_allclose(Teacher(Regret(mdp)).sums(batch), -lost, atol=1e-9)
    if gamma == 1.0:  # it telescopes: V of the start less what was earned and V of the end
        np.testing.assert_allclose(lost, V[starts] - r.sum(-1) - V[end], atol=1e-9)


def test_in_a_random_process_regret_is_the_expected_loss_of_each_decision():
    rng = np.random.default_rng(1)
    mdp = TabularMDP(rng.dirichlet(np.ones(7), (7, 3)), rng.normal(size=(7, 3)), gamma=0.8)
    found, utility = mdp.solve(), Regret(mdp)
    state, action = np.indices((7, 3))
    got = utility(steps((7, 3), obs=state, action=action))
    np.testing.assert_allclose(got, found.Q - found.V[:, None], atol=1e-9)
    assert (got.max(1) == 0).all() and ((got == 0).sum(1) == 1).all()


def test_shaping_changes_what_is_earned_and_not_regret():
    mdp, phi = corridor(0.9), np.random.default_rng(2).normal(size=6) * (np.arange(6) < 5)
    shaped = mdp.with_reward(mdp.R + 0.9 * mdp.expect(phi) - phi[:, None])
    batch, _ = walked(mdp, [[2, 1]], [[[0, 1], [1, 1]]])
    np.testing.assert_allclose(Teacher(Regret(shaped)).sums(batch), Teacher(Regret(mdp)).sums(batch), atol=1e-9)
    assert np.abs(Teacher(PartialReturn(shaped)).sums(batch) - Teacher(PartialReturn(mdp)).sums(batch)).min() > 0.01


def test_states_come_from_a_column_if_they_are_not_observed():
    mdp = corridor()
    seen, _ = walked(mdp, [[2, 2]], [[[0, 1], [1, 1]]])
    hidden = steps(seen.shape, obs=np.zeros((*seen.shape, 3)), action=seen.action, cell=seen.obs)
    for batch in (hidden, as_torch(hidden)):
        assert Teacher(Regret(mdp, "cell"))(batch).tolist() == [0]
    with pytest.raises(BadBatch, match="name the info column"):
        Regret(mdp)(hidden)
    with pytest.raises(MissingColumn, match="place"):
        PartialReturn(mdp, "place")(hidden)
    with pytest.raises(BadBatch, match=r"0 \.\. 5"):
        Regret(mdp)(steps((1, 2, 1), obs=np.full((1, 2, 1), 6)))
