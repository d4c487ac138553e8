"""Small processes whose every step tells what it loses, and the growth of what was lost."""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import TableRules
from rewardlab.envs.world import WorldVectorEnv


def river(states: int = 6) -> TabularMDP:
    """A river: with the current to a small pay, against it slowly to a large one; average reward."""
    P, R = np.zeros((states, 2, states)), np.zeros((states, 2))
    up, down = np.full(states, 0.35), np.full(states, 0.05)
    up[0], up[-1], down[0], down[-1] = 0.6, 0.0, 0.0, 0.4
    for s in range(states):
        P[s, 0, max(s - 1, 0)] = 1.0
        P[s, 1, min(s + 1, states - 1)] += up[s]
        P[s, 1, max(s - 1, 0)] += down[s]
        P[s, 1, s] += 1.0 - up[s] - down[s]
    R[0, 0], R[-1, 1] = 0.005, 1.0
    return TabularMDP(P, R, gamma=None)


def garnet(seed: int, states: int = 4, actions: int = 2) -> TabularMDP:
    """A random process with rewards in [0, 1]; average reward."""
    rng = np.random.default_rng(seed)
    return TabularMDP(rng.dirichlet(np.full(states, 0.5), (states, actions)), rng.random((states, actions)), gamma=None)


@dataclass
class Telling(TableRules):
    """A table played for `horizon` steps, or for ever with 0, that tells V*(s) − Q*(s, a) of every step.

    For ever it is the average-reward form, gain + h(s) − R(s, a) − E h(s').
    """

    horizon: int = 0

    def __post_init__(self):
        super().__post_init__()
        if self.horizon:
            best = self.mdp.solve(self.horizon)
            self.lost = best.V[:-1, :, None] - best.Q  # [H, S, A]
        else:
            best = self.mdp.with_gamma(None).solve()
            self.lost = (best.Q.max(1, keepdims=True) - best.Q)[None]
        self.best = best

    def start(self, n, rng):
        return {**super().start(n, rng), "step": np.zeros(n, dtype=np.int64)}

    def move(self, state, action, rng):
        after, pay, ends, info = super().move({"state": state["state"]}, action, rng)
        lost = self.lost[state["step"] if self.horizon else 0, state["state"], action]
        step = state["step"] + 1
        if self.horizon:
            ends = ends | (step == self.horizon)
        return {**after, "step": step}, pay, ends, {**info, "pseudo_regret": lost}


def telling(mdp: TabularMDP, rows: int, horizon: int = 0, **options) -> WorldVectorEnv:
    """Rows of such a table."""
    return WorldVectorEnv(Telling(mdp, horizon), rows, **options)


def slope(log: list[list[float]], begin: float) -> tuple[float, float]:
    """The exponent p of mean regret ~ T^p from `begin` steps on, and its standard error: the jackknife over runs."""
    table = np.array([line for line in log if line[0] >= begin])
    x, y = np.log(table[:, 0]), table[:, 1:]
    runs = y.shape[1]

    def fit(mean):
        return np.polyfit(x, np.log(mean), 1)[0]

    left = np.array([fit((y.sum(1) - y[:, i]) / (runs - 1)) for i in range(runs)])
    return float(fit(y.mean(1))), float(np.sqrt((runs - 1) * left.var()))
