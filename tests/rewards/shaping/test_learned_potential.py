import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import LearnedPotential


def corridor(T=5):
    """One episode [T, 1] to the right through T states, with 1 at its end."""
    s = np.arange(T + 1)[:, None]
    ends = s[1:] == T
    return steps((T, 1), obs=s[:-1], next_obs=s[1:], reward=ends * 1.0, terminated=ends)


def pays(reward, s, after, **flags):
    reward.reset(np.ones(1, dtype=bool))
    return float(reward(steps(1, obs=np.array([s]), next_obs=np.array([after]), **flags))[0])


def test_a_table_learns_the_values_of_what_is_done():
    reward = LearnedPotential(gamma=0.9, lr=1.0)
    assert pays(reward, 0, 1) == 0.0
    reward.update(corridor())  # with step 1 one pass is enough, as the newest step comes first
    V = 0.9 ** np.arange(4, -1, -1)
    for s in range(4):
        assert pays(reward, s, s + 1) == pytest.approx(0.0, abs=1e-12)  # γ V(s + 1) − V(s)
        assert pays(reward, s, s) == pytest.approx(-0.1 * V[s], abs=1e-12)
    assert pays(reward, 4, 5, terminated=[True]) == pytest.approx(-1.0)


def test_it_converges_to_the_values_of_a_policy():
    rng = np.random.default_rng(0)
    mdp = random_mdp(rng, terminal=2, branching=1)  # nothing is left to chance
    action = rng.integers(0, 3, 10)
    state = np.arange(8)
    after = mdp.P.indices[state * 3 + action[:8]].astype(int)
    batch = steps(8, obs=state, next_obs=after, reward=mdp.R[state, action[:8]], terminated=mdp.terminal[after])
    reward = LearnedPotential(gamma=mdp.gamma, lr=0.5)
    for _ in range(600):
        log = reward.update(batch)
    np.testing.assert_allclose(reward._values.table[:8], mdp.evaluate(action).V[:8], atol=1e-9)
    assert log["learned_potential/error"] < 1e-12


def test_a_call_pays_by_the_values_of_the_last_update_and_takes_off_what_it_gave():
    reward = LearnedPotential(gamma=0.9, lr=1.0)
    reward.reset(np.ones(1, dtype=bool))
    total, path = 0.0, corridor()
    for t in range(5):
        total += 0.9**t * float(reward(path.rows(t))[0])
        reward.update(path)  # values move under the running episode
    assert total == pytest.approx(0.0, abs=1e-12)  # −Φ_0(s_0), which was 0


def test_a_network_learns_the_values_of_other_observations():
    reward = LearnedPotential(gamma=0.9, hidden=(32, 32), net_lr=1e-2, seed=3)
    path = corridor()
    seen = steps(
        (5, 1),
        obs=path.obs[..., None] / 5.0,
        next_obs=path.next_obs[..., None] / 5.0,
        reward=path.reward,
        terminated=path.terminated,
    )
    for _ in range(600):
        reward.update(seen)
    learned = reward._values(seen.obs, seen).ravel()
    np.testing.assert_allclose(learned, 0.9 ** np.arange(4, -1, -1), atol=0.05)


def test_a_coarse_view_teaches_states_that_were_never_seen():
    reward = LearnedPotential(gamma=0.9, lr=1.0, key=lambda s: s // 2)
    reward.update(steps(1, obs=np.array([6]), next_obs=np.array([9]), reward=[2.0], terminated=[True]))
    assert pays(reward, 1, 7) == pytest.approx(0.9 * 2.0)


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_state_comes_back_with_the_memory_of_running_episodes(shape):
    rng = np.random.default_rng(1)

    def batch(n):
        draw = (lambda: rng.integers(0, 5, n)) if not shape else (lambda: rng.normal(size=(n, *shape)))
        return steps(n, obs=draw(), next_obs=draw(), reward=rng.normal(size=n))

    one, other = LearnedPotential(hidden=(8,)), LearnedPotential(hidden=(8,))
    for _ in range(3):
        one.update(batch(16))
    one.reset(np.ones(4, dtype=bool))
    one(batch(4))
    other.load_state_dict(one.state_dict())
    later = batch(4)
    np.testing.assert_array_equal(one(later), other(later))
    for reward in (one, other):
        reward.update(later)
    np.testing.assert_array_equal(one(later), other(later))


def test_bad_options_and_batches_are_named():
    for given in ({"gamma": -1}, {"lr": 0.0}, {"lr": 1.5}, {"net_lr": 0.0}, {"scale": float("inf")}):
        with pytest.raises(BadOption, match="LearnedPotential"):
            LearnedPotential(**given)
    with pytest.raises(BadBatch, match="NaN"):
        LearnedPotential().update(steps(2, obs=np.full((2, 3), np.nan)))
    with pytest.raises(BadBatch, match="states up to"):
        LearnedPotential().update(steps(2, obs=np.array([-1, 3])))
    assert LearnedPotential().update(steps(0)) == {}
