"""Predicate grid: walking, carrying and pay against a slow simulation in words, and goals that a planner can meet."""

import numpy as np
import pytest
from torch_twin import torch_is_numpy

from rewardlab.core.errors import BadAction, BadOption
from rewardlab.envs.games import PredicateGrid
from rewardlab.envs.games import predicates as logic
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]


class Slow:
    """One episode of one row in words."""

    def __init__(self, rules, world):
        self.rules, self.world = rules, world
        self.wall = rules.walls[world].reshape(9, 9)
        places = [divmod(int(c), 9) for c in rules._tables()["first"][world]]
        self.players, self.things = places[: rules.players], places[rules.players :]
        self.hands = [None] * rules.players

    def step(self, actions):
        for me, action in enumerate(actions):
            y, x = self.players[me]
            if action < 4:
                to = (y + MOVES[action][0], x + MOVES[action][1])
                on_map = 0 <= to[0] < 9 and 0 <= to[1] < 9
                if on_map and not self.wall[to] and to not in self.players:
                    self.players[me] = to
                    if self.hands[me] is not None:
                        self.things[self.hands[me]] = to
            elif action == 5:
                lying = [t for t, at in enumerate(self.things) if at == (y, x) and t not in self.hands]
                if self.hands[me] is None and lying:
                    self.hands[me] = lying[0]
                elif self.hands[me] is not None and not lying:
                    self.hands[me] = None

    def holder(self):
        return [self.hands.index(t) if t in self.hands else -1 for t in range(4)]

    def met(self):
        """Goals from the facts of this one state; the facts themselves are tested with the predicates."""
        cell = np.array([[y * 9 + x for y, x in self.players + self.things]])
        known = logic.facts(
            cell,
            np.array([self.holder()]),
            self.rules._tables()["seen"][[self.world]],
            self.rules.floors[[self.world]],
            players=self.rules.players,
            width=9,
            colours=3,
        )[0]
        out = []
        for goal in self.rules.goals[self.world].tolist():
            options = [[tuple(x) for x in option if x[0] >= 0] for option in goal]
            out.append(any(option and all(known[x] for x in option) for option in options))
        return out


@pytest.mark.parametrize(
    "fields", [{"count": 5}, {"players": 2, "count": 5}, {"players": 2, "tasks": "tag"}, {"tasks": "test", "task": 7}]
)
def test_rows_move_as_a_slow_simulation_does(fields):
    rules = PredicateGrid(**fields)
    n, rng = 12, np.random.default_rng(0)
    envs = WorldVectorEnv(rules, n)
    _, info = envs.reset(seed=0)
    twins = [Slow(rules, int(w)) for w in envs._rows.state["world"]]
    assert info["task"].tolist() == [int(rules.numbers[t.world]) for t in twins]
    paid = carried = 0
    for _ in range(150):
        action = rng.choice(6, size=(n, rules.players), p=[0.18] * 4 + [0.03, 0.25])
        obs, reward, terminated, _, info = envs.step(action[:, 0] if rules.players == 1 else action)
        assert not terminated.any()
        for i, twin in enumerate(twins):
            twin.step(action[i])
            met = twin.met()
            assert info["holds"][i].tolist() == met and reward[i] == met[0]
            assert info["reward_vector"][i].tolist() == [float(m) for m in met]
            assert info["held"][i].tolist() == twin.holder()
            planes = obs["map"][i]
            for k, at in enumerate(twin.things + twin.players):
                assert np.argwhere(planes[4 + k]).tolist() == [list(at)]
            assert (planes[0] == twin.wall).all()
            held = obs["held"][i].reshape(rules.players, 4)
            assert [int(np.flatnonzero(h)[0]) if h.any() else None for h in held] == twin.hands
            paid += met[0]
            carried += any(h is not None for h in twin.hands)
    assert carried > 50 and paid > 0


def steps_to(rules, world, start, goal):
    """Moves along a shortest way, by breadth-first search."""
    came, front = {start: None}, [start]
    while goal not in came:
        front = [(b, a, k) for a in front for k, b in enumerate(rules._tables()["target"][a, :4].tolist())]
        fresh = []
        for b, a, k in front:
            if b not in came and not rules.walls[world, b]:
                came[b] = (a, k)
                fresh.append(b)
        front = fresh
    way = []
    while came[goal] is not None:
        goal, k = came[goal]
        way.append(k)
    return way[::-1]


