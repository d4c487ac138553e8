"""Predictions, a distance and a ball in words: the suggestions against least squares, a scan and a search."""

import numpy as np
import pytest
from spoken_bandits import suggestion, told

from rewardlab.envs.bandits import BanditText
from rewardlab.envs.bandits.wording.estimates import farthest

STREAM = {"dimension": 3, "units": 4, "every": 60, "rounds": 60, "noise": 0.1}


@pytest.mark.parametrize("fade", [1.0, 0.9])
def test_the_prediction_is_a_ridge_regression_that_may_forget(fade):
    rules = BanditText("RegressionStream", STREAM, "guide", digits=17, options={"fade": fade})
    unit, xs, ys, wrong = rules.wording.unit, [], [], []
    rounds = told(rules, lambda t, text: (suggestion(text) / unit).astype(np.float32), steps=60)
    for text, state, _, reward, info in rounds:
        x = np.append(state["x"], 1.0)
        weights = fade ** np.arange(len(xs))[::-1]
        seen = np.array(xs).reshape(-1, 4)
        theta = np.linalg.solve(
            np.eye(4) + (seen * weights[:, None]).T @ seen, (seen * weights[:, None]).T @ np.array(ys)
        )
        assert suggestion(text)[0] == pytest.approx(np.clip(x @ theta, -unit, unit), abs=1e-9)
        assert text.split("\n")[-1] == "input " + " ".join(f"{v:+.2f}" for v in state["x"])
        xs.append(x)
        ys.append(info["target"])
        wrong.append(-reward)
    assert np.mean(wrong[30:]) < 0.5 * np.var(ys)  # better than the best constant


def test_a_history_tells_inputs_guesses_and_targets():
    rules, lines = BanditText("RegressionStream", STREAM, digits=17), []
    for text, state, action, _, info in told(rules, lambda t, text: np.array([0.25 - t / 100], np.float32), steps=20):
        assert text.split("\n")[2:-1] == lines
        x = " ".join(f"{v:+.2f}" for v in state["x"])
        lines.append(f"{x}: said {rules.wording.unit * float(action[0]):.17g}, was {info['target']:.17g}")


def test_the_distance_goes_where_the_judge_pays_and_too_far_for_the_truth():
    rules = BanditText("GoldProxy-Shift-v0", form="guide", episodes=30, digits=17)
    limit, ms, pays, regret = rules.bandit.limit, [], [], []
    dice = np.random.default_rng(0).uniform(-1, 1, 30).astype(np.float32)
    rounds = told(rules, lambda t, text: dice[t : t + 1] if t < 8 else (suggestion(text) / limit).astype(np.float32))
    for text, _, action, reward, info in rounds:
        x = np.stack([np.ones(len(ms)), ms], axis=1)
        slope = np.linalg.solve(np.eye(2) + x.T @ x, x.T @ np.array(pays))[1]
        assert suggestion(text) == (limit if slope >= 0 else -limit)
        ms.append(limit * float(action[0]))
        pays.append(reward)
        regret.append(info["regret"])
    assert ms[-1] == limit > rules.bandit.peak and regret[-1] > 1.0  # the proxy is followed, and the gold suffers
    summary = list(
        told(BanditText("GoldProxy-Shift-v0", form="summary", episodes=30, digits=17), lambda t, _: dice[t : t + 1])
    )
    distances = limit * dice[:29].astype(float)
    assert f"mean distance {np.cumsum(distances)[-1] / 29:.10g}"[:-3] in summary[29][0]


@pytest.mark.parametrize("alpha", [0.0, 0.5, 3.0])
def test_the_farthest_point_is_that_of_a_fine_search(alpha):
    dice = np.random.default_rng(0)
    z = np.stack(np.meshgrid(*[np.linspace(-1, 1, 61)] * 3), axis=-1).reshape(-1, 3)
    u = z[(z != 0).any(1)]
    u = u / np.linalg.norm(u, axis=1, keepdims=True)
    for _ in range(20):
        x = dice.normal(size=(5, 3)) * dice.uniform(0.1, 3, 3)
        V, b = np.eye(3) + x.T @ x, dice.normal(size=3) * dice.choice([0.1, 5.0])

        def worth(u, V=V, b=b):
            return u @ np.linalg.solve(V, b) + alpha * np.sqrt(np.einsum("kd,dk->k", u, np.linalg.solve(V, u.T)))

        best = farthest(V, b, alpha)
        assert np.linalg.norm(best) == pytest.approx(1.0)
        top = worth(u).max()
        assert top - 1e-9 <= worth(best[None])[0] <= top + 0.01 * abs(top)


def test_the_farthest_point_where_the_estimate_says_nothing_of_the_widest_axis():
    V = np.diag([1.0, 4.0])
    assert np.abs(farthest(V, np.zeros(2), 1.0)) == pytest.approx([1.0, 0.0], abs=1e-6)
    u = farthest(V, np.array([0.0, 2.0]), 1.0)  # h = (0, 1/2): both signs of the first number are equally good
    angle = np.linspace(0, np.pi, 100_001)
    grid = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    worth = grid @ [0.0, 0.5] + np.sqrt((grid**2 / [1.0, 4.0]).sum(1))
    assert u @ [0.0, 0.5] + np.sqrt((u**2 / [1.0, 4.0]).sum()) == pytest.approx(worth.max(), abs=1e-8)
    assert farthest(V, np.zeros(2), 0.0).tolist() == [1.0, 0.0]


def test_the_ball_is_played_by_optimism_over_all_that_was_seen():
    rules = BanditText("DynamicalBandit-Ball-v0", {"agreement": 1.0, "noise": 0.1}, "guide", digits=17)
    us, ys, lost = [], [], []
    rounds = told(rules, lambda t, text: suggestion(text).clip(-1, 1).astype(np.float32), steps=60)
    for text, _, action, reward, info in rounds:
        x = np.array(us).reshape(-1, 3)
        expected = farthest(np.eye(3) + x.T @ x, x.T @ np.array(ys), 1.0)
        np.testing.assert_allclose(suggestion(text), expected, atol=1e-5)
        u = action.astype(float)
        us.append(u / max(1.0, np.linalg.norm(u)))
        ys.append(reward)
        lost.append(info["steady_regret"])
    assert np.mean(lost[-20:]) < 0.3 * np.mean(lost[:5])
