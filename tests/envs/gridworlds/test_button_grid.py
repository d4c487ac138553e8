"""Button grid: rules against a slow walker, one layout against shortest paths, all layouts against sampling."""

from collections import deque

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.button_grid import ButtonGrid
from rewardlab.envs.world import WorldVectorEnv


def read(planes):
    """The walker's cell, and {button: on} of one observation [3, g, g]."""
    agent, off, on = planes.reshape(3, -1)
    return int(agent.argmax()), {int(c): bool(on[c]) for c in np.flatnonzero(off | on)}


def slow(cell, buttons, action, g):
    row, column = divmod(cell, g)
    down, right = ((-1, 0), (0, 1), (1, 0), (0, -1))[action]
    r, c = row + down, column + right
    if not (0 <= r < g and 0 <= c < g):
        return cell, buttons
    after = r * g + c
    return after, {k: v ^ (k == after) for k, v in buttons.items()}


@pytest.mark.parametrize("size,buttons", [(5, 2), (3, 3)])
def test_rows_move_as_a_slow_walker_does(size, buttons):
    envs = WorldVectorEnv(ButtonGrid(size=size, buttons=buttons, helper=0.02), 16)
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    own = helped = 0
    for _ in range(400):
        action = rng.integers(0, 4, 16)
        after, reward, terminated, _, info = envs.step(action)
        assert not terminated.any()
        for i in range(16):
            cell, state = slow(*read(obs[i]), action[i], size)
            done = all(state.values())
            assert reward[i] == float(done or info["helped"][i]) == float(info["all_on"][i])
            shown, places = read(after[i])
            assert len(places) == buttons
            if reward[i]:
                assert shown not in places and not any(places.values())  # a new layout
                own, helped = own + done, helped + bool(info["helped"][i])
            else:
                assert (shown, places) == (cell, state)
        obs = after
    assert own > 20
    assert abs(helped - 128) < 50  # 6400 steps at 0.02: three and a half standard deviations would be 40


def test_layouts_are_uniform():
    obs, _ = WorldVectorEnv(ButtonGrid(size=3, buttons=1), 36_000).reset(seed=1)
    pairs = [read(o) for o in obs]
    counts = np.zeros((9, 9))
    for cell, buttons in pairs:
        counts[cell, next(iter(buttons))] += 1
    assert (np.diag(counts) == 0).all()
    off = counts[~np.eye(9, dtype=bool)]
    assert ((off - 500) ** 2 / 500).sum() < 71 + 4 * np.sqrt(2 * 71)  # chi squared with 71 degrees of freedom


def shortest(cell, buttons, g):
    start = (cell, tuple(sorted(buttons.items())))
    seen, line = {start}, deque([(start, 0)])
    while line:
        (at, state), steps = line.popleft()
        for action in range(4):
            to, after = slow(at, dict(state), action, g)
            if all(after.values()):
                return steps + 1
            key = (to, tuple(sorted(after.items())))
            if key not in seen:
                seen.add(key)
                line.append((key, steps + 1))
    return None


@pytest.mark.parametrize("buttons", [(6, 18), (0, 1), (12, 13)])
def test_one_layout_is_solved_by_shortest_paths(buttons):
    rules = ButtonGrid(helper=0.0)
    mdp = rules.to_mdp(buttons)
    best = mdp.solve()
    for cell in np.flatnonzero(mdp.initial.reshape(25, 4)[:, 0]):
        steps = shortest(int(cell), dict.fromkeys(buttons, False), 5)
        np.testing.assert_allclose(best.V[cell * 4], 0.99 ** (steps - 1), rtol=1e-12)
    assert mdp.initial.reshape(25, 4)[list(buttons)].sum() == 0
    np.testing.assert_allclose(mdp.initial.sum(), 1.0)


def test_the_helper_ends_a_layout_after_a_geometric_time():
    rules = ButtonGrid(size=2, buttons=1, helper=0.25)
    mdp = rules.to_mdp([3]).with_gamma(1.0)
    away = np.zeros(mdp.num_states, dtype=np.int64)  # always up: a button in the bottom right is never pressed
    visits = mdp.occupancy(away).sum(1)
    np.testing.assert_allclose(visits.sum(), 4.0, rtol=1e-12)  # mean of a geometric time
    np.testing.assert_allclose(mdp.evaluate(away).value, 1.0, rtol=1e-12)


