"""Matrix game: all players choose at once, every round, and their joint choice pays each of them.

    r_p = u_p(b₁, …, b_P),    or with mixtures  r_p = Σ_b u_p(b) Π_k x_k(b_k)

The joint action is one array, so that one learner can play all seats, or one policy each. What every action would have
paid is told after each round (full information), with the regret of each player and the exploitability of average play.
With `mixed` the players hand in mixtures and are paid their expectation.

Source: von Neumann, Morgenstern, "Theory of Games and Economic Behavior", 1944; Freund, Schapire, "Adaptive Game
Playing Using Multiplicative Weights", Games and Economic Behavior 1999 (rounds, regret and equilibria).
"""

from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.rng import Streams
from rewardlab.envs.games.kernel import Game, in_order
from rewardlab.envs.world import Card, Columns, State


@dataclass
class MatrixGame(Game):
    """All seats of a repeated matrix game.

    Args:
        law, size, instance, payoffs, preferences, rounds, drawn: as in `Game`.
        mixed: whether players hand in mixtures: a Box [P * A] of weights in [0, 1], A for each player in order, which
            are divided by their sum; weights that are all 0 stand for the uniform mixture.

    Raises:
        BadOption: as `Game`.
    """

    mixed: bool = False

    def __post_init__(self) -> None:
        self._open()
        if self.mixed:
            self.action_space: spaces.Space = spaces.Box(0.0, 1.0, (self.players * self.most,), np.float64)
            self.observation_space: spaces.Space = spaces.Box(0.0, 1.0, (self.players * self.most,), np.float32)
            return
        self.action_space = spaces.MultiDiscrete(list(self.sizes))
        self.observation_space = spaces.Discrete(self.joint + 1)

    def start(self, n: int, rng: Streams) -> State:
        xp, state = rng.xp, self.begin(n, rng)
        if self.mixed:
            state["last"] = self._zeros(n, rng.device)
        else:
            state["last"] = xp.full((n,), self.joint, dtype=xp.int64, device=rng.device)
        return state

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        if self.mixed:
            last = mixes = self._mixtures(action)
            vectors = self.expected(mixes)
        else:
            mixes, vectors = self.one_hot(action), self.against(action)
            last = action[:, 0]
            for k, size in enumerate(self.sizes[1:], 1):
                last = last * size + action[:, k]
        after, columns = self.play(state, mixes, vectors, rng)
        after["last"] = last
        paid = rng.xp.asarray(columns["reward_vector"][:, 0], copy=True)
        return after, paid, after["round"] == self.rounds, columns

    def _mixtures(self, weights: Array) -> Array:
        """[n, P, A] from weights [n, P * A]: nothing beyond a player's own actions, sums of 1."""
        xp, tables = namespace(weights), self._tables.beside(weights)
        w = xp.where(tables["own"], xp.reshape(weights, (-1, self.players, self.most)), 0.0)
        total = in_order(w)[..., None]
        empty = ~(total > 1e-9)
        return xp.where(empty, tables["even"], w / xp.where(empty, 1.0, total))

    def look(self, state: State) -> Tree:
        xp, last = namespace(state["last"]), state["last"]
        if self.mixed:
            return xp.astype(xp.reshape(last, (len(last), -1)), xp.float32)
        return xp.asarray(last, copy=True)

    def card(self) -> Card:
        p, a = self.players, self.most
        random = None
        if not self.mixed:
            uniform = np.broadcast_to(self._tables()["even"], (1, p, a))
            random = self.rounds * float((self.expected(uniform)[0, 0] * uniform[0, 0]).sum())
        return Card(
            summary=f"{self.what()}; one action plays all seats.",
            observation={f"last[{p * a}]": "the mixtures of the last round, 0..1; all 0 before the first"}
            if self.mixed
            else {"last": f"the joint action of the last round, 0..{self.joint - 1}; {self.joint} before the first"},
            action={f"weights[{p * a}]": f"{a} weights for each of {p} players in order, 0..1; only shares count"}
            if self.mixed
            else {f"[{k}]": f"the action of player {k}, 0..{size - 1}" for k, size in enumerate(self.sizes)},
            reward=f"what player 0 is paid, {self.table[0].min():.4g}..{self.table[0].max():.4g} a round",
            info=self.told(),
            random_return=random,
            optimal_return=self.rounds * float(self.table[0].max()),
            source="von Neumann, Morgenstern, Theory of Games and Economic Behavior, 1944",
        )