def plan(rules, task, rng):
    """Actions that meet the goal: a placement that differs from the first in few things, reached by carrying them."""
    first, free = rules._tables()["first"][task], np.flatnonzero(~rules.walls[task])
    empty = np.setdiff1d(free, first[1:])
    while True:
        moved = rng.permutation(4)[: rng.integers(0, 4)]
        cell, holder = first.copy(), np.full(4, -1)
        cell[0] = rng.choice(free)
        cell[1 + moved] = rng.permutation(empty)[: len(moved)]
        if rng.random() < 0.5:
            hand = rng.integers(4)
            holder[hand], cell[1 + hand] = 0, cell[0]
        state = {"world": np.array([task]), "cell": cell[None], "holder": holder[None]}
        if rules.met(state)[0, 0]:
            break
    here, actions = int(first[0]), []
    held = np.flatnonzero(holder == 0).tolist()
    for thing in [t for t in moved.tolist() if t not in held] + held:
        actions += [*steps_to(rules, task, here, int(first[1 + thing])), 5]
        here = int(first[1 + thing])
        actions += [*steps_to(rules, task, here, int(cell[1 + thing])), *([] if thing in held else [5])]
        here = int(cell[1 + thing])
    return actions + steps_to(rules, task, here, int(cell[0])) + [4]


@pytest.mark.parametrize("split,count", [("test", 100), ("train", 30)])
def test_every_task_of_one_player_can_be_solved(split, count):
    rules, rng = PredicateGrid(tasks=split, count=count), np.random.default_rng(0)
    for task in range(count):
        state = {
            "world": np.array([task]),
            "cell": rules._tables()["first"][[task]],
            "holder": np.full((1, 4), -1),
        }
        assert not rules.met(state).any()
        for action in plan(rules, task, rng):
            state = rules._act(state, 0, np.array([action]))
        assert rules.met(state).all(), rules.asked(state, 0)


def test_the_goal_that_is_shown_is_the_goal():
    rules = PredicateGrid(players=2, count=4)
    env = WorldEnv(rules)
    for seed in range(6):
        obs, info = env.reset(seed=seed)
        shown = obs["goal"].reshape(2, 2, 3, 6 + 9 + 9)
        goal = rules.goals[info["task"]]
        for at in np.ndindex(2, 2, 3):
            parts = np.split(shown[at], [6, 15])
            assert [int(np.flatnonzero(p)[0]) if p.any() else -1 for p in parts] == goal[at].tolist()
    assert "goal: " in rules.text(env._rows.state, 0)


def test_hide_and_seek_is_zero_sum_and_tag_too():
    for tasks in ("hide", "tag"):
        envs = WorldVectorEnv(PredicateGrid(players=2, tasks=tasks), 8)
        envs.reset(seed=0)
        rng, seen = np.random.default_rng(0), set()
        for _ in range(200):
            vector = envs.step(rng.integers(0, 6, (8, 2)))[-1]["reward_vector"]
            assert (vector.sum(1) == 1.0).all()
            seen |= set(vector[:, 0])
        assert seen == {0.0, 1.0}


def test_the_flag_can_be_brought_home():
    env = WorldEnv(PredicateGrid(players=2, tasks="capture"))
    env.reset(seed=0)
    way = [1, 2, 2, 2, 1, 1, 5, 3, 3, 0, 0, 0, 3, 0]  # to the flag, take it, and the same way back
    total = [env.step([a, 4])[1] for a in way]
    assert total[-1] == 1.0 and sum(total) == 1.0


def test_episodes_draw_all_tasks_of_the_pool():
    envs = WorldVectorEnv(PredicateGrid(count=6), 300)
    tasks = envs.reset(seed=0)[1]["task"]
    counts = np.bincount(tasks, minlength=6)
    assert counts.sum() == 300 and (np.abs(counts - 50) < 4 * np.sqrt(50)).all()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"players": 3}, "players=3"),
        ({"count": 0}, "count=0"),
        ({"task": -1}, "task=-1"),
        ({"tasks": "tag"}, "players=2"),
        ({"tasks": "go", "players": 2}, "tasks='go'"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        PredicateGrid(**fields)


def test_a_wrong_action_is_named():
    env = WorldEnv(PredicateGrid(count=1))
    env.reset(seed=0)
    with pytest.raises(BadAction):
        env.step(6)


@pytest.mark.parametrize("fields", [{}, {"players": 2}, {"players": 2, "tasks": "capture"}])
def test_torch_steps_as_numpy_does(fields):
    """Half of the actions take or leave what lies there, so that much is carried about."""
    rules = PredicateGrid(**fields)

    def act(dice, n):
        action = np.where(dice.random((n, rules.players)) < 0.5, 5, dice.integers(0, 5, (n, rules.players)))
        return action if rules.players == 2 else action[:, 0]

    assert torch_is_numpy(rules, act, n=40, steps=60, limit=25) == 80
