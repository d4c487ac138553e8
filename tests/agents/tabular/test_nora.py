"""NORA: its critic and actor by hand, regret, switches, resets, the sea, and data from before."""

import numpy as np
import pytest
from tables_that_tell import garnet, river, slope, telling

from rewardlab.agents import NORA, ExpectedSarsa
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import DeepSea
from rewardlab.envs.world import WorldVectorEnv


class Stubborn(NORA):
    """Without resets."""

    def reset(self, memory):
        pass


def test_the_critic_is_ridge_regression_with_a_bonus():
    """Against the normal equations with one feature for each state and action."""
    H, lam, c = 4, 0.7, 0.3
    steps = []

    def see(told):
        s = told["step"]
        steps.append((len(steps) % H, s.obs[0], s.action[0], s.reward[0], s.next_obs()[0]))

    agent = NORA(telling(garnet(0, 3, 2), 1, H), seed=0, horizon=H, ridge=lam, bonus=c).learn(H * 30, see)
    agent.refit(np.array([0]))
    V = np.zeros(3)
    for h in reversed(range(H)):
        rows = [x for x in steps if x[0] == h]
        phi = np.zeros((len(rows), 6))
        phi[np.arange(len(rows)), [s * 2 + a for _, s, a, _, _ in rows]] = 1.0
        target = [r + V[after] * (h < H - 1) for *_, r, after in rows]
        gram = phi.T @ phi + lam * np.eye(6)
        f = np.linalg.solve(gram, phi.T @ target) + c * np.sqrt(np.diag(np.linalg.inv(gram)))
        f = np.clip(f, 0, H - h).reshape(3, 2)
        np.testing.assert_allclose(agent.Q[0, h], f, atol=1e-12)
        V = f.max(1)


def test_the_actor_sums_critics_since_the_last_refit():
    agent = NORA(telling(garnet(0, 3, 2), 1, 4), seed=0, horizon=4, eta=0.3)
    sums, switches = np.zeros((4, 3, 2)), 0
    for _ in range(200):
        agent.learn(4)
        if agent.switches[0] > switches:
            assert agent.switches[0] == switches + 1
            sums[:], switches = 0.0, agent.switches[0]
            np.testing.assert_array_equal(agent.held, agent.visits)
        sums += 0.3 * agent.Q[0]
        np.testing.assert_allclose(agent.logits[0], sums, atol=1e-9)
        growth = np.log((1.0 + agent.visits) / (1.0 + agent.held)).sum((2, 3))
        assert (growth < np.log(2)).all()
    assert switches > 5
    np.testing.assert_allclose(agent.policy().sum(3), 1.0)


def test_regret_in_the_river_grows_as_a_root_and_resets_help_an_actor_of_long_steps():
    lost = []
    for method in (NORA, Stubborn):
        agent = method(telling(river(3), 16, 6), seed=0, horizon=6, bonus=1.0, eta=5.0, ridge=0.3, independent=True)
        agent.learn(16 * 6 * 400)
        lost.append(agent.regret)
        if method is NORA:
            p, error = slope(agent.regret_log, 6 * 40)  # the last decade
            assert p + 2 * error < 0.6
    difference = lost[1] - lost[0]
    assert difference.mean() > 3 * difference.std() / np.sqrt(16)


def test_refits_grow_with_the_logarithm_of_the_episodes():
    agent = NORA(telling(garnet(0, 3, 2), 8, 5), seed=0, horizon=5, independent=True)
    switches = []
    for episodes in (48, 144, 576):  # 48, 192 and 768 in all
        agent.learn(8 * 5 * episodes)
        switches.append(agent.switches.mean())
    assert switches[2] / (3 * 2 * 5 * np.log(768)) < 1.0
    # Four times the episodes add as many refits each time: by a power law they would add four times as many.
    assert switches[2] - switches[1] < 1.6 * (switches[1] - switches[0])


def sea(size, episodes, method, **options):
    """How far the mode of an agent is from the best value in the deep sea, after so many episodes of each of 4 rows."""
    rules = DeepSea(size=size, code=1)
    agent = method(WorldVectorEnv(rules, 4), seed=0, **options).learn(4 * size * episodes)
    policy = agent.predict(np.arange(size**2 + 1), deterministic=True)[0]
    return 0.99 - rules.to_mdp().evaluate(policy).value


def test_it_crosses_the_sea_and_dithering_does_not():
    assert sea(9, 250, NORA, horizon=9, bonus=0.3) < 0.05  # by chance once in 512 episodes of dithering
    assert sea(9, 250, ExpectedSarsa, gamma=1.0, epsilon=0.1) > 0.9


def offline(size, episodes, seed, good):
    """Transitions of random play in the sea, a share of the actions right ones."""
    rules = DeepSea(size=size, code=1)
    mdp = rules.to_mdp()
    best = mdp.solve().policy
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(episodes):
        s = 0
        for h in range(size):
            a = best[s] if rng.random() < good else int(rng.integers(2))
            after = int(mdp.P[[s * 2 + a]].indices[0])
            rows.append((h, s, a, mdp.R[s, a], after, h == size - 1))
            s = after
    return [np.array(column) for column in zip(*rows, strict=True)]


def test_data_from_before_replaces_the_bonus_where_it_covers():
    size, gaps = 11, {}
    for name, good in (("covers", 0.7), ("does not", 0.0)):
        rules = DeepSea(size=size, code=1)
        agent = NORA(WorldVectorEnv(rules, 4), seed=0, horizon=size, bonus=0.0)
        data = offline(size, 60, 0, good)
        assert (data[3].max() > 0.5) == (name == "covers")
        agent.teach(*data)
        agent.learn(4 * size * 20)
        policy = agent.predict(np.arange(size**2 + 1), deterministic=True)[0]
        gaps[name] = 0.99 - rules.to_mdp().evaluate(policy).value
    assert gaps["covers"] < 0.05 and gaps["does not"] > 0.9


def test_data_from_before_saves_episodes():
    mdp = river(5)
    H, best = 10, mdp.solve(10).value
    lost = []
    for taught in (False, True):
        agent = NORA(telling(mdp, 16, H), seed=0, horizon=H, bonus=0.3, independent=True)
        if taught:
            rng = np.random.default_rng(0)
            P = mdp.dense()[0]
            rows = []
            for _ in range(200):
                s = 0
                for h in range(H):
                    a = int(rng.random() < 0.8)
                    after = int(rng.choice(5, p=P[s, a]))
                    rows.append((h, s, a, mdp.R[s, a], after, h == H - 1))
                    s = after
            agent.teach(*[np.array(column) for column in zip(*rows, strict=True)])
        agent.learn(16 * H * 60)
        lost.append(agent.regret.mean())
    assert lost[1] < 0.8 * lost[0] and lost[0] < 60 * best


@pytest.mark.parametrize("options", [{"horizon": 0}, {"bonus": -0.1}, {"eta": 0.0}, {"ridge": 0.0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        NORA(telling(TabularMDP(np.ones((1, 1, 1)), [[1.0]], gamma=None), 1), **options)
