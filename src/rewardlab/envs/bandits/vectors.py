"""Bandits whose arms are vectors that change from round to round: what they share.

    r ~ law around f(x_a),    regret of a round = max_k f(x_k) − f(x_a)

A round is exact: f of every arm is known to the rules, so that the best arm and what was lost are no estimates. Sums
run from left to right, one feature after the other, so that a row gets the same bits alone and among many.
"""

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, is_torch, namespace
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.picture import answers
from rewardlab.envs.bandits.pulls import numbers
from rewardlab.envs.rules import Columns, Rules, State


class Vectors(Rules):
    """T rounds of M tasks with n arms each, arms being vectors in R^d.

    Methods write `fresh`, `vectors`, `means` and `paid`, and call `_open`.
    """

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False
    pulls: int

    def _open(self, tasks: int, arms: int, size: int) -> None:
        self._shape = (arms, size) if tasks == 1 else (tasks, arms, size)
        self.observation_space = spaces.Box(-1.0, 1.0, self._shape, np.float32)
        self.action_space = spaces.Discrete(arms) if tasks == 1 else spaces.MultiDiscrete([arms] * tasks)

    def fresh(self, n: int, rng: Streams) -> State:
        """What n rounds show: arrays [n, ...]."""
        raise NotImplementedError

    def vectors(self, state: State) -> Array:
        """The arms [N, M, n, d] float32 of a round."""
        raise NotImplementedError

    def means(self, state: State) -> Array:
        """The mean pay [N, M, n] of the arms of a round."""
        raise NotImplementedError

    def paid(self, mean: Array, rng: Streams) -> tuple[Array, Columns]:
        """Pay [N, M] of arms with mean pay [N, M], and further columns."""
        raise NotImplementedError

    def start(self, n: int, rng: Streams) -> State:
        return {**self.fresh(n, rng), "pulled": rng.xp.zeros_like(rng.seed[:n])}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, single = rng.xp, len(self._shape) == 2
        means = self.means(state)
        n, tasks = means.shape[:2]
        row, task = numbers(n, rng)[:, None], numbers(tasks, rng)[None]
        chosen = action[:, None] if single else action
        mean, best = means[row, task, chosen], xp.max(means, axis=-1)
        pay, columns = self.paid(mean, rng)
        lost = best - mean
        which = xp.argmax(means, axis=-1)
        own = {
            "pseudo_regret": _added(lost),
            "best_arm": which[:, 0] + 0 if single else which,
            "success": xp.all(lost == 0.0, axis=-1),
            "rewards": pay,
            **columns,
        }
        after = {**self.fresh(n, rng), "pulled": state["pulled"] + 1}
        return after, _added(pay), after["pulled"] == self.pulls, own

    def look(self, state: State) -> Tree:
        x = self.vectors(state)
        return namespace(x).reshape(x, (len(x), *self._shape)) + 0.0

    def _described(self, tasks: int) -> dict[str, str]:
        many = f"[{tasks}] " if tasks > 1 else ""
        return {
            "pseudo_regret": "mean pay of the best arm minus that of the chosen one, >= 0; the sum over tasks",
            "best_arm": f"{many}the arm with the largest mean pay in this round",
            "success": "True if a best arm was chosen, in all tasks",
            "rewards": f"[{tasks}] the pay of each task",
        }

    def draw(self, state: State, i: int) -> np.ndarray:
        means = np.asarray(self.means({key: value[i : i + 1] for key, value in state.items()}))[0, 0]
        return answers(
            f"round {int(state['pulled'][i])} of {self.pulls}", means, np.full(len(means), 1 / len(means)), -1
        )

    def text(self, state: State, i: int) -> str:
        x = np.asarray(self.vectors({key: value[i : i + 1] for key, value in state.items()}))[0]
        lines = [f"round {int(state['pulled'][i])} of {self.pulls}"]
        for m, task in enumerate(x):
            lines += [f"task {m}"] if len(x) > 1 else []
            lines += [f"arm {k}: {' '.join(f'{value:+.2f}' for value in arm)}" for k, arm in enumerate(task)]
        return "\n".join(lines)


def _added(x: Array) -> Array:
    """[N, M] to [N], from the left."""
    total = x[:, 0] + 0.0
    for m in range(1, x.shape[1]):
        total = total + x[:, m]
    return total


def mapped(matrix: Array, x: Array) -> Array:
    """matrix · x for x [..., q] and a matrix [p, q], to [..., p]; from the left."""
    total = x[..., :1] * matrix[:, 0]
    for j in range(1, matrix.shape[1]):
        total = total + x[..., j : j + 1] * matrix[:, j]
    return total


def along(x: Array, weights: Array) -> Array:
    """x · w of each task, [N, M, n, k] and [M, k] to [N, M, n]; from the left."""
    total = x[..., 0] * weights[:, :1]
    for j in range(1, weights.shape[1]):
        total = total + x[..., j] * weights[:, j : j + 1]
    return total


def where(x: Array) -> Any:
    """The device of an array, None for NumPy."""
    return x.device if is_torch(x) else None
