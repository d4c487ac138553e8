"""Matrix duel: one seat of a repeated matrix game, against an opponent who plays by a fixed rule.

    r = u₀(a_t, b_t),    b_t ~ y,   or b_t = a_{t−1} (tit for tat),   or b_t best against the shares of a₁ … a_{t−1}

Against tit for tat in the prisoners' dilemma patience pays: with T rounds the best play cooperates until the last but
one. Against a best answer to one's own shares only an equilibrium mixture is safe.

Source: Axelrod, "The Evolution of Cooperation", 1984, Chapter 2 (tit for tat); Brown, "Iterative Solution of Games by
Fictitious Play", Activity Analysis of Production and Allocation, 1951 (the best answer to the shares).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.game import check_mix
from rewardlab.core.rng import Streams
from rewardlab.envs.games.kernel import Game
from rewardlab.envs.lookup import Tables
from rewardlab.envs.world import Card, Columns, State

OPPONENTS = {
    "uniform": "plays every action alike often",
    "tit_for_tat": "begins with action 0 and then repeats the player's last action",
    "best_response": "answers best to the shares of the player's actions so far, first as if they were uniform",
}


@dataclass
class MatrixDuel(Game):
    """One player of a game of two.

    Args:
        law, size, instance, payoffs, preferences, rounds, drawn: as in `Game`.
        opponent: "uniform", "tit_for_tat", "best_response", or a mixture [m] that is drawn from afresh every round.
        observation: "last" (Discrete: the last joint action) or "index" (Discrete: the state's number in `to_mdp`, the
            round as well).

    Raises:
        BadOption: as `Game`; for more than two players, an opponent that does not exist or does not fit the game.
    """

    opponent: str | Sequence[float] = field(default="uniform")
    observation: str = "last"

    def __post_init__(self) -> None:
        self._open()
        where = "MatrixDuel"
        if self.players != 2:
            raise BadOption(f"{self.players} players", where=where, expected="2", mend="MatrixGame plays all seats")
        n, m = self.sizes
        mix = np.full(m, 1.0 / m)
        if isinstance(self.opponent, str):
            if self.opponent not in OPPONENTS:
                raise BadOption(
                    f"opponent={self.opponent!r}", where=where, expected=f"one of {list(OPPONENTS)}, or a mixture"
                )
            if self.opponent == "tit_for_tat" and n != m:
                raise BadOption(f"tit for tat in a {n} x {m} game", where=where, expected="as many actions each")
        else:
            mix = check_mix(self.opponent, m, where=where)
        if self.observation not in ("last", "index"):
            raise BadOption(f"observation={self.observation!r}", where=where, expected='"last" or "index"')
        self._mix = mix
        line = np.cumsum(mix)
        line[np.flatnonzero(mix)[-1] :] = 1.0
        self._rule = Tables(line=line, unseen=self.table[1].sum(0))
        self.action_space = spaces.Discrete(n)
        self.states = self.rounds * (self.joint + 1)
        self.observation_space = spaces.Discrete(self.joint + 1 if self.observation == "last" else self.states + 1)

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        return {**self.begin(n, rng), "last": xp.full((n,), self.joint, dtype=xp.int64, device=rng.device)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, m = rng.xp, self.sizes[1]
        other = self._opponent(state, rng)
        both = xp.stack([action, other], axis=1)
        after, columns = self.play(state, self.one_hot(both), self.against(both), rng)
        after["last"] = action * m + other
        paid = xp.asarray(columns["reward_vector"][:, 0], copy=True)
        return after, paid, after["round"] == self.rounds, {**columns, "opponent": other}

    def _opponent(self, state: State, rng: Streams) -> Array:
        """[n] what the opponent plays in the coming round."""
        xp, rule = rng.xp, self._rule(rng.device)
        if self.opponent == "tit_for_tat":
            return xp.where(state["last"] == self.joint, 0, state["last"] // self.sizes[1])
        if self.opponent == "best_response":
            # its own actions' pay so far is, up to a factor, their pay against the player's shares
            first = (state["round"] == 0)[:, None]
            return xp.argmax(xp.where(first, rule["unseen"], state["worth"][:, 1, : self.sizes[1]]), axis=1)
        return xp.searchsorted(rule["line"], rng.uniform(), side="right")

    def look(self, state: State) -> Tree:
        xp, last = namespace(state["last"]), state["last"]
        if self.observation == "last":
            return xp.asarray(last, copy=True)
        return xp.where(state["round"] == self.rounds, self.states, state["round"] * (self.joint + 1) + last)

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of the expected pay: (round, last joint action), then the end; gamma = 1.

        State number: round * (n * m + 1) + last, the end is the last state.

        Raises:
            BadOption: for an opponent who remembers all rounds.
        """
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        if self.opponent == "best_response":
            raise BadOption(
                "an opponent who remembers all rounds", where="MatrixDuel.to_mdp", expected="one with a short memory"
            )
        n, m = self.sizes
        kinds = self.joint + 1
        law = np.tile(self._mix, (kinds, 1))  # [last, m]
        if self.opponent == "tit_for_tat":
            law = np.eye(m)[np.append(np.arange(self.joint) // m, 0)]
        row = np.arange(self.states * n * m)  # of (round, last, own action, other action)
        state, own, other = row // (n * m), row // m % n, row % m
        after = np.where(state // kinds == self.rounds - 1, self.states, (state // kinds + 1) * kinds + own * m + other)
        size = self.states + 1
        P = sparse.coo_array((law[state % kinds, other], (state * n + own, after)), shape=(size * n, size)).tocsr()
        P = P + sparse.csr_array((np.ones(n), ([*range(size * n - n, size * n)], [size - 1] * n)), shape=P.shape)
        R = np.append(np.tile(law @ self.table[0].T, (self.rounds, 1)), np.zeros((1, n)), axis=0)
        return TabularMDP(P, R, gamma=1.0, initial=self.joint, terminal=np.arange(size) == size - 1)

    def card(self) -> Card:
        n, m = self.sizes
        random = best = None
        if self.opponent != "best_response" and self.states <= 20_000:
            mdp = self.to_mdp()
            random = mdp.evaluate(np.full((mdp.num_states, n), 1.0 / n)).value
            best = mdp.solve(horizon=self.rounds).value
        said = OPPONENTS[self.opponent] if isinstance(self.opponent, str) else f"draws from {list(self.opponent)}"
        kinds = self.joint + 1
        return Card(
            summary=f"{self.what()}; the opponent {said}.",
            observation={"last": f"own * {m} + other of the last round, 0..{self.joint - 1}; {self.joint} at first"}
            if self.observation == "last"
            else {"index": f"round * {kinds} + last, {self.states} at the end"},
            action={"action": f"0..{n - 1}"},
            reward=f"what player 0 is paid, {self.table[0].min():.4g}..{self.table[0].max():.4g} a round",
            info={**self.told(), "opponent": f"what the opponent played, 0..{m - 1}"},
            random_return=random,
            optimal_return=best,
            source="Axelrod, The Evolution of Cooperation, 1984",
        )
