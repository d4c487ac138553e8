"""Windy grid: the book's numbers of steps, winds against a slow simulation, gusts by their law."""

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from rewardlab.core.errors import BadOption
from rewardlab.core.testing import check_env, check_vector_env
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.gridworlds.windy import Windy

MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1), (-1, 1), (1, 1), (1, -1), (-1, -1), (0, 0)]


@pytest.mark.parametrize(
    ("options", "steps"), [({}, 15), ({"kings": True}, 7), ({"kings": True, "stay": True}, 7), ({"stay": True}, 15)]
)
def test_the_published_numbers_of_steps(options, steps):
    rules = Windy(**options)
    best = rules.to_mdp().solve()
    assert best.value == pytest.approx(-steps, abs=1e-9)
    assert rules.card().optimal_return == -steps
    env = WorldEnv(rules)
    cell, _ = env.reset(seed=0)
    total, over = 0.0, False
    while not over:
        cell, reward, over, _, _ = env.step(int(best.policy[cell]))
        total += reward
    assert total == -steps


@pytest.mark.parametrize("options", [{}, {"kings": True, "stay": True}])
def test_every_move_is_that_of_a_slow_simulation(options):
    rules = Windy(**options)
    wind = rules.wind
    for cell in range(70):
        for action in range(rules.action_space.n):
            r, c = divmod(cell, 10)
            row = min(max(r + MOVES[action][0] - wind[c], 0), 6)
            column = min(max(c + MOVES[action][1], 0), 9)
            assert rules._target[cell, action, 0] == row * 10 + column
    P = rules.to_mdp().P.toarray().reshape(70, -1, 70)
    others = np.arange(70) != rules.goal
    np.testing.assert_array_equal(P.argmax(2)[others], rules._target[others, :, 0])
    assert (P.max(2) == 1.0).all()


def test_gusts_blow_by_their_law():
    rules = Windy(kings=True, gusts=2 / 3)
    mdp = rules.to_mdp()
    envs = WorldVectorEnv(rules, 9000)
    envs.reset(seed=0)
    for _ in range(3):
        envs.step(np.ones(9000, dtype=int))  # right, to column 3 where the wind begins
    assert (envs.get_state()["state"]["cell"] == 33).all()
    after = envs.step(np.ones(9000, dtype=int))[0]
    cells, counts = np.unique(after, return_counts=True)
    assert cells.tolist() == [14, 24, 34]  # two rows up, one, none
    assert chisquare(counts).pvalue > 1e-3
    np.testing.assert_allclose(mdp.P[[33 * 8 + 1]].toarray()[0, cells], 1 / 3)
    best = mdp.solve()
    n = 4000
    envs = WorldVectorEnv(rules, n, autoreset_mode="NextStep")
    obs, _ = envs.reset(seed=1)
    total, over = np.zeros(n), np.zeros(n, dtype=bool)
    while not over.all():
        obs, reward, ends, _, _ = envs.step(best.policy[obs])
        total += np.where(over, 0.0, reward)
        over |= ends
    assert abs(total.mean() - best.value) < 4 * total.std() / np.sqrt(n)


def test_torch_steps_as_numpy_does():
    rules = Windy(kings=True, gusts=0.5)
    a, b = WorldVectorEnv(rules, 6), WorldVectorEnv(rules, 6, device="cpu")
    a.reset(seed=0), b.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(60):
        action = rng.integers(0, 8, 6)
        for left, right in zip(a.step(action)[:4], b.step(torch.as_tensor(action))[:4], strict=True):
            np.testing.assert_array_equal(left, right.numpy())
            assert left.dtype == right.numpy().dtype


def test_every_law_of_environments_holds():
    rules = Windy(kings=True, stay=True, gusts=0.5)
    assert check_env(lambda: WorldEnv(rules), steps=60, processes=False)
    assert check_vector_env(lambda m: WorldVectorEnv(rules, 3, autoreset_mode=m), lambda: WorldEnv(rules), steps=60)


def test_the_wind_is_shown():
    rules = Windy()
    text = rules.text({"cell": np.array([30])}, 0)
    assert text.splitlines()[3] == "@......G.."
    assert text.splitlines()[-1] == "wind 0 0 0 1 1 1 2 2 1 0"
    assert rules.draw({"cell": np.array([30])}, 0).shape == (280, 400, 3)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"wind": [0, 1]}, "wind="),
        ({"wind": [0, -1, 0, 0]}, "wind="),
        ({"height": 1}, "height=1"),
        ({"gusts": 1.5}, "gusts=1.5"),
        ({"goal_cell": [3, 0]}, "the start"),
        ({"start_cell": [7, 0]}, "start_cell"),
        ({"goal_cell": [0.5, 2]}, "goal_cell"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        Windy(**options)
