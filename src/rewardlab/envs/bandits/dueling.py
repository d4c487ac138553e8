"""Dueling bandit: two arms are chosen, and one learns which of them won.

    r = 1 with probability P_ij, else 0,    P + P' = 1
    regret of a duel = ((P_*i − 1/2) + (P_*j − 1/2)) / 2 with * the Condorcet winner, which beats all others,
    or, where there is none, ζ_* − (ζ_i + ζ_j) / 2 with ζ_i = |{j: P_ij > 1/2}| / (K − 1), the Copeland score

The reward says which arm won; it is not what one wants to have much of, for a weak second arm makes it large. What
counts is to let the best arm meet itself.

Source: Yue, Broder, Kleinberg, Joachims, "The K-armed Dueling Bandits Problem", Journal of Computer and System Sciences
2012, Section 2; Zoghi, Karnin, Whiteson, de Rijke, "Copeland Dueling Bandits", NeurIPS 2015, Section 3; Dudík, Hofmann,
Schapire, Slivkins, Zoghi, "Contextual Dueling Bandits", COLT 2015, Section 2 (the von Neumann winner).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import Tables
from rewardlab.envs.bandits.pay import check_arms, clockwork
from rewardlab.envs.bandits.picture import arms
from rewardlab.envs.bandits.pulls import numbers
from rewardlab.envs.world import Card, Columns, Rules, State

LAWS = ("bradley_terry", "cyclic", "random")


@dataclass
class DuelingBandit(Rules):
    """K arms, T duels; the observation is the table of duels so far, flat.

    Args:
        arms: K >= 2, where `preferences` does not say it; at least 3 for "cyclic".
        law: how P is drawn. "bradley_terry": strengths s ~ N(0, 1), P_ij = 1 / (1 + exp(s_j − s_i)). "cyclic": three
            arms, each of which beats the next with 0.7, and all of them beat the others, among which lower numbers
            beat higher ones, with 0.8; the numbers are shuffled. "random": each pair alike in [0, 1).
        preferences: [K, K] P itself, in place of a law; the diagonal is 1/2.
        instance: seed of the drawn P.
        pulls: T >= 1, duels per episode.

    Attributes:
        P: [K, K] how likely the first wins.

    Raises:
        BadOption: for a law that does not exist, and preferences that are no such matrix.
    """

    arms: int = 8
    law: str = "bradley_terry"
    preferences: Sequence[Sequence[float]] | None = None
    instance: int = 0
    pulls: int = 1000

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.law not in LAWS:
            raise _bad(f"law={self.law!r}", f"one of {', '.join(LAWS)}", nearest(str(self.law), LAWS))
        if self.preferences is not None:
            given = np.asarray(self.preferences, dtype=np.float64)
            if given.ndim != 2 or given.shape[0] != given.shape[1]:
                raise _bad(f"preferences of shape {given.shape}", "a square matrix")
            if not ((given >= 0) & (given <= 1)).all() or np.abs(given + given.T - 1.0).max() > 1e-12:
                raise _bad("preferences", "chances P in [0, 1] with P + P' = 1")
            self.arms, self.preferences = len(given), tuple(tuple(float(p) for p in row) for row in given)
        check_arms(self.arms, self.pulls, "DuelingBandit")
        if self.preferences is None and self.law == "cyclic" and self.arms < 3:
            raise _bad(f'{self.arms} arms with law="cyclic"', "at least 3")
        self.P = self._drawn() if self.preferences is None else np.array(self.preferences)
        self.action_space = spaces.MultiDiscrete([self.arms, self.arms])
        self.observation_space = spaces.Box(0.0, 1.0, (2 * self.arms**2,), np.float32)
        self._tables = Tables(P=self.P, regret=self.regrets)

    def _drawn(self) -> np.ndarray:
        rng, k = np.random.default_rng(self.instance), self.arms
        if self.law == "bradley_terry":
            s = rng.normal(size=k)
            chance = 1.0 / (1.0 + np.exp(s - s[:, None]))
        elif self.law == "random":
            chance = rng.random((k, k))
        else:
            chance = np.full((k, k), 0.8)
            chance[0, 1] = chance[1, 2] = 0.7
            chance[0, 2] = 0.3
        upper = np.triu(chance, 1)
        P = upper + np.tril(1.0 - upper.T, -1) + 0.5 * np.eye(k)
        order = rng.permutation(k) if self.law == "cyclic" else np.arange(k)
        return P[np.ix_(order, order)]

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Strengths take an exponential, which differs between platforms in the last digit."""
        return self.law != "bradley_terry" or self.preferences is not None

    # -- who is best ---------------------------------------------------------------------------------------------------

    @property
    def copeland_scores(self) -> np.ndarray:
        """[K] ζ: the share of the other arms that each one beats, with more than 1/2."""
        return (self.P > 0.5).sum(1) / (self.arms - 1)

    @property
    def copeland_winners(self) -> np.ndarray:
        """The arms with the largest score, in order."""
        return np.flatnonzero(self.copeland_scores == self.copeland_scores.max())

    @property
    def condorcet_winner(self) -> int | None:
        """The arm that beats all others, None where there is none."""
        best = int(self.copeland_scores.argmax())
        return best if self.copeland_scores[best] == 1.0 else None

    @property
    def borda_scores(self) -> np.ndarray:
        """[K] how often each arm wins against one of the others, drawn alike."""
        return (self.P.sum(1) - 0.5) / (self.arms - 1)

    @property
    def von_neumann_winner(self) -> np.ndarray:
        """[K] a lottery p over arms that no arm beats: Σ_i p_i P_ij >= 1/2 for all j; by linear programming."""
        from scipy.optimize import linprog

        k = self.arms
        # Of (p, v) the largest v with v <= p' P: the value of this game is 1/2, for both sides are alike.
        found = linprog(
            np.append(np.zeros(k), -1.0),
            A_ub=np.concatenate([-self.P.T, np.ones((k, 1))], axis=1),
            b_ub=np.zeros(k),
            A_eq=np.append(np.ones(k), 0.0)[None],
            b_eq=[1.0],
            bounds=[(0.0, 1.0)] * (k + 1),
        )
        return np.asarray(found.x[:k])

    @property
    def regrets(self) -> np.ndarray:
        """[K, K] the regret of each pair: by the Condorcet winner, or by Copeland scores where there is none."""
        best, score = self.condorcet_winner, self.copeland_scores
        lost = score.max() - score if best is None else self.P[best] - 0.5
        return (lost[:, None] + lost) / 2

    # -- the game ------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp, k = rng.xp, self.arms
        pulled = xp.zeros_like(rng.seed[:n])
        table = xp.stack([xp.stack([pulled] * k, axis=1)] * k, axis=1)
        return {"pulled": pulled, "met": table, "won": table + 0}  # [n, K, K] duels of each pair, and those it won

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, table = rng.xp, self._tables(rng.device)
        row, one, other = numbers(len(action), rng), action[:, 0], action[:, 1]
        first = rng.uniform() < table["P"][one, other]
        met, won = (xp.asarray(state[key], copy=True) for key in ("met", "won"))
        met[row, one, other] += 1
        won[row, one, other] += xp.astype(first, xp.int64)
        lost = table["regret"][one, other]
        after = {"pulled": state["pulled"] + 1, "met": met, "won": won}
        columns = {"pseudo_regret": lost, "best_arm": xp.full_like(row, self.best_arm), "success": lost == 0.0}
        return after, xp.astype(first, xp.float64), after["pulled"] == self.pulls, columns

    def look(self, state: State) -> Tree:
        xp = namespace(state["met"])
        share = state["won"] / xp.clip(state["met"], min=1)
        both = xp.stack([state["met"] / self.pulls, share], axis=1)
        return xp.astype(xp.reshape(both, (len(both), 2 * self.arms**2)), xp.float32)

    @property
    def best_arm(self) -> int:
        """The Condorcet winner, or the first of the Copeland winners."""
        return int(self.copeland_winners[0])

    def to_mdp(self) -> Any:
        """The `TabularMDP` of who knows P, with −regret as reward and pairs as actions i K + j; states 0..T."""
        return clockwork(np.tile(-self.regrets.reshape(-1), (self.pulls, 1)))

    def draw(self, state: State, i: int) -> np.ndarray:
        met, won = np.asarray(state["met"][i]), np.asarray(state["won"][i])
        apart = ~np.eye(self.arms, dtype=bool)
        fought = (met * apart).sum(1) + (met * apart).sum(0)
        wins = (won * apart).sum(1) + ((met - won) * apart).sum(0)
        title = f"duel {int(state['pulled'][i])} of {self.pulls}    wins, and the share of arms beaten"
        return arms(title, fought, wins / np.maximum(fought, 1), self.copeland_scores, low=0.0, high=1.0)

    def text(self, state: State, i: int) -> str:
        met, won = np.asarray(state["met"][i]), np.asarray(state["won"][i])
        told = [f"{one} against {other}: won {won[one, other]} of {met[one, other]}" for one, other in np.argwhere(met)]
        return "\n".join([f"duel {int(state['pulled'][i])} of {self.pulls}", *told])

    def card(self) -> Card:
        k, t, best = self.arms, self.pulls, self.condorcet_winner
        kind = "the Copeland scores, for no arm beats all others" if best is None else "the Condorcet winner"
        return Card(
            summary=f"{k} arms, {t} duels an episode; each tells which of two arms won.",
            observation={
                f"met[{k * k}]": f"[{k}, {k}] flat: duels of first and second arm in this episode / {t}, 0..1",
                f"won[{k * k}]": "the share of them that the first won, 0 before any",
            },
            action={"first": f"an arm, 0..{k - 1}", "second": f"another or the same, 0..{k - 1}"},
            reward="The reward is 1 if the first arm won, else 0. The aim is a small `pseudo_regret`, not much of it.",
            info={
                "pseudo_regret": f"how far both arms are behind, on average, by {kind}; 0..1",
                "best_arm": f"the Condorcet winner, or the first Copeland winner, 0..{k - 1}",
                "success": "True if both arms are best",
            },
            random_return=t / 2,
            optimal_return=t * float(self.P.max()),
            source="Yue, Broder, Kleinberg, Joachims, The K-armed Dueling Bandits Problem, JCSS 2012",
        )


def _bad(what: str, expected: str, mend: str = "") -> BadOption:
    return BadOption(what, where="DuelingBandit", expected=expected, mend=mend)
