"""Gold and proxy along a line: the law in √KL, its peak, and play that agrees with both."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from scipy import stats

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import GoldShift

N = 20_000


def step(rules, m, n=N):
    envs = WorldVectorEnv(rules, n, autoreset_mode="NextStep")
    envs.reset(seed=0)
    return envs.step(np.full((n, 1), m / rules.limit, dtype=np.float32))


@pytest.mark.parametrize("errors", ["linear", "gaussian", "shortcut", "two"])
@pytest.mark.parametrize("m", [-1.5, 0.0, 2.0])
def test_pay_and_gold_have_the_expectations_that_are_told(errors, m):
    rules = GoldShift(errors)
    _, reward, over, _, info = step(rules, m)
    assert over.all()
    np.testing.assert_allclose(info["kl"], m * m / 2, rtol=1e-6)
    np.testing.assert_allclose(info["expected_gold"], rules.expected_gold(m), rtol=1e-6)
    for values, known in ((reward, m * rules.slope), (info["true_reward"], float(rules.expected_gold(m)))):
        assert abs(values.mean() - known) < 4 * values.std() / np.sqrt(N)
    assert stats.kstest(reward, "norm", (m * rules.slope, rules.slope)).pvalue > 0.001
    assert stats.kstest(info["references"][:2000].reshape(-1), "norm", (0, rules.slope)).pvalue > 0.001


def test_the_curve_in_root_kl_has_its_closed_form_and_its_peak():
    rules = GoldShift("linear", options={"slope": 2.0, "cosine": 0.8, "c": 0.5, "dimension": 4})
    m = np.linspace(0, 6, 13)
    d = m / np.sqrt(2)
    gain = rules.expected_gold(m) - rules.expected_gold(0.0)
    np.testing.assert_allclose(gain, np.sqrt(2) * d * 1.6 - 0.5 * d**2, atol=1e-12)
    np.testing.assert_allclose(gain, rules.law.gain(m**2 / 2), atol=1e-12)
    assert rules.peak == pytest.approx(1.6 / 0.5, abs=1e-9)  # d* = a · u / (√2 c)
    grid = np.linspace(-6, 6, 2401)
    assert rules.peak == pytest.approx(grid[rules.expected_gold(grid).argmax()], abs=0.005)
    assert float(rules.expected_gold(0.0)) == pytest.approx(-0.5 * 0.5 * 4)


def test_success_is_to_stop_near_the_peak_and_pay_is_best_at_the_limit():
    rules = GoldShift("linear", options={"cosine": 0.5})
    assert rules.peak == pytest.approx(2.0)
    for m, near in ((2.0, True), (1.6, True), (1.5, False), (2.5, False), (6.0, False)):
        info = step(rules, m, 4)[4]
        assert (info["success"] == near).all()
        # the gain is a parabola, so that what is missing is ((m − m*)/m*)² of it
        np.testing.assert_allclose(info["regret"], ((m - 2) / 2) ** 2 * 1.0, atol=1e-6)
    assert rules.card().optimal_return == pytest.approx(6.0)


def test_a_gold_without_a_bend_is_best_at_a_limit():
    assert GoldShift("gaussian", limit=3.0).peak == 3.0
    assert GoldShift("linear", options={"cosine": -0.5, "c": 0.0}).peak == -6.0
    assert GoldShift("linear", options={"c": 0.1}, limit=2.0).peak == 2.0


def test_torch_steps_as_numpy_does():
    rules = GoldShift()
    a, b = WorldVectorEnv(rules, 8), WorldVectorEnv(rules, 8, device="cpu")
    a.reset(seed=1), b.reset(seed=1)
    action = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
    x, y = a.step(action), b.step(torch.as_tensor(action))
    np.testing.assert_allclose(x[1], y[1].numpy(), rtol=1e-9)
    for key, value in x[4]["final_info"].items():
        np.testing.assert_allclose(value, np.asarray(y[4]["final_info"][key]), rtol=1e-9, atol=1e-12)


def test_card_text_and_picture():
    env = gym.make("rewardlab/GoldProxy-Shift-v0", render_mode="ansi").unwrapped
    env.reset(seed=0)
    assert env.render() == "choose a distance, -1..1 times 6"
    *_, info = env.step(np.array([0.5], dtype=np.float32))
    assert env.render().startswith("distance 3, KL 4.5, expected true reward ")
    assert set(info) - {"is_success"} == set(env.rules.card().info)
    frames = []
    shown = gym.make("rewardlab/GoldProxy-Shift-v0", render_mode="rgb_array").unwrapped
    shown.reset(seed=0)
    frames.append(shown.render())
    shown.step(np.array([-0.5], dtype=np.float32))
    frames.append(shown.render())
    assert frames[0].shape == (340, 480, 3)
    assert (frames[0][60:290, 120:136] != frames[1][60:290, 120:136]).any()  # the mark of the chosen distance


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"errors": "student"}, "Student errors are not linear"),
        ({"limit": 0.0}, "limit=0.0"),
        ({"draws": 0}, "draws=0"),
        ({"errors": "shortcut", "options": {"a": 0.0, "b": 0.0}}, "not flat"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        GoldShift(**fields)
