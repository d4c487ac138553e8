"""A layered game of three steps whose losses an adversary switches, with the best fixed policy known."""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import TableRules
from rewardlab.envs.world import WorldVectorEnv

S, A, H = 5, 3, 3
LAYER = np.array([0, 1, 1, 2, 2])
RNG = np.random.default_rng(0)
P = np.zeros((S, A, S))
P[0, :, 1:3] = RNG.dirichlet(np.ones(2), A)
P[1:3, :, 3:5] = RNG.dirichlet(np.ones(2), (2, A))
P[3:5, :, 0] = 1.0
MEAN = np.full((S, A), 0.7)
MEAN[np.arange(S), RNG.integers(A, size=S)] = 0.3
TURN = 0.3 * RNG.choice([-1.0, 1.0], size=(S, A))
LOSSES = np.stack([MEAN + TURN, MEAN - TURN])  # [2, S, A]


def to_go(policy, loss):
    """Q [S, A] and V [S] of a policy [S, A] in a round with losses [S, A]."""
    Q, V = np.zeros((S, A)), np.zeros(S)
    for h in reversed(range(H)):
        here = h == LAYER
        Q[here] = loss[here] + (P[here] @ V if h < H - 1 else 0.0)
        V[here] = (policy[here] * Q[here]).sum(1)
    return Q, V


def best():
    """The best fixed policy [S, A] for both losses in equal parts."""
    policy = np.eye(A)[np.zeros(S, dtype=int)]
    for _ in range(H):
        policy = np.eye(A)[to_go(policy, MEAN)[0].argmin(1)]
    return policy


@dataclass
class Game(TableRules):
    """Rounds without end; the losses turn after each `period` rounds."""

    period: int = 5

    def __post_init__(self):
        super().__post_init__()
        found = [to_go(best(), loss) for loss in LOSSES]
        self.lost = np.stack([Q - V[:, None] for Q, V in found])

    def start(self, n, rng):
        return {**super().start(n, rng), "step": np.zeros(n, dtype=np.int64)}

    def move(self, state, action, rng):
        after, *_ = super().move({"state": state["state"]}, action, rng)
        j, s = (state["step"] // (H * self.period)) % 2, state["state"]
        pay = -LOSSES[j, s, action]
        return {**after, "step": state["step"] + 1}, pay, pay > 1, {"pseudo_regret": self.lost[j, s, action]}


def game(rows):
    """Rows of it."""
    return WorldVectorEnv(Game(TabularMDP(P, np.zeros((S, A)), gamma=None)), rows)
