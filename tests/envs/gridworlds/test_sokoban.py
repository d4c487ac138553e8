"""Sokoban: rules against a slow player, pay against the published one, solutions that earn the optimal return."""

import copy

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.search.sokoban_solver import solve_sokoban
from rewardlab.envs.gridworlds.sokoban import Sokoban
from rewardlab.envs.gridworlds.tasks.sokoban_levels import make
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

DENSE = {"step_reward": -0.1, "box_reward": 1.0, "finish_reward": 10.0}  # of gym-sokoban


@pytest.mark.parametrize("fields", [{}, DENSE, {"size": 5, "boxes": 1, "levels": 7, **DENSE}])
def test_rows_move_as_a_slow_player_does(fields):
    rules = Sokoban(**fields)
    envs = WorldVectorEnv(rules, 16, max_episode_steps=60)
    obs, _ = envs.reset(seed=0)
    step, box_pay, finish = rules.step_reward, rules.box_reward, rules.finish_reward
    rng = np.random.default_rng(0)
    pushes = moved_on = moved_off = ends = stuck = 0
    for _ in range(250):
        action = rng.integers(0, 4, 16)
        after, reward, terminated, truncated, info = envs.step(action)
        for i in range(16):
            wall, target, box, player = (obs[i][k].astype(bool) for k in range(4))
            r, c = np.argwhere(player)[0]
            down, right = ((-1, 0), (0, 1), (1, 0), (0, -1))[action[i]]
            to, beyond = (r + down, c + right), (r + 2 * down, c + 2 * right)
            box, before = box.copy(), int((box & target).sum())
            if wall[to] or (box[to] and (wall[beyond] or box[beyond])):
                to = (r, c)
            elif box[to]:
                box[to], box[beyond] = False, True
                pushes += 1
            now = int((box & target).sum())
            moved_on, moved_off = moved_on + (now > before), moved_off + (now < before)
            done = now == rules.boxes
            assert reward[i] == pytest.approx(step + box_pay * (now - before) + finish * done, abs=1e-12)
            assert terminated[i] == done
            ended = terminated[i] or truncated[i]
            shown = (info["final_obs"][i] if ended else after[i]).astype(bool)
            np.testing.assert_array_equal(shown[0], wall)
            np.testing.assert_array_equal(shown[1], target)
            np.testing.assert_array_equal(shown[2], box)
            assert np.argwhere(shown[3]).tolist() == [list(to)]
            seen = info["final_info"] if ended else info
            lost = any(
                not target[p]
                and (wall[p[0] - 1, p[1]] or wall[p[0] + 1, p[1]])
                and (wall[p[0], p[1] - 1] or wall[p[0], p[1] + 1])
                for p in map(tuple, np.argwhere(box))
            )
            assert seen["boxes_on_target"][i] == now and seen["deadlock"][i] == lost and seen["success"][i] == done
            ends, stuck = ends + done, stuck + lost
            if ended:
                level = rules.level(int(info["level"][i]))
                np.testing.assert_array_equal(after[i][2].astype(bool), level.box)
                assert after[i][3].argmax() == level.player
        obs = after
    assert pushes > 100 and moved_on > 20 and stuck > 500 and ends
    assert moved_off > 5 or rules.boxes == 1  # a single box ends the episode on its target


def test_a_deadlock_is_final():
    """Where the corner test says so, the solver finds no way either."""
    rules = Sokoban()
    envs = WorldVectorEnv(rules, 200)
    envs.reset(seed=1)
    rng = np.random.default_rng(0)
    lost = alive = 0
    for _ in range(15):
        obs, _, _, _, info = envs.step(rng.integers(0, 4, 200))
    for i in range(200):
        level = rules.level(int(info["level"][i]))
        now = type(level)(level.wall, level.target, obs[i][2].astype(bool), int(obs[i][3].argmax()))
        found = solve_sokoban(now)
        if info["deadlock"][i]:
            assert found is None
            lost += 1
        else:
            alive += found is not None
    assert lost > 10 and alive > 100


def test_shortest_solutions_earn_the_optimal_return():
    rules = Sokoban(levels=50, split="test")
    env, dense = WorldEnv(rules), WorldEnv(Sokoban(levels=50, split="test", **DENSE))
    for seed in range(20):
        _, info = env.reset(seed=seed)
        dense.reset(seed=seed)
        actions = solve_sokoban(rules.level(info["level"]))
        total = paid = 0.0
        for k, action in enumerate(actions):
            _, reward, terminated, _, info = env.step(action)
            total += reward
            paid += dense.step(action)[1]
            assert terminated == (k == len(actions) - 1)
        assert total == rules.card().optimal_return == 1.0
        assert info["is_success"] and info["boxes_on_target"] == 2
        assert paid == pytest.approx(-0.1 * len(actions) + 2 + 10)
    assert dense.rules.card().optimal_return is None


def test_the_seed_draws_the_level_and_rows_are_singles():
    rules = Sokoban(levels=300)
    envs = WorldVectorEnv(rules, 64)
    _, info = envs.reset(seed=7)
    assert len(set(info["level"].tolist())) > 50
    fresh = WorldEnv(Sokoban(levels=300))  # another pool, filled in another order
    for i in (0, 9, 63):
        obs, single = fresh.reset(seed=7 + i)
        assert single["level"] == info["level"][i]
        level = make(7, 2, single["level"], "train")
        np.testing.assert_array_equal(obs[2].astype(bool), level.box)


def test_a_saved_state_runs_on_elsewhere():
    here, there = WorldVectorEnv(Sokoban(), 8), WorldVectorEnv(Sokoban(), 8)
    here.reset(seed=3)
    there.reset(seed=900)
    saved = copy.deepcopy(here.get_state())
    there.set_state(saved)
    rng = np.random.default_rng(0)
    for _ in range(30):
        action = rng.integers(0, 4, 8)
        for a, b in zip(here.step(action)[:3], there.step(action)[:3], strict=True):
            np.testing.assert_array_equal(a, b)


def test_pictures_and_text_are_the_usual_ones():
    rules = Sokoban(size=5, boxes=1)
    level = rules.level(0)
    target, box = (int(x.ravel().argmax()) for x in (level.target, level.box))
    state = {
        "level": np.array([0]),
        "player": np.array([level.player]),
        "box": level.box.reshape(1, -1),
        "on": np.array([0]),
    }
    text = rules.text(state, 0).replace("\n", "")
    assert len(text) == 25 and text[box] == "$" and text[target] in ".+" and text[level.player] in "@+"
    assert [c == "#" for c in text] == level.wall.ravel().tolist()
    done = {**state, "box": level.target.reshape(1, -1), "on": np.array([1]), "player": np.array([box])}
    text = rules.text(done, 0).replace("\n", "")
    assert text[target] == "*" and text[box] == "@"
    wood, green = (
        [(rules.draw(s, 0) == colour).all(-1).sum() > 200 for s in (state, done)]
        for colour in ((198, 146, 84), (104, 176, 112))
    )
    assert wood == [True, False] and green == [False, True]


@pytest.mark.parametrize(
    "fields",
    [
        {"size": 4},
        {"size": 17},
        {"boxes": 0},
        {"size": 5, "boxes": 3},
        {"levels": 0},
        {"split": "tset"},
        {"box_reward": float("nan")},
    ],
)
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="Sokoban"):
        Sokoban(**fields)
    with pytest.raises(BadOption, match="level 1000"):
        Sokoban().level(1000)
