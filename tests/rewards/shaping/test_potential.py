import numpy as np
import pytest
from steps import as_torch, online, random_steps, steps, without

from rewardlab.core.arrays import tensor
from rewardlab.core.errors import BadReward
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import Potential


def height(obs):
    return obs.sum(-1)


def random_mdp(rng, *, states=8, actions=3, gamma=0.9):
    """Transitions [S, A, S], rewards [S, A, S] and flags [S]: the last two states are terminal."""
    P = rng.dirichlet(np.full(states, 0.4), (states, actions))
    return P, rng.normal(size=(states, actions, states)), np.arange(states) >= states - 2


def shaped(reward, P, R, terminal):
    """The rewards [S, A, S] with what `reward` pays for every transition added."""
    s, a, after = np.meshgrid(*map(np.arange, P.shape), indexing="ij")
    pay = reward(steps(P.shape, obs=s, action=a, next_obs=after, terminated=terminal[after]))
    return R + pay


def optimal(P, R, terminal, gamma):
    return TabularMDP(P, R, gamma=gamma, terminal=terminal).solve().optimal_actions()[~terminal]


class Uncorrected(Potential):
    """A planted fault: keeps the potential of terminal states."""

    def __call__(self, batch):
        return super().__call__(without(batch, terminated=np.zeros_like(batch.terminated)))


@pytest.mark.parametrize("gamma", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("seed", range(5))
def test_the_optimal_actions_stay_and_values_shift_by_the_potential(seed, gamma):
    rng = np.random.default_rng(seed)
    P, R, terminal = random_mdp(rng)
    phi = 10 * rng.normal(size=len(P))
    after = shaped(Potential(lambda s: phi[s], gamma), P, R, terminal)
    assert (optimal(P, after, terminal, gamma) == optimal(P, R, terminal, gamma)).all()
    before, new = (TabularMDP(P, r, gamma=gamma, terminal=terminal).solve().V for r in (R, after))
    np.testing.assert_allclose(new[~terminal], (before - phi)[~terminal], atol=1e-8)


@pytest.mark.parametrize("fault", ["terminal", "discount"])
def test_a_wrong_potential_is_caught(fault):
    changed = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        P, R, terminal = random_mdp(rng)
        phi = 10 * rng.normal(size=len(P))
        wrong = (
            Uncorrected(lambda s, phi=phi: phi[s], 0.9)
            if fault == "terminal"
            else Potential(lambda s, phi=phi: phi[s], 0.5)
        )
        after = shaped(wrong, P, R, terminal)
        changed += not (optimal(P, after, terminal, 0.9) == optimal(P, R, terminal, 0.9)).all()
    assert changed >= 5


def test_it_telescopes_over_an_episode():
    rng, gamma = np.random.default_rng(0), 0.95
    path = rng.normal(size=(51, 1, 3))
    ends = np.arange(50)[:, None] == 49
    batch = steps((50, 1), obs=path[:-1], next_obs=path[1:], terminated=ends)
    paid = online(Potential(height, gamma), batch)["potential"].ravel()
    assert (gamma ** np.arange(50) * paid).sum() == pytest.approx(-path[0].sum(), abs=1e-9)


def test_truncation_keeps_the_potential():
    batch = steps(1, obs=np.array([[1.0]]), next_obs=np.array([[3.0]]), truncated=[True])
    assert Potential(height, 0.5)(batch).tolist() == [0.5]


def test_laws_and_torch():
    batch = random_steps(9, np.random.default_rng(1))
    check_reward(Potential(height), batch)
    np.testing.assert_allclose(Potential(height)(batch), Potential(height)(as_torch(batch)).numpy(), atol=1e-12)


def test_nan_shows():
    assert np.isnan(Potential(height)(steps(1, obs=np.array([[np.nan]])))).all()


@pytest.mark.parametrize("phi", [lambda s: s[:, None], lambda s: 1.0, lambda s: [0.0] * len(s), lambda s: tensor(s)])
def test_a_phi_of_another_shape_or_kind_is_named(phi):
    with pytest.raises(BadReward, match="Potential: phi gave"):
        Potential(phi)(steps(3, obs=np.zeros(3)))


def test_nobody_asks_what_phi_says_of_a_terminal_state():
    b = steps(2, obs=np.ones(2), next_obs=np.array([np.nan, 3.0]), terminated=[True, False])
    np.testing.assert_array_equal(Potential(lambda s: s, gamma=0.5)(b), [-1.0, 0.5])