def test_returns_over_all_layouts_are_what_play_earns():
    rules = ButtonGrid(size=3, buttons=2)
    random, best = rules.returns(40)
    n = 20_000
    envs = WorldVectorEnv(rules, n)
    obs, _ = envs.reset(seed=3)
    rng, total = np.random.default_rng(0), np.zeros(n)
    for _ in range(40):
        total += envs.step(rng.integers(0, 4, n))[1]
    assert abs(total.mean() - random) < 4 * total.std() / np.sqrt(n)
    # The best play is at least as good as hurrying through each layout, and cannot pay oftener than every second step
    # but for the helper: two buttons need two steps.
    hurry = np.zeros(200)
    plan = {}
    envs = WorldVectorEnv(rules, 200)
    obs, _ = envs.reset(seed=4)
    for _ in range(40):
        action = np.array([quick(*read(o), plan) for o in obs])
        obs, reward, *_ = envs.step(action)
        hurry += reward
    assert hurry.mean() - 4 * hurry.std() / np.sqrt(200) < best < 20 + 40 / 90
    assert best > 0.97 * hurry.mean() > 3 * random


def quick(cell, buttons, plan):
    key = (cell, tuple(sorted(buttons.items())))
    if key not in plan:
        options = []
        for action in range(4):
            to, after = slow(cell, buttons, action, 3)
            options.append(0 if all(after.values()) else shortest(to, after, 3))
        plan[key] = int(np.argmin(options))
    return plan[key]


def test_a_single_layout_world_has_its_returns_in_closed_form():
    # 2 x 2 cells and 3 buttons: one free cell, the walker's; without a helper nothing else is drawn.
    rules = ButtonGrid(size=2, buttons=3, helper=0.0)
    _, best = rules.returns(9)
    assert best == 3.0  # round the square: three steps for each of three layouts
    assert rules.returns(8)[1] == 2.0
    assert ButtonGrid(size=10, buttons=3).returns(5) is None
    assert ButtonGrid(size=10, buttons=3).card().optimal_return is None


def test_the_card_knows_the_returns_and_the_helper():
    card = ButtonGrid().card()
    np.testing.assert_allclose([card.random_return, card.optimal_return], [2.27977, 34.5886], rtol=1e-5)
    assert "0.004 in any step" in card.reward  # 1 / (10 g²)


def test_torch_steps_as_numpy_does():
    a, b = WorldVectorEnv(ButtonGrid(size=3), 8), WorldVectorEnv(ButtonGrid(size=3), 8, device="cpu")
    x, y = a.reset(seed=1)[0], b.reset(seed=1)[0]
    rng = np.random.default_rng(0)
    for _ in range(60):
        np.testing.assert_array_equal(x, y.numpy())
        action = rng.integers(0, 4, 8)
        (x, r, *_), (y, s, *_) = a.step(action), b.step(torch.as_tensor(action))
        np.testing.assert_array_equal(r, s.numpy())


def test_pictures_and_text_tell_on_from_off():
    rules = ButtonGrid(size=3)
    states = [
        {"agent": np.array([cell]), "button": np.array([[1, 8]]), "on": np.array([on])}
        for cell, on in ((4, [False, False]), (1, [True, False]), (8, [True, False]))
    ]
    texts = [rules.text(s, 0) for s in states]
    assert texts == [".b.\n.o.\n..b", ".@.\n...\n..b", ".B.\n...\n..O"]
    green = [(rules.draw(s, 0) == (70, 150, 80)).all(-1).sum() for s in states]
    assert green[0] == 0 and green[2] > 500


@pytest.mark.parametrize("fields", [{"size": 1}, {"buttons": 0}, {"size": 2, "buttons": 4}, {"helper": -0.1}])
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="ButtonGrid"):
        ButtonGrid(**fields)


@pytest.mark.parametrize("buttons", [(1,), (1, 1), (1, 25)])
def test_impossible_layouts_are_named(buttons):
    with pytest.raises(BadOption, match="to_mdp"):
        ButtonGrid().to_mdp(buttons)
