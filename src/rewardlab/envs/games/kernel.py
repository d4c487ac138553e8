"""Rounds of a matrix game: its payoffs, what each round paid, and what play so far is worth, kept in running sums.

    regret_p(T) = max_a Σ_t u_p(a, b_t,₋ₚ) − Σ_t u_p(b_t),    coarse gap = max_p regret_p(T) / T
    exploitability = Σ_p max_a u_p(a, x̄₋ₚ) − u_p(x̄),    x̄ the average mixtures of all rounds

All sums run over actions in order, so that rows and platforms agree to the bit. Regret is external: measured against
what the others really played, not against what they would have played had they seen something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, is_torch, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.game import check_payoffs, check_preferences
from rewardlab.core.rng import Streams
from rewardlab.envs.games.payoffs import PREFERENCES, named
from rewardlab.envs.lookup import Tables, device_of
from rewardlab.envs.picture import BLUE, FAINT, GOLD, PAPER, RED, Picture, measure
from rewardlab.envs.world import Columns, Rules, State

_COLOURS = (BLUE, RED, GOLD)
_CHARTED = 40  # actions of a game whose payoffs are still drawn one by one


@dataclass
class Game(Rules):
    """The part that the faces of a matrix game share.

    Args:
        law: a game of `rewardlab.envs.games.payoffs` by name.
        size: actions of each player of a drawn game; None for 6, and for games that have their own.
        instance: seed of a drawn game.
        payoffs: [n, m] of a zero-sum game or [P, n1, ..., nP], in place of a law.
        preferences: [n, n] chances of winning, P + P' = 1, in place of a law.
        rounds: T >= 1, after which the episode ends.
        drawn: whether to pay a win (1) or a loss (0), drawn with the chances, in place of the chances.

    Raises:
        BadOption: for payoffs or preferences that are none, two games at once, fewer than 1 round, or wins that are to
            be drawn from payoffs that are no chances.
    """

    law: str = "zero_sum"
    size: int | None = None
    instance: int = 0
    payoffs: Sequence[Any] | None = None
    preferences: Sequence[Any] | None = None
    rounds: int = 100
    drawn: bool = False

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = True

    def _open(self) -> None:
        where = type(self).__name__
        if self.rounds < 1:
            raise BadOption(f"rounds={self.rounds!r}", where=where, expected="at least 1")
        if self.payoffs is not None and self.preferences is not None:
            raise BadOption("payoffs and preferences", where=where, expected="one of them")
        if self.payoffs is not None:
            u = check_payoffs(self.payoffs, where=where)
        elif self.preferences is not None:
            chances = check_preferences(self.preferences, where=where)
            u = np.stack([chances, chances.T])
        else:
            u = named(self.law, self.size, self.instance, where=where)
        chances_given = self.preferences is not None or (self.payoffs is None and self.law in PREFERENCES)
        if self.drawn and not chances_given:
            raise BadOption("drawn=True", where=where, expected="preferences: these payoffs are no chances of winning")
        self.table = u  # [P, n1, ..., nP]
        self.players, self.sizes = len(u), u.shape[1:]
        self.most = max(self.sizes)  # A
        self.own = np.arange(self.most) < np.array(self.sizes)[:, None]  # [P, A] the actions there are
        self.joint = int(np.prod(self.sizes))
        # a player's own axis last, the others' in order: what its actions pay against what the others do
        against = {f"against {p}": np.moveaxis(own, p, -1) for p, own in enumerate(u)}
        self._tables = Tables(own=self.own, even=self.own / self.own.sum(1)[:, None], **against)

    # -- one round -----------------------------------------------------------------------------------------------------

    def against(self, action: Array) -> Array:
        """[n, P, A] what each action of each player would pay while the others keep `action` [n, P]; 0 beyond its own.

        What each player got stands at its own action.
        """
        tables, out = self._tables.beside(action), self._zeros(len(action), device_of(action))
        for p, size in enumerate(self.sizes):
            others = tuple(action[:, k] for k in range(self.players) if k != p)
            out[:, p, :size] = tables[f"against {p}"][others]
        return out

    def expected(self, mixes: Array) -> Array:
        """[n, P, A] the same against the others' independent mixtures [n, P, A]."""
        xp, n, tables = namespace(mixes), len(mixes), self._tables.beside(mixes)
        out = self._zeros(n, device_of(mixes))
        for p, size in enumerate(self.sizes):
            table = tables[f"against {p}"]
            value = xp.broadcast_to(table, (n, *table.shape))
            for k in (k for k in range(self.players) if k != p):
                # the others' axes come in order, and the first of them that is left is the second axis
                total = value[:, 0] * _rows(mixes[:, k, 0], value.ndim - 1)
                for a in range(1, self.sizes[k]):
                    total = total + value[:, a] * _rows(mixes[:, k, a], value.ndim - 1)
                value = total
            out[:, p, :size] = value
        return out

    def _zeros(self, n: int, device: Any) -> Array:
        xp = namespace(self._tables(device)["own"])
        return xp.zeros((n, self.players, self.most), dtype=xp.float64, device=device)

    def begin(self, n: int, rng: Streams) -> State:
        """Sums of no rounds."""
        xp, device = rng.xp, rng.device
        return {
            "round": xp.zeros(n, dtype=xp.int64, device=device),
            "worth": self._zeros(n, device),  # [n, P, A] sums of what each action would have paid
            "played": self._zeros(n, device),  # [n, P, A] sums of the mixtures played
            "paid": xp.zeros((n, self.players), dtype=xp.float64, device=device),  # sums of expected pay
        }

    def play(self, state: State, mixes: Array, vectors: Array, rng: Streams) -> tuple[State, Columns]:
        """One more round in the sums, and its columns.

        Args:
            state: the sums so far.
            mixes: [n, P, A] what each player played.
            vectors: [n, P, A] what each action would have paid.
            rng: draws the winners, where they are drawn.
        """
        xp, pay = rng.xp, in_order(mixes * vectors)  # [n, P]
        after = {
            "round": state["round"] + 1,
            "worth": state["worth"] + vectors,
            "played": state["played"] + mixes,
            "paid": state["paid"] + pay,
        }
        regret, before = self._regret(after), self._regret(state)
        given = pay
        if self.drawn:
            won = xp.astype(rng.uniform() < pay[:, 0], xp.float64)
            given = xp.stack([won, 1.0 - won], axis=1)
        columns = {
            "reward_vector": given,
            "payoff_vector": vectors,
            "regret": regret,
            "pseudo_regret": regret[:, 0] - before[:, 0],
            "coarse_gap": _above_zero(xp.max(regret, axis=1)) / after["round"],
            "exploitability": self._exploitability(after),
            "round": after["round"],
        }
        return after, columns

    def _regret(self, state: State) -> Array:
        """[n, P] external regret so far."""
        return self._best(state["worth"]) - state["paid"]

    def _exploitability(self, state: State) -> Array:
        """[n] what all players could gain against the others' average mixtures."""
        mean = state["played"] / state["round"][:, None, None]
        # of two players, the mean of what actions paid is what they pay against the mean
        worth = state["worth"] / state["round"][:, None, None] if self.players == 2 else self.expected(mean)
        gain = self._best(worth) - in_order(mean * worth)  # [n, P]
        return _above_zero(in_order(gain))

    def _best(self, vectors: Array) -> Array:
        xp, own = namespace(vectors), self._tables.beside(vectors)["own"]
        return xp.max(xp.where(own, vectors, -np.inf), axis=-1)

    def one_hot(self, action: Array) -> Array:
        """[n, P, A] the mixtures of pure actions [n, P]."""
        xp = namespace(action)
        return xp.astype(xp.arange(self.most, device=device_of(action)) == action[..., None], xp.float64)

    # -- shown ---------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        """Average mixtures as bars, a row for each player; above, for two with few actions, what player 0 is paid."""
        high, wide, top = 60, 480, 40
        chart = 240 if self.players == 2 and self.most <= _CHARTED else 0
        picture = Picture(top + chart + self.players * (high + 16), wide)
        t = int(state["round"][i])
        picture.write(f"round {t} of {self.rounds}    paid {float(state['paid'][i, 0]):.4g}", 16, 12)
        if chart:
            pay = self.table[0]
            low, span = pay.min(), max(np.ptp(pay), 1e-12)
            cell = 220 / max(self.sizes)
            for a, b in np.ndindex(pay.shape):
                share = float((pay[a, b] - low) / span)
                tint = tuple(int(RED[k] + share * (BLUE[k] - RED[k])) for k in range(3))
                picture.box(130 + b * cell, top + a * cell, cell * 0.94, cell * 0.94, tint)  # type: ignore[arg-type]
                words = f"{pay[a, b]:.2g}"
                if measure(words) < cell * 0.9:
                    picture.write(words, 130 + (b + 0.47) * cell, top + (a + 0.47) * cell - 7, PAPER, middle=True)
        for p, count in enumerate(self.sizes):
            base, step = top + chart + (p + 1) * (high + 16) - 10, (wide - 32) / count
            for a in range(count):
                share = float(state["played"][i, p, a]) / max(t, 1)
                picture.box(16 + a * step, base - high, step * 0.9, high, (236, 237, 234))
                picture.box(16 + a * step, base - high * share, step * 0.9, high * share, _COLOURS[p % 3])
            picture.line(16, base, wide - 16, base, 1.5, FAINT)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        """Average mixtures and sums of pay, a line for each player."""
        t = int(state["round"][i])
        lines = [f"round {t} of {self.rounds}"]
        for p, count in enumerate(self.sizes):
            mean = state["played"][i, p, :count] / max(t, 1)
            lines.append(f"player {p}: paid {state['paid'][i, p]:.4g}, played {np.round(mean, 3).tolist()}")
        return "\n".join(lines)

    def told(self) -> dict[str, str]:
        """The meaning of the info columns."""
        p, a = self.players, self.most
        return {
            "reward_vector": f"[{p}] what each player was paid" + (", 1 for a win, else 0" if self.drawn else ""),
            "payoff_vector": f"[{p}, {a}] what each action would have paid (in expectation) against what the others did"
            + ("" if self.own.all() else "; 0 beyond a player's own actions"),
            "regret": f"[{p}] pay of the best fixed action in all rounds so far, minus the pay; below 0 is possible",
            "pseudo_regret": "by how much the regret of player 0 grew in this round; sums to it, may be negative",
            "coarse_gap": "largest regret per round, >= 0; 0 where average play is a coarse correlated equilibrium",
            "exploitability": "what all players together could gain against the others' average mixtures, >= 0",
            "round": f"rounds played, 1..{self.rounds}",
        }

    def what(self) -> str:
        """The game in words."""
        sizes = " x ".join(map(str, self.sizes))
        given = "given payoffs" if self.payoffs is not None else "given preferences"
        name = self.law if self.payoffs is None and self.preferences is None else given
        return f"A {sizes} game ({name.replace('_', ' ')}), {self.rounds} round{'s' * (self.rounds > 1)}"


def in_order(x: Array) -> Array:
    """The sum over the last axis from the left: the same bits however many rows there are, and on every device."""
    if not is_torch(x):
        return np.asarray(np.cumsum(x, axis=-1)[..., -1])
    total = x[..., 0]  # a device may add up the parts of a cumulated sum in another order
    for a in range(1, x.shape[-1]):
        total = total + x[..., a]
    return total


def _above_zero(x: Array) -> Array:
    xp = namespace(x)
    return xp.maximum(x, xp.zeros_like(x))


def _rows(x: Array, axes: int) -> Array:
    """[n] with so many axes in all."""
    return x.reshape(len(x), *[1] * (axes - 1))
