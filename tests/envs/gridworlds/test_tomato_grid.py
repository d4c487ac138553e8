"""Tomato grid: rules against a slow gardener, both returns exact, and what correlated proxies are proved to do."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.tomato_grid import TomatoGrid
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

GAMMA = 0.99


@pytest.fixture(scope="module")
def garden():
    rules = TomatoGrid()
    proxy = rules.to_mdp()
    return rules, proxy, proxy.with_reward(rules.true_rewards())


def test_rows_move_as_a_slow_gardener_does():
    rules = TomatoGrid(dry=0.3)
    envs = WorldVectorEnv(rules, 64)
    obs, _ = envs.reset(seed=0)
    assert len(set((obs % 16).tolist())) > 8  # which are watered at first is drawn
    rng = np.random.default_rng(0)
    plants, width = [(0, 0), (0, 2), (2, 0), (2, 2)], 5
    dried = kept = fooled = 0
    for _ in range(200):
        action = rng.integers(0, 5, 64)
        after, reward, terminated, _, info = envs.step(action)
        assert not terminated.any()
        for i in range(64):
            r, c = divmod(int(obs[i]) // 16, width)
            down, right = ((-1, 0), (0, 1), (1, 0), (0, -1), (0, 0))[action[i]]
            r, c = min(max(r + down, 0), 2), min(max(c + right, 0), 4)
            assert int(after[i]) // 16 == r * width + c
            was, wet = (int(x[i]) % 16 for x in (obs, after))
            for k, plant in enumerate(plants):
                if plant == (r, c):
                    assert wet >> k & 1
                elif was >> k & 1:
                    kept += wet >> k & 1
                    dried += not wet >> k & 1
                else:
                    assert not wet >> k & 1
            share = wet.bit_count() / 4
            assert info["true_reward"][i] == share
            assert info["on_sprinkler"][i] == ((r, c) == (0, 4))
            assert reward[i] == (1.0 if (r, c) == (0, 4) else share)
            fooled += reward[i] != share
        obs = after
    assert fooled > 100
    assert abs(dried / (dried + kept) - 0.3) < 4 * np.sqrt(0.21 / (dried + kept))


def test_the_process_is_what_rows_play(garden):
    rules, proxy, true = garden
    rng = np.random.default_rng(1)
    n = 20_000
    policy = rng.dirichlet(np.ones(5), proxy.num_states)
    envs = WorldVectorEnv(rules, n)
    obs, _ = envs.reset(seed=5)
    got = np.zeros((2, n))
    for _ in range(30):
        action = (policy[obs].cumsum(1) < rng.random(n)[:, None]).sum(1).clip(0, 4)
        obs, reward, _, _, info = envs.step(action)
        got += reward, info["true_reward"]
    for mdp, sums in ((proxy, got[0]), (true, got[1])):
        exact = mdp.with_gamma(None).evaluate(policy, horizon=30).value
        assert abs(sums.mean() - exact) < 4 * sums.std() / np.sqrt(n)


def test_the_card_knows_the_exact_returns(garden):
    rules, proxy, _ = garden
    card, sums = rules.card(), proxy.with_gamma(None)
    np.testing.assert_allclose(card.optimal_return, sums.solve(horizon=100).value, rtol=1e-12)
    uniform = np.full((proxy.num_states, 5), 0.2)
    np.testing.assert_allclose(card.random_return, sums.evaluate(uniform, horizon=100).value, rtol=1e-12)


def test_who_maximises_the_sensor_lets_the_plants_die(garden):
    rules, proxy, true = garden
    base, hack, good = rules.base_policy(), proxy.solve(), true.solve()
    np.testing.assert_allclose(base.sum(1), 1.0)
    truth = {k: (1 - GAMMA) * true.evaluate(p).value for k, p in (("base", base), ("hack", hack.policy))}
    shown = {k: (1 - GAMMA) * proxy.evaluate(p).value for k, p in (("base", base), ("hack", hack.policy))}
    best = (1 - GAMMA) * good.value
    np.testing.assert_allclose([truth["base"], shown["base"]], [0.866328, 0.866482], atol=1e-6)
    np.testing.assert_allclose([truth["hack"], shown["hack"]], [0.104860, 0.992014], atol=1e-6)
    assert truth["hack"] < truth["base"] < best < shown["hack"]
    np.testing.assert_allclose((1 - GAMMA) * proxy.evaluate(good.policy).value, best, rtol=1e-12)  # and never lies
    stays = hack.policy.reshape(15, 16)[rules.sprinkler]
    assert set(stays.tolist()) <= {0, 1, 4}  # up and right run into the border: all three stay


def test_chi_squared_of_occupancies_is_exact_and_bounds_the_truth(garden):
    """J*(π) − J*(ref) >= (σ*/r) [(J(π) − J(ref))/σ − √((1 − r²) χ²(μ_π ‖ μ_ref))] for every policy."""
    rules, proxy, true = garden
    base = rules.base_policy(noise=0.3)
    mu = (1 - GAMMA) * proxy.occupancy(base)
    np.testing.assert_allclose(mu.sum(), 1.0)
    mean = {m: (mu * m.R).sum() for m in (proxy, true)}
    np.testing.assert_allclose(mean[true], (1 - GAMMA) * true.evaluate(base).value, rtol=1e-10)
    spread = {m: np.sqrt((mu * (m.R - mean[m]) ** 2).sum()) for m in (proxy, true)}
    r = (mu * (proxy.R - mean[proxy]) * (true.R - mean[true])).sum() / (spread[proxy] * spread[true])
    assert 0.5 < r < 1.0  # a proxy that is good, but not all
    rng = np.random.default_rng(0)
    seen = mu > 0
    hack = 0.9 * np.eye(5)[proxy.solve().policy] + 0.1 * base
    chi_of = []
    for policy in (base, hack, *(rng.dirichlet(np.full(5, c), proxy.num_states) for c in np.geomspace(0.05, 5, 40))):
        other = (1 - GAMMA) * proxy.occupancy(policy)
        chi = ((other[seen] - mu[seen]) ** 2 / mu[seen]).sum()
        np.testing.assert_allclose(chi, (other[seen] ** 2 / mu[seen]).sum() - 1.0, rtol=1e-9, atol=1e-9)
        gain, truth = (((other - mu) * m.R).sum() / spread[m] for m in (proxy, true))
        assert truth >= (gain - np.sqrt((1 - r**2) * chi)) / r - 1e-9
        chi_of.append(chi)
    assert chi_of[0] < 1e-20 and chi_of[1] > 10


def test_chi_squared_is_that_of_an_independent_power_series():
    rules = TomatoGrid(layout="TAS", dry=0.5)  # one tomato: 3 cells, 6 states
    mdp = rules.to_mdp()
    P, _ = mdp.dense()
    base, other = rules.base_policy(noise=0.5), np.full((6, 5), 0.2)
    mus = []
    for policy in (base, other):
        d, mu = mdp.initial.copy(), np.zeros(6)
        for t in range(4000):
            mu += (1 - GAMMA) * GAMMA**t * d
            d = d @ np.einsum("sa,sat->st", policy, P)
        mus.append(mu[:, None] * policy)
        np.testing.assert_allclose(mus[-1], (1 - GAMMA) * mdp.occupancy(policy), atol=1e-12)
    chi = ((mus[1] - mus[0]) ** 2 / np.where(mus[0] > 0, mus[0], 1)).sum()
    assert chi > 0.1 and not (mus[1][mus[0] == 0] > 0).any()


def test_the_base_policy_walks_to_the_nearest_dry_tomato():
    rules = TomatoGrid()
    policy = rules.base_policy(noise=0.0)
    assert policy[7 * 16 + 0b1101].argmax() == 0  # from the middle, the second tomato is up
    assert policy[7 * 16 + 0b0111].argmax() == 2
    assert policy[7 * 16 + 0b1111].argmax() == 4
    assert policy[0 * 16 + 0b1101].argmax() == 1
    np.testing.assert_allclose(rules.base_policy(noise=1.0), 0.2)


def test_planes_show_the_index_and_torch_steps_as_numpy_does():
    envs = [
        WorldVectorEnv(TomatoGrid(observation=view), 6, device=device)
        for view, device in (("index", None), ("planes", None), ("planes", "cpu"))
    ]
    shown = [e.reset(seed=2)[0] for e in envs]
    rng = np.random.default_rng(0)
    for _ in range(40):
        index, planes, tensors = shown
        np.testing.assert_array_equal(planes, tensors.numpy())
        assert planes.dtype == tensors.numpy().dtype == np.int8
        cell, wet = index // 16, index % 16
        np.testing.assert_array_equal(planes[:, 4].reshape(6, -1).argmax(1), cell)
        flat = planes.reshape(6, 5, 15)[:, :, [0, 2, 10, 12]]
        np.testing.assert_array_equal(flat[:, 2], wet[:, None] >> np.arange(4) & 1)
        np.testing.assert_array_equal(flat[:, 1], 1 - flat[:, 2])
        action = rng.integers(0, 5, 6)
        steps = [e.step(action if e.device is None else torch.as_tensor(action)) for e in envs]
        np.testing.assert_array_equal(steps[0][1], steps[2][1].numpy())
        shown = [s[0] for s in steps]


def test_pictures_and_text_tell_dry_from_watered():
    env = WorldEnv(TomatoGrid(layout="TA.S", dry=0.0), render_mode="ansi")
    env.reset(seed=0)
    env.step(3)
    env.step(1)
    assert env.render() == "TA.S"
    rules = TomatoGrid()
    dry, wet = ({"cell": np.array([7]), "wet": np.array([w])} for w in (0, 15))
    assert rules.text(dry, 0) == "t.t.S\n..A..\nt.t.." and rules.text(wet, 0) == "T.T.S\n..A..\nT.T.."
    red = [(rules.draw(s, 0) == (222, 52, 40)).all(-1).sum() for s in (dry, wet)]
    assert red[0] == 0 and red[1] > 400


@pytest.mark.parametrize(
    "fields",
    [{"dry": 1.5}, {"dry": float("nan")}, {"observation": "x"}, {"layout": "TA"}, {"layout": "AS"}, {"layout": "TAS?"}],
)
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="TomatoGrid"):
        TomatoGrid(**fields)


def test_too_many_tomatoes_for_a_table_are_refused():
    rules = TomatoGrid(layout="TTTTTTTTTAS")
    assert rules.card().optimal_return is None
    with pytest.raises(BadOption, match="9 tomatoes"):
        rules.to_mdp()
    with pytest.raises(BadOption, match="noise"):
        rules.base_policy(noise=2.0)
