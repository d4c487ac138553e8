"""DynLin-UCB: LinUCB where nothing lingers, its holds, its estimate of the steady reward, and its regret."""

import math

import numpy as np
import pytest

from rewardlab.agents import DynLinUCB, LinUCB
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DynamicalBandit


def made(rules, rows=1, seed=0, kind=DynLinUCB, **options):
    return kind(WorldVectorEnv(rules, rows), seed=seed, points=rules.points, **options)


def played(agent, steps):
    """Arms [steps, N] while learning."""
    seen = []
    agent.learn(steps * agent.n_envs, lambda now: seen.append(np.array(now["actions"])))
    return np.array(seen)


@pytest.mark.parametrize("independent", [True, False])
def test_without_memory_its_choices_are_those_of_linucb(independent):
    rules = DynamicalBandit(arms=12, dimension=3, agreement=1.0, noise=0.2)  # ω = 0
    rows = 6 if independent else 1
    plain = made(rules, rows, kind=LinUCB, alpha=0.8, lam=0.5, independent=independent)
    mine = made(rules, rows, rho_bar=0.0, noise=0.0, c1=0.0, c2=0.8 / math.sqrt(0.5), lam=0.5, independent=independent)
    np.testing.assert_array_equal(played(mine, 300), played(plain, 300))
    np.testing.assert_array_equal(mine.V, plain.V)
    np.testing.assert_array_equal(mine.b, plain.b)
    nearly = made(rules, 1, rho_bar=1e-9)  # ln m / ln 10⁹ is below 1 for all m there are
    assert (nearly.hold(np.arange(1, 100_000)) == 0).all()


def test_holds_are_as_long_as_the_paper_says():
    agent = made(DynamicalBandit(), rho_bar=0.5)
    assert agent.hold(np.array([1, 2, 3, 4, 7, 8, 9, 1024])).tolist() == [0, 1, 1, 2, 2, 3, 3, 10]
    arms = played(agent, 400)[:, 0]
    start, m = 0, 1
    while start + (length := int(agent.hold(np.array(m))) + 1) <= 400:
        assert len(set(arms[start : start + length])) == 1
        start, m = start + length, m + 1
    assert agent.epochs.tolist() == [m - 1]
    assert np.trace(agent.V[0, 0]) == pytest.approx(2 * agent.lam + m - 1)  # one point of length 1 for each epoch


def test_only_the_last_reward_of_an_epoch_counts():
    rules = DynamicalBandit(arms=5, noise=0.0, disturbance=0.0, radius=0.4, agreement=-0.5)
    agent, seen = made(rules, rho_bar=0.4, lam=1e-6), []
    agent.learn(600, lambda now: seen.append((int(now["actions"][0]), float(now["rewards"][0]), int(agent.left[0]))))
    used = [(arm, pay) for arm, pay, left in seen if left == 0]
    x, y = rules.points[[a for a, _ in used]], np.array([r for _, r in used])
    np.testing.assert_allclose(agent.b[0, 0], x.T @ y, rtol=1e-9)
    np.testing.assert_allclose(agent.theta[0, 0], np.linalg.solve(x.T @ x + 1e-6 * np.eye(2), x.T @ y), rtol=1e-6)


@pytest.mark.parametrize("radius", [0.2, 0.5])
def test_its_estimate_comes_to_the_steady_reward_by_the_root_of_the_epochs(radius):
    rules, rows = DynamicalBandit(arms=3, radius=radius, noise=2.0, disturbance=0.0, agreement=0.0), 40
    agent = made(rules, rows, rho_bar=radius, c1=0.0, c2=0.0, noise=40.0, lam=1e-3, independent=True)  # tries all arms
    found = []
    for _ in range(3):
        agent.learn(rows * (100 if not found else 3 * agent.num_timesteps // rows))
        off = np.linalg.norm(agent.theta[:, 0] - rules.cumulative, axis=1)
        found.append((int(agent.epochs.mean()), float(np.sqrt((off**2).mean()))))
    epochs, error = np.array(found).T
    assert np.polyfit(np.log(epochs), np.log(error), 1)[0] == pytest.approx(-0.5, abs=0.15)


def test_its_regret_is_of_the_root_where_that_of_linucb_is_linear():
    # θ and h disagree: what pays at once is bad in the long run.
    rules, rows = DynamicalBandit(arms=8, radius=0.5, agreement=-0.5), 6
    curves = {}
    for kind, options in ((DynLinUCB, {"rho_bar": 0.5, "c1": 0.1, "c2": 0.5}), (LinUCB, {"noise": 0.2})):
        agent = made(rules, rows, kind=kind, independent=True, **options).learn(rows * 2000)
        log = np.array(agent.regret_log)
        late = log[:, 0] >= 400
        curve = log[late, 1:].mean(1)
        curves[kind] = np.polyfit(np.log(log[late, 0]), np.log(curve), 1)[0], curve[-1]
    slope, lost = curves[DynLinUCB]
    assert slope < 0.6 and curves[LinUCB][0] > 0.85 and lost < 0.1 * curves[LinUCB][1]


def test_the_longer_the_past_lingers_the_more_is_lost():
    lost = []
    for radius in (0.6, 0.8, 0.95):
        rules = DynamicalBandit(arms=8, radius=radius, agreement=-0.5)
        agent = made(rules, 6, rho_bar=radius, c1=0.1, c2=0.5, independent=True).learn(6 * 800)
        lost.append(agent.regret.mean())
    assert lost[0] < lost[1] < lost[2]


def test_rows_of_one_memory_hold_apart_and_files_begin_epochs_anew(tmp_path):
    rules = DynamicalBandit()
    agent = made(rules, 5, rho_bar=0.8).learn(5 * 200)
    assert agent.epochs.shape == (1,) and agent.held.shape == (5,)
    agent.save(tmp_path / "agent")
    again = DynLinUCB.load(tmp_path / "agent", env=WorldVectorEnv(rules, 3))
    assert again.left.tolist() == [0, 0, 0]
    before = again.epochs[0]
    assert again.learn(300).epochs[0] > before


def test_mistakes_are_named():
    for option in ({"rho_bar": 1.0}, {"rho_bar": -0.1}, {"noise": -1.0}, {"c1": math.inf}, {"c2": -1.0}, {"delta": 1}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(DynamicalBandit(), **option)
