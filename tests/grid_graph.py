"""Exact values of a MiniGrid task: all its levels, all their situations, all actions, backwards through time."""

import numpy as np

from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.minigrid import MiniGridTask
from rewardlab.envs.world import State

PARTS = ("cells", "at", "heading", "carried")  # what a situation is, without the clock


def keys(state: State) -> list[bytes]:
    """One key per row: equal situations, equal keys."""
    n = len(state["at"])
    flat = np.concatenate([np.asarray(state[p], dtype=np.int64).reshape(n, -1) for p in PARTS], axis=1)
    return [row.tobytes() for row in flat]


def levels(rules: MiniGridTask, seeds: int) -> tuple[State, np.ndarray]:
    """The distinct levels among the first seeds, and how often each came."""
    rng = Streams(range(seeds))
    rng.begin(np.ones(seeds, dtype=bool))
    state = rules.start(seeds, rng)
    _, first, count = np.unique(np.array(keys(state)), return_index=True, return_counts=True)
    return {k: v[first] for k, v in state.items()}, count


def graph(rules: MiniGridTask, start: State) -> tuple[np.ndarray, np.ndarray]:
    """successor [S, A] and whether it enters a goal [S, A]; the first situations are those of `start`; -1 ends."""
    index = {key: i for i, key in enumerate(keys(start))}
    targets, goals, frontier = [], [], start
    rng = Streams([0])
    while len(frontier["at"]):
        n = len(frontier["at"])
        every = {k: np.repeat(v, 7, axis=0) for k, v in frontier.items()}
        after, _, terminated, info = rules.move(every, np.tile(np.arange(7), n), rng)
        target, fresh = np.full(7 * n, -1), []
        for i, key in enumerate(keys(after)):
            if terminated[i]:
                continue
            if key not in index:
                index[key] = len(index)
                fresh.append(i)
            target[i] = index[key]
        targets.append(target.reshape(n, 7))
        goals.append(info["success"].reshape(n, 7))
        frontier = {k: v[fresh] for k, v in after.items()}
    return np.concatenate(targets), np.concatenate(goals)


def returns(rules: MiniGridTask, start: State) -> tuple[np.ndarray, np.ndarray]:
    """The exact undiscounted return from each start, of uniformly random actions and of the best ones."""
    target, goal = graph(rules, start)
    random, best = np.zeros(len(target)), np.zeros(len(target))
    for step in range(rules.max_steps, 0, -1):
        pay = np.where(goal, 1 - 0.9 * (step / rules.max_steps), 0.0)
        random = (pay + np.where(target >= 0, random[target], 0.0)).mean(axis=1)
        best = (pay + np.where(target >= 0, best[target], 0.0)).max(axis=1)
    n = len(start["at"])
    return random[:n], best[:n]
