"""Collect: rules against a slow walker, the exact front against a travelling salesman, scalar optima on its hull."""

from collections import deque
from itertools import combinations

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.collect import Collect
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

MAP = ["A..1..E", ".#.#.#.", "1..2..2", ".#.#.#.", "2..1..2"]
KIND = {(r, c): int(x) for r, line in enumerate(MAP) for c, x in enumerate(line) if x.isdigit()}
SPOTS = sorted(KIND)


def go(place, action):
    r, c = (
        place[0] + ((-1, 0), (0, 1), (1, 0), (0, -1))[action][0],
        place[1] + ((-1, 0), (0, 1), (1, 0), (0, -1))[action][1],
    )
    return (r, c) if 0 <= r < 5 and 0 <= c < 7 and MAP[r][c] != "#" else place


@pytest.mark.parametrize("vector", [False, True])
def test_rows_move_as_a_slow_walker_does(vector):
    envs = WorldVectorEnv(Collect(weights=(1.0, 2.5, 0.25), multi_objective=vector), 30)
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    where, left, ends = [(0, 0)] * 30, [set(SPOTS) for _ in range(30)], 0
    for _ in range(400):
        action = rng.integers(0, 4, 30)
        obs, reward, terminated, _, info = envs.step(action)
        assert reward.shape == ((30, 3) if vector else (30,))
        for i in range(30):
            where[i] = go(where[i], action[i])
            pay = [0.0, 0.0, -1.0]
            if where[i] in left[i]:
                left[i].remove(where[i])
                pay[KIND[where[i]] - 1] = 1.0
            worth = pay[0] + 2.5 * pay[1] + 0.25 * pay[2]
            shown = (info["final_info"] if terminated[i] else info)["reward_vector"][i]
            assert shown.tolist() == pay
            assert (reward[i].tolist() == pay) if vector else (reward[i] == worth)
            assert terminated[i] == (where[i] == (0, 6))
            if terminated[i]:
                assert info["final_info"]["success"][i] == (not left[i])
                where[i], left[i], ends = (0, 0), set(SPOTS), ends + 1
            bits = sum(1 << k for k, spot in enumerate(SPOTS) if spot in left[i])
            assert obs[i] == (where[i][0] * 7 + where[i][1]) * 128 + bits
    assert ends > 20


def ways(start):
    seen, line = {start: 0}, deque([start])
    while line:
        at = line.popleft()
        for action in range(4):
            to = go(at, action)
            if to not in seen:
                seen[to] = seen[at] + 1
                if MAP[to[0]][to[1]] != "E":  # who enters the exit is gone
                    line.append(to)
    return seen


def salesman():
    """Every set of items -> the steps of the shortest tour start, items, exit (Held and Karp)."""
    away = {spot: ways(spot) for spot in [(0, 0), *SPOTS]}
    ends = {frozenset([s]): {s: away[0, 0][s]} for s in SPOTS}
    for size in range(2, len(SPOTS) + 1):
        for chosen in map(frozenset, combinations(SPOTS, size)):
            ends[chosen] = {s: min(d + away[t][s] for t, d in ends[chosen - {s}].items()) for s in chosen}
    tours = {frozenset(): away[0, 0][0, 6]}
    return tours | {chosen: min(d + away[s][0, 6] for s, d in last.items()) for chosen, last in ends.items()}


def undominated(points):
    return sorted(
        p for p in points if not any(q != p and all(a >= b for a, b in zip(q, p, strict=True)) for q in points)
    )


def test_the_front_is_that_of_a_travelling_salesman():
    returns = set()
    for chosen, steps in salesman().items():
        kinds = [KIND[s] for s in chosen]
        returns.add((kinds.count(1), kinds.count(2), -steps))
    exact = undominated(returns)
    np.testing.assert_array_equal(Collect().front(), exact)
    assert len(exact) == 11 and (3, 4, -22) in exact and (1, 0, -6) in exact
    np.testing.assert_array_equal(Collect().front(steps=14), [p for p in exact if p[2] >= -14])


