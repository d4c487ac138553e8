"""Exact values of a MiniGrid task: all its levels, all their situations, all actions, backwards through time."""

import numpy as np

from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.minigrid import MiniGridTask
from rewardlab.envs.gridworlds.search.enumerate_states import enumerate_states
from rewardlab.envs.rules import State


def levels(rules: MiniGridTask, seeds: int) -> tuple[State, np.ndarray]:
    """The distinct levels among the first seeds, and how often each came."""
    state = rules.first(*range(seeds))
    poses = state["field"][:, [codes.X, codes.Y, codes.HEADING]]
    rows = np.concatenate([rules.grids(state).reshape(seeds, -1), poses], axis=1)
    _, first, count = np.unique(rows, axis=0, return_index=True, return_counts=True)
    return {k: v[first] for k, v in state.items()}, count


def graph(rules: MiniGridTask, start: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """successor [S, A], -1 where the episode ends; whether it succeeds there [S, A]; the situations of `start` [n]."""
    found = enumerate_states(rules, start)
    end, actions = found.mdp.num_states - 1, found.mdp.num_actions
    target = found.mdp.P.indices.reshape(-1, actions)[:end]
    return np.where(target == end, -1, target), np.asarray(found.mdp.R)[:end] > 0, found.index(start)


def returns(rules: MiniGridTask, start: State) -> tuple[np.ndarray, np.ndarray]:
    """The exact undiscounted return from each start, of uniformly random actions and of the best ones."""
    target, goal, first = graph(rules, start)
    random, best = np.zeros(len(target)), np.zeros(len(target))
    for step in range(rules.max_steps, 0, -1):
        pay = np.where(goal, 1 - 0.9 * (step / rules.max_steps), 0.0)
        random = (pay + np.where(target >= 0, random[target], 0.0)).mean(axis=1)
        best = (pay + np.where(target >= 0, best[target], 0.0)).max(axis=1)
    return random[first], best[first]


def solve(rules: MiniGridTask, start: State) -> list[int]:
    """The actions of a shortest solution from the only situation of `start`."""
    target, goal, (first,) = graph(rules, start)
    way, frontier = {int(first): list[int]()}, [int(first)]
    while frontier:
        here = frontier.pop(0)
        for action in range(target.shape[1]):
            if goal[here, action]:
                return [*way[here], action]
            if (there := int(target[here, action])) >= 0 and there not in way:
                way[there] = [*way[here], action]
                frontier.append(there)
    raise AssertionError("no solution")
