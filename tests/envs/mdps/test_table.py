"""Tables as environments: the frequencies and pays are those of the table."""

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.mdps import TableRules


def process(per_transition=True, gamma=0.9):
    rng = np.random.default_rng(0)
    P = rng.dirichlet(np.ones(4), (4, 2))
    P[0, 0] = [0.0, 0.25, 0.0, 0.75]  # with gaps, where a search could slip to a neighbour
    R = rng.normal(size=(4, 2, 4) if per_transition else (4, 2))
    return TabularMDP(P, R, gamma=gamma, initial=[0.5, 0.0, 0.5, 0.0], terminal=np.array([False, False, False, True]))


@pytest.mark.parametrize("per_transition", [True, False])
def test_successors_and_pays_are_those_of_the_table(per_transition):
    mdp = process(per_transition)
    P, R = mdp.dense()
    envs = WorldVectorEnv(TableRules(mdp), 2000)
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(1)
    counts, starts = np.zeros((4, 2, 4)), np.bincount(obs, minlength=4)
    for _ in range(40):
        action = rng.integers(0, 2, 2000)
        before = obs
        obs, reward, terminated, _, info = envs.step(action)
        after = obs.copy()
        after[terminated] = info["final_obs"][terminated].astype(np.int64)
        np.add.at(counts, (before, action, after), 1)
        np.testing.assert_array_equal(reward, R[before, action, after] if per_transition else R[before, action])
        np.testing.assert_array_equal(terminated, after == 3)
        starts += np.bincount(obs[terminated], minlength=4)
    assert starts[[1, 3]].sum() == 0
    assert stats.binomtest(int(starts[0]), int(starts.sum())).pvalue > 0.001
    for s in range(3):
        for a in range(2):
            possible = P[s, a] > 0
            assert counts[s, a, ~possible].sum() == 0
            seen = counts[s, a, possible]
            assert stats.chisquare(seen, P[s, a, possible] * seen.sum()).pvalue > 0.001
    assert counts[3].sum() == 0


def test_the_mean_return_is_the_value():
    mdp = process().with_gamma(1.0)
    rules = TableRules(mdp)
    card = rules.card()
    assert card.random_return == pytest.approx(mdp.evaluate(np.full((4, 2), 0.5)).value, abs=1e-12)
    assert card.optimal_return == pytest.approx(mdp.solve().value, abs=1e-12)
    envs = WorldVectorEnv(rules, 4000, autoreset_mode="Disabled")
    obs, _ = envs.reset(seed=5)
    policy, total, going = mdp.solve().policy, np.zeros(4000), np.ones(4000, dtype=bool)
    while going.any():
        obs, reward, terminated, _, _ = envs.step(policy[obs])
        total += reward * going
        going &= ~terminated
        if terminated.any():
            obs, _ = envs.reset(options={"reset_mask": terminated})
    error = total.std() / np.sqrt(4000)
    assert abs(total.mean() - card.optimal_return) < 3 * error
    assert abs(total.mean() - card.random_return) > 3 * error


def test_a_table_is_a_sound_environment(recwarn):
    rules = TableRules(process())
    check_env(WorldEnv(rules), skip_render_check=True)  # alternative render modes are only tried on registered ids
    assert [str(w.message) for w in recwarn] == []
    assert rules.to_mdp() is rules.mdp
    env = WorldEnv(rules, render_mode="ansi")
    obs, _ = env.reset(seed=0)
    assert env.render() == f"state {obs} of 0..3"
    picture = WorldEnv(rules, render_mode="rgb_array")
    obs, _ = picture.reset(seed=0)
    frame = picture.render().reshape(2, 12, 2, 12, 3)[:, 0, :, 0].reshape(4, 3)  # one colour per state
    np.testing.assert_array_equal(np.flatnonzero((frame == (230, 70, 60)).all(1)), [obs])
    endless = TabularMDP(process().dense()[0], np.zeros((4, 2)), gamma=0.9)
    assert TableRules(endless).card().random_return is None


@pytest.mark.parametrize("per_transition", [True, False])
def test_torch_plays_as_numpy_does(per_transition):
    rules = TableRules(process(per_transition))
    a, b = WorldVectorEnv(rules, 7), WorldVectorEnv(rules, 7, device="cpu")
    x, y = a.reset(seed=0)[0], b.reset(seed=0)[0]
    rng = np.random.default_rng(0)
    for _ in range(40):
        assert x.dtype == y.numpy().dtype
        np.testing.assert_array_equal(x, y.numpy())
        action = rng.integers(0, 2, 7)
        (x, *left, _), (y, *right, _) = a.step(action), b.step(torch.as_tensor(action))
        for p, q in zip(left, right, strict=True):
            np.testing.assert_array_equal(p, np.asarray(q))


def test_an_episode_may_not_begin_at_its_end():
    mdp = TabularMDP(np.ones((2, 1, 2)) / 2, np.zeros((2, 1)), initial=1, terminal=np.array([False, True]))
    with pytest.raises(BadOption, match=r"terminal states \[1\]"):
        TableRules(mdp)
