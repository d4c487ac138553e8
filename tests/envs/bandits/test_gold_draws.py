"""Gold and proxy among fresh draws: the closed form of best-of-n, heavy tails, what is told."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from scipy import stats

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import GoldDraws
from rewardlab.envs.bandits.gold_base import largest


def played(rules, choose, n=4000, seed=0):
    """Gold and pay [n] of who chooses by the proxies [n, draws, k] that the observation holds."""
    envs = WorldVectorEnv(rules, n, autoreset_mode="NextStep")
    obs, _ = envs.reset(seed=seed)
    action = choose(rules.law.proxies(obs.astype(np.float64))).argmax(1)
    _, reward, over, _, info = envs.step(action)
    assert over.all()
    return info["true_reward"], reward


@pytest.mark.parametrize("members", [1, 5])
def test_best_of_n_by_the_mean_of_k_proxies_gains_the_closed_form(members):
    rules = GoldDraws(n=64, errors="gaussian", options={"members": 5, "s": 1.5})
    known = largest(64) / np.sqrt(1 + 1.5**2 / members)
    assert rules.expected_gold(members) == pytest.approx(known, abs=1e-12)
    assert members == 1 or known == pytest.approx(1.948, abs=2e-3)
    gold, paid = played(rules, lambda q: q[..., :members].mean(-1))
    assert abs(gold.mean() - known) < 3 * gold.std() / np.sqrt(len(gold))
    if members == 1:
        assert abs(paid.mean() - rules.card().optimal_return) < 3 * paid.std() / np.sqrt(len(paid))


def test_heavy_tails_fool_one_proxy_and_the_mean_but_not_the_worst_case():
    def gold(choose):
        rules = GoldDraws(n=1000, errors="student", draws=1)
        return np.mean([played(rules, choose, n=250, seed=s * 10**6)[0].mean() for s in range(2)])

    one, mean = gold(lambda q: q[..., 0]), gold(lambda q: q.mean(-1))
    worst, careful = gold(lambda q: q.min(-1)), gold(lambda q: q.mean(-1) - 0.5 * q.var(-1))
    assert abs(one - 0.15) < 0.15 and abs(mean - 0.3) < 0.15
    assert abs(worst - 2.6) < 0.15 and abs(careful - 2.6) < 0.15


def test_everything_told_belongs_to_the_draw_that_was_taken():
    rules = GoldDraws(n=4, errors="upper", draws=6)
    envs = WorldVectorEnv(rules, 50, autoreset_mode="NextStep")
    obs, _ = envs.reset(seed=1)
    z = envs.get_state()["state"]["z"]
    np.testing.assert_array_equal(obs, z.astype(np.float32))
    action = np.arange(50) % 4
    _, reward, _, _, info = envs.step(action)
    own, rows = z[np.arange(50), action], np.arange(50)
    np.testing.assert_allclose(info["proxies"], rules.law.proxies(own))
    np.testing.assert_allclose(info["true_reward"], rules.law.gold(own))
    np.testing.assert_allclose(info["properties"], rules.law.properties(own))
    np.testing.assert_allclose(reward, info["proxies"].sum(1))
    gold = rules.law.gold(z)
    np.testing.assert_allclose(info["best"], gold.max(1))
    np.testing.assert_allclose(info["regret"], gold.max(1) - gold[rows, action])
    np.testing.assert_array_equal(info["success"], gold.argmax(1) == action)
    assert info["references"].shape == (50, 6)
    assert {k for k in info if k[0] != "_"} - {"is_success"} == set(rules.card().info)


def test_references_and_draws_follow_the_base_law():
    rules = GoldDraws(n=3, options={"s": 2.0}, draws=4)
    envs = WorldVectorEnv(rules, 3000, autoreset_mode="NextStep")
    obs, _ = envs.reset(seed=0)
    assert stats.kstest(obs.reshape(-1), "norm").pvalue > 0.001
    info = envs.step(np.zeros(3000, dtype=int))[4]
    assert stats.kstest(info["references"].reshape(-1), "norm", (0, np.sqrt(5.0))).pvalue > 0.001
    assert abs(np.corrcoef(info["references"][:, 0], info["proxies"][:, 0])[0, 1]) < 0.06


@pytest.mark.parametrize("errors", ["gaussian", "student", "upper", "net"])
def test_torch_steps_as_numpy_does(errors):
    rules = GoldDraws(n=5, errors=errors)
    a, b = WorldVectorEnv(rules, 8), WorldVectorEnv(rules, 8, device="cpu")
    np.testing.assert_allclose(a.reset(seed=1)[0], b.reset(seed=1)[0].numpy(), rtol=1e-5)
    x, y = a.step(np.arange(8) % 5), b.step(torch.arange(8) % 5)
    np.testing.assert_allclose(x[1], y[1].numpy(), rtol=1e-9)
    assert x[0].dtype == y[0].numpy().dtype == np.float32
    for key, value in x[4]["final_info"].items():
        np.testing.assert_allclose(value, np.asarray(y[4]["final_info"][key]), rtol=1e-9, atol=1e-12)


def test_divergence_and_text():
    assert GoldDraws(n=1).divergence == 0.0
    assert GoldDraws(n=64).divergence == pytest.approx(np.log(64) - 63 / 64)
    env = gym.make("rewardlab/GoldProxy-Draws-v0", n=3, render_mode="ansi").unwrapped
    env.reset(seed=0)
    assert env.render().count("proxy") == 3 and "true reward" not in env.render()
    _, _, _, _, info = env.step(2)
    assert env.render().endswith(f"took 2, whose true reward is {info['true_reward']:.3f}")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"n": 0}, "n=0"),
        ({"draws": 0}, "draws=0"),
        ({"errors": "hack"}, "planted"),
        ({"errors": "studnet"}, "did you mean 'student'"),
        ({"weights": (1.0,)}, "5 finite numbers"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        GoldDraws(**fields)


def test_a_closed_form_is_only_given_where_there_is_one():
    with pytest.raises(BadOption, match="student"):
        GoldDraws(errors="student").expected_gold()
    assert GoldDraws(errors="student").card().optimal_return is None