def test_scalar_optima_are_the_hull_of_the_front():
    front = Collect().front()
    part = [Collect(weights=row).to_mdp().with_gamma(1.0) for row in np.eye(3)[:2]]
    clock = Collect(weights=(0.0, 0.0, 1.0)).to_mdp().with_gamma(1.0)
    rng = np.random.default_rng(0)
    seen = set()
    for weights in [(1.0, 1.0, 0.1), (1.0, 0.01, 0.3), *rng.dirichlet(np.ones(3), 25)]:
        best = Collect(weights=tuple(weights)).to_mdp().with_gamma(1.0).solve()
        np.testing.assert_allclose(best.value, (front @ np.asarray(weights)).max(), rtol=1e-10)
        point = [m.evaluate(best.policy).value for m in (*part, clock)]
        assert np.abs(front - np.array(point)).sum(1).min() < 1e-9
        seen.add(tuple(np.rint(point)))
    assert len(seen) >= 3  # other weights, other play
    assert seen < {tuple(p) for p in front}  # some of the front no weights can find


def test_the_card_knows_the_exact_returns():
    card = Collect().card()
    np.testing.assert_allclose(card.optimal_return, (Collect().front() @ (1.0, 1.0, 0.1)).max())  # 7 items, 22 steps
    np.testing.assert_allclose(card.optimal_return, 4.8)
    n = 4000
    envs = WorldVectorEnv(Collect(), n, max_episode_steps=100)
    envs.reset(seed=0)
    rng, total, live = np.random.default_rng(0), np.zeros(n), np.ones(n, dtype=bool)
    for _ in range(100):
        _, reward, terminated, _, _ = envs.step(rng.integers(0, 4, n))
        total += reward * live
        live &= ~terminated
    assert abs(total.mean() - card.random_return) < 4 * total.std() / np.sqrt(n)


def test_planes_show_the_index_and_torch_steps_as_numpy_does():
    envs = [
        WorldVectorEnv(Collect(observation=view), 6, device=device)
        for view, device in (("index", None), ("planes", None), ("planes", "cpu"))
    ]
    shown = [e.reset(seed=2)[0] for e in envs]
    rng = np.random.default_rng(0)
    flat = [r * 7 + c for r, c in SPOTS]
    for _ in range(60):
        index, planes, tensors = shown
        np.testing.assert_array_equal(planes, tensors.numpy())
        assert planes.shape == (6, 5, 5, 7) and planes.dtype == tensors.numpy().dtype == np.int8
        np.testing.assert_array_equal(planes[:, 2].reshape(6, -1).argmax(1), index // 128)
        items = planes[:, 3:].reshape(6, 2, 35)
        for k, (spot, cell) in enumerate(zip(SPOTS, flat, strict=True)):
            np.testing.assert_array_equal(items[:, KIND[spot] - 1, cell], index % 128 >> k & 1)
            assert not items[:, 2 - KIND[spot], cell].any()
        action = rng.integers(0, 4, 6)
        steps = [e.step(action if e.device is None else torch.as_tensor(action)) for e in envs]
        np.testing.assert_array_equal(steps[0][1], steps[2][1].numpy())
        np.testing.assert_array_equal(steps[0][4]["reward_vector"], steps[2][4]["reward_vector"].numpy())
        shown = [s[0] for s in steps]


def test_pictures_and_text_show_what_is_left():
    env = WorldEnv(Collect(layout="A1.\n#2E"), render_mode="ansi")
    env.reset(seed=0)
    assert env.render() == "A1.\n#2E"
    env.step(1)
    env.step(2)
    assert env.render() == "...\n#AE"
    rules = Collect()
    full, bare = ({"cell": np.array([0]), "left": np.array([x])} for x in (127, 0))
    red = [(rules.draw(s, 0) == (214, 72, 60)).all(-1).sum() for s in (full, bare)]
    assert red[0] > 600 and red[1] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"observation": "x"},
        {"layout": "A.E"},
        {"layout": "A13E"},
        {"layout": "A1"},
        {"layout": "A1111111111111E"},
        {"weights": (1.0, 2.0)},
        {"weights": (1.0, 2.0, float("inf"))},
    ],
)
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="Collect"):
        Collect(**fields)
