"""Latent MDP: each episode hides one of M tables, which is told when the episode is over.

    m ~ w,    s' ~ P_m(· | s, a),    belief b'_m ∝ b_m P_m(s' | s, a)
    V_h(s, b) = max_a Σ_m b_m R_m(s, a) + Σ_s' [Σ_m b_m P_m(s' | s, a)] V_{h+1}(s', b')

The best policy depends on the whole history, through the belief. The histories of H steps that end in the same state
with the same belief are one node, so that the exact optimum has as many nodes as there are beliefs. The default is the
house with two doors: listening shows the right one with some probability, and may end the episode; opening ends it.

Source: Kwon, Efroni, Caramanis, Mannor, "RL for Latent MDPs: Regret Guarantees and a Lower Bound", NeurIPS 2021; Zhou,
Wang, Du, "Horizon-Free and Variance-Dependent Reinforcement Learning for Latent Markov Decision Processes", ICML 2023.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps.beliefs import History, backward, unroll
from rewardlab.envs.mdps.dice import Tables
from rewardlab.envs.mdps.kernel import check_numbers
from rewardlab.envs.mdps.layers import ROUNDING
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, RED, Picture
from rewardlab.envs.world import Card, Columns, Rules, State


@dataclass
class LatentMDP(Rules):
    """The house with two doors, or any given tables.

    Args:
        accuracy: probability in [0.5, 1] that listening shows the right door.
        hazard: probability in [0, 1) that listening ends the episode.
        weights: [M] how likely each context is; None for equal ones.
        horizon: H, 1 to 256 steps an episode at most.
        transitions: [M, S, A, S] tables in place of the doors'; with `pays` [M, S, A].
        pays: the rewards of the tables.
        observation: "index", the state; or "belief", Box [S + M]: the state as one-hot and the probability of each
            context after all that was seen.

    Raises:
        BadOption: for numbers outside their ranges, tables of other shapes, or tables with more than 200,000 nodes.
    """

    accuracy: float = 0.8
    hazard: float = 0.05
    weights: Sequence[float] | None = None
    horizon: int = 8
    transitions: Any = None
    pays: Any = None
    observation: str = "index"

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_numbers(self, accuracy=(0.5, 1.0), hazard=(0.0, 0.999), horizon=(1, 256))
        if self.observation not in ("index", "belief"):
            raise _bad(f"observation={self.observation!r}", '"index" or "belief"')
        doors = self.transitions is None
        P, R = (
            _doors(self.accuracy, self.hazard) if doors else (np.array(x, float) for x in (self.transitions, self.pays))
        )
        if P.ndim != 4 or P.shape[1] != P.shape[3] or R.shape != P.shape[:3] or not np.allclose(P.sum(3), 1.0):
            raise _bad(f"transitions {P.shape} and pays {R.shape}", "[M, S, A, S] of distributions and [M, S, A]")
        M, S, A = R.shape
        w = np.full(M, 1.0 / M) if self.weights is None else np.array(self.weights, dtype=float)
        if w.shape != (M,) or (w < 0).any() or abs(w.sum() - 1.0) > 1e-9:
            raise _bad(f"weights={self.weights!r}", f"{M} probabilities that sum to 1")
        self.tables, self.rewards, self.prior, self._doors = P, R, w, doors
        self.history: History = unroll(P, R, w, self.horizon, done=3 if doors else None)
        node = self.history
        line = np.cumsum(P, axis=3)
        line[..., -1] = 1.0
        shown = np.concatenate([np.eye(S)[node.state], node.belief], axis=1).astype(np.float32)
        V, Q = backward(node)
        self._value = float(V[0])
        loss = V[:, None] - Q
        loss = np.where((loss < ROUNDING) | node.process.terminal[:, None], 0.0, loss)
        self._tables = Tables(
            begin=np.cumsum(w), line=line, pay=R, next=node.next, over=node.process.terminal,
            loss=loss, done=np.arange(S) == (3 if doors else S), state=node.state, shown=shown,
        )  # fmt: skip
        self.action_space = spaces.Discrete(A)
        if self.observation == "index":
            self.observation_space: spaces.Space = spaces.Discrete(S)
        else:
            self.observation_space = spaces.Box(0.0, 1.0, (S + M,), np.float32)

    @property
    def optimal_value(self) -> float:
        """The expected return of the best policy that knows the tables and not the context."""
        return self._value

    def start(self, n: int, rng: Streams) -> State:
        xp, t = rng.xp, self._tables(rng.device)
        context = xp.sum(xp.astype(rng.uniform()[:, None] >= t["begin"][:-1], xp.int64), axis=1)
        return {"context": context, "node": xp.zeros_like(context)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, t = rng.xp, self._tables(rng.device)
        m, node = state["context"], state["node"]
        s = t["state"][node]
        line = t["line"][m, s, action]  # [n, S]
        after = xp.sum(xp.astype(rng.uniform()[:, None] >= line[:, :-1], xp.int64), axis=1)
        new = t["next"][node, action, after]
        over = t["over"][new]
        told = xp.where(over, m, xp.zeros_like(m) - 1)
        columns = {"context": told, "pseudo_regret": t["loss"][node, action]}
        return {"context": m, "node": new}, t["pay"][m, s, action], over, columns

    def look(self, state: State) -> Tree:
        node = state["node"]
        device = None if isinstance(node, np.ndarray) else node.device
        t = self._tables(device)
        if self.observation == "index":
            return t["state"][node]
        return t["shown"][node]

    def to_mdp(self) -> TabularMDP:
        """The exact `TabularMDP` of what can be known: its states are the nodes (step, state, belief), gamma = 1."""
        return self.history.process

    def draw(self, state: State, i: int) -> np.ndarray:
        picture = Picture(160, 400)
        node = int(state["node"][i])
        S, at = self.tables.shape[1], int(self.history.state[node])
        for s in range(S):
            picture.disc((s + 0.5) * 400 / S, 50, min(30.0, 160 / S), RED if s == at else BLUE)
        for m, b in enumerate(self.history.belief[node]):
            picture.box(40, 90 + m * 14, 320, 10, FAINT)
            picture.box(40, 90 + m * 14, 320 * float(b), 10, GOLD)
        picture.write(self.text(state, i), 200, 140, INK, size=1, middle=True)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        node = int(state["node"][i])
        s, believed = int(self.history.state[node]), ", ".join(f"{b:.3f}" for b in self.history.belief[node])
        name = ("the hall", "at door 0", "at door 1", "over")[s] if self._doors else f"state {s}"
        return f"{name}, step {int(self.history.step[node])} of {self.horizon}, belief {believed}"

    def card(self) -> Card:
        M, S, A, _ = self.tables.shape
        random = float(backward(self.history, best=False)[0][0])
        what = f"A hidden one of {M} tables rules the episode of up to {self.horizon} steps."
        does = {"action": f"0..{A - 1}"}
        pays = "R_m(s, a) of the hidden table"
        if self._doors:
            what = (
                f"Behind one of two doors is the treasure. Listening leads to the right door with probability "
                f"{self.accuracy:g} and ends the episode with {self.hazard:g}; up to {self.horizon} steps."
            )
            does = {"0": "listen", "1": "open the door at which one stands; in the hall, wait"}
            pays = "1 for opening the right door"
        seen = {"state": f"0..{S - 1}" + ("; 0 the hall, 1 and 2 the doors, 3 over" if self._doors else "")}
        if self.observation == "belief":
            seen = {f"state[{S}]": "1 for the state, else 0", f"belief[{M}]": "probability of each context, 0..1"}
        return Card(
            summary=what,
            observation=seen,
            action=does,
            reward=pays,
            info={
                "context": f"0..{M - 1} on the last step of an episode, -1 before",
                "pseudo_regret": "V*(h) - Q*(h, a) for the history h so far, >= 0",
            },
            random_return=random,
            optimal_return=self._value,
            source="Zhou, Wang, Du, Horizon-Free and Variance-Dependent RL for Latent MDPs, ICML 2023",
        )


def _doors(accuracy: float, hazard: float) -> tuple[np.ndarray, np.ndarray]:
    """P [2, 4, 2, 4] and R [2, 4, 2] of the house: hall, door 0, door 1, over."""
    P, R = np.zeros((2, 4, 2, 4)), np.zeros((2, 4, 2))
    for m in range(2):
        for s in range(3):
            P[m, s, 0, 1 + m] = (1 - hazard) * accuracy
            P[m, s, 0, 2 - m] = (1 - hazard) * (1 - accuracy)
            P[m, s, 0, 3] = hazard
            P[m, s, 1, 3 if s else 0] = 1.0
        R[m, 1 + m, 1] = 1.0
        P[m, 3, :, 3] = 1.0
    return P, R


def _bad(what: str, expected: str) -> BadOption:
    return BadOption(what, where="LatentMDP", expected=expected)
