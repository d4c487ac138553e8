"""What bandits with a state stand on: equal bits alone and among many, checks by name, bars as high as their values."""

import gymnasium as gym
import numpy as np
import pytest
import torch

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.ground import Tables, bars, demand, dot, numbers_of, spread_of, times, whole
from rewardlab.envs.picture import BLUE, GOLD, RED


def test_products_are_those_of_matrices_and_equal_to_the_bit_alone_and_among_many():
    rng = np.random.default_rng(0)
    x, y, matrix = rng.normal(size=(500, 7)), rng.normal(size=(500, 7)), rng.normal(size=(3, 7))
    np.testing.assert_allclose(times(x, matrix), x @ matrix.T, atol=1e-13)
    np.testing.assert_allclose(dot(x, y), (x * y).sum(1), atol=1e-13)
    np.testing.assert_array_equal(times(x, matrix)[17:18], times(x[17:18], matrix))
    np.testing.assert_array_equal(dot(x, y)[17:18], dot(x[17:18], y[17:18]))
    np.testing.assert_allclose(times(torch.as_tensor(x), torch.as_tensor(matrix)).numpy(), x @ matrix.T, atol=1e-13)


def test_tables_are_copied_once_to_each_device():
    tables = Tables(a=[1.0, 2.0])
    there = tables("cpu")
    assert tables("cpu") is there and isinstance(there["a"], torch.Tensor)
    np.testing.assert_array_equal(there["a"].numpy(), tables(None)["a"])


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (lambda: whole("W", k=0), "W: k=0"),
        (lambda: whole("W", k=True), "k=True"),
        (lambda: whole("W", least=2, k=1), "at least 2"),
        (lambda: spread_of("W", noise=-1.0), "noise=-1.0"),
        (lambda: spread_of("W", noise=float("nan")), "noise=nan"),
        (lambda: numbers_of([[1, 2]], (None,), name="w", where="W"), r"w of shape \[1, 2\]"),
        (lambda: numbers_of([1, np.inf], (2,), name="w", where="W"), r"finite numbers \[2\]"),
        (lambda: numbers_of("many", (2,), name="w", where="W"), "w='many'"),
        (lambda: demand(False, "x", where="W", expected="y"), "expected: y"),
    ],
)
def test_mistakes_are_named(check, words):
    with pytest.raises(BadOption, match=words):
        check()


STANDING_ON_IT = (
    "DynamicalBandit", "DynamicalBandit-Ball", "LastSwitchBandit", "TallyBandit", "OnlineLosses-Experts",
    "OnlineLosses-Quadratic", "OnlineLosses-Adaptive", "OnlineLosses-Box", "AdversarialBandit-Linear",
    "AdversarialBandit-Adaptive", "ConvexProblem-Logistic", "ConvexProblem-LeastSquares", "RegressionStream",
    "SlatePage", "SlatePage-Noisy",
)  # fmt: skip


@pytest.mark.parametrize("name", STANDING_ON_IT)
def test_torch_steps_as_numpy_does(name):
    here, there = (
        gym.make_vec(f"rewardlab/{name}-v0", num_envs=6, vectorization_mode="vector_entry_point", **device)
        for device in ({}, {"device": "cpu"})
    )
    a, b = here.reset(seed=1)[0], there.reset(seed=1)[0]
    here.action_space.seed(0)
    for _ in range(12):
        assert a.dtype == b.numpy().dtype
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-6, atol=1e-6)
        action = here.action_space.sample()
        (a, paid, ended, _, first), (b, *x, second) = here.step(action), there.step(torch.as_tensor(action))
        np.testing.assert_allclose(paid, x[0].numpy(), rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(ended, np.asarray(x[1]))
        lost = [np.asarray(info.get("final_info", info)["pseudo_regret"]) for info in (first, second)]
        np.testing.assert_allclose(*lost, atol=1e-9)


@pytest.mark.parametrize("name", STANDING_ON_IT)
def test_pictures_and_texts_follow_the_play(name):
    env = gym.make(f"rewardlab/{name}-v0", render_mode="rgb_array").unwrapped
    told = gym.make(f"rewardlab/{name}-v0", render_mode="ansi").unwrapped
    for e in (env, told):
        e.reset(seed=0)
    before, words = env.render(), told.render()
    env.action_space.seed(1)
    for _ in range(2):
        action = env.action_space.sample()
        env.step(action)
        told.step(action)
    after = env.render()
    assert after.shape == (340, 480, 3) and (after[44:254] != before[44:254]).any()  # the chart, not its title alone
    assert told.render() != words and ("place 2" in told.render() or "round 2" in told.render())


def test_bars_are_as_high_as_their_values_and_the_best_mark_is_gold():
    frame = bars("a title", np.array([1.0, -1.0, 0.0]), np.array([0.5, -0.5, 1.0]), chosen=0, best=2)
    assert frame.shape == (340, 480, 3) and frame.dtype == np.uint8
    parts = np.array_split(frame[44:254, 16:464], 3, axis=1)
    rows = [[np.flatnonzero((p == c).all(-1).any(1)) for p in parts] for c in (BLUE, RED, GOLD)]
    up, down, none = rows[0]
    assert up.max() <= 105 < down.min() + 2 and len(up) > 95 and len(down) > 95 and not len(none)
    assert abs(rows[1][0].mean() - 52.5) < 2 and abs(rows[1][1].mean() - 157.5) < 2  # a quarter from above, and below
    assert len(rows[2][2]) and not len(rows[2][0]) and not len(rows[2][1])
    flat = bars("a title", np.zeros(90))
    assert not (flat[44:254] == RED).all(-1).any()
