"""Tallying bandit: the loss of an arm depends on how often it was played of late.

    y_t = Σ_{i<m} w_i 1[a_{t−i} = a_t],    loss = h_a(y_t) + ε,    steady loss of an arm = h_a(Σ w)

Each h_a may be any curve: an arm can become better with exposure, or worse. Where some arm is best once it is repeated
(repeated exposure optimality), playing it for ever is best but for m rounds at the beginning. w_0 alone makes the
ordinary bandit.

Source: Malik, Igoe, Li, Singh, "Weighted Tallying Bandits: Overcoming Intractability via Repeated Exposure
Optimality", ICML 2023.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import FARTHEST, Tables, bars, demand, numbers_of, spread_of, whole
from rewardlab.envs.world import Card, Columns, Rules, State

_WHERE = "TallyBandit"
_MOST = 200_000  # histories that are enumerated


@dataclass
class TallyBandit(Rules):
    """K arms for T rounds; what counts is the last m plays.

    `pseudo_regret` is the mean loss of this round minus that of the same round of the best constant sequence, its first
    rounds included: summed over the episode it is the complete policy regret against the best arm to repeat, which
    is at most m rounds from that against all sequences where exposure is optimal. A single round may be negative.

    Args:
        curves: [K, G] mean losses of each arm in [0, 1], G >= 2 of them at equal steps of y from 0 to Σ w, straight
            lines between.
        weights: [m] w_0 .. w_{m−1} >= 0 of the plays, the present one first, w_0 > 0; None for `decay`.
        memory: m >= 1, where `weights` does not say it.
        decay: w_i proportional to decay^i, summing to 1; above 0.
        deviation: standard deviation >= 0 of the loss.
        rounds: T >= 1, rounds of an episode.

    Raises:
        BadOption: for numbers outside these ranges, or curves of fewer than two arms.
    """

    curves: Sequence[Sequence[float]] = ((0.42, 0.42), (0.44, 0.44), (0.9, 0.2), (0.46, 0.46), (0.48, 0.48))
    weights: Sequence[float] | None = None
    memory: int = 20
    decay: float = 0.9
    deviation: float = 0.1
    rounds: int = 1000

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        whole(_WHERE, memory=self.memory, rounds=self.rounds)
        spread_of(_WHERE, deviation=self.deviation)
        h = numbers_of(self.curves, (None, None), name="curves", where=_WHERE)
        expected = "[K, G] losses in [0, 1] with K >= 2 and G >= 2"
        demand(min(h.shape) >= 2, f"curves of shape {list(h.shape)}", where=_WHERE, expected=expected)
        demand(((h >= 0) & (h <= 1)).all(), f"curves={self.curves!r:.80}", where=_WHERE, expected=expected)
        if self.weights is None:
            demand(0 < self.decay < np.inf, f"decay={self.decay!r}", where=_WHERE, expected="a number above 0")
            w = self.decay ** np.arange(self.memory)
            w = w / w.sum()
        else:
            w = numbers_of(self.weights, (None,), name="weights", where=_WHERE)
            fits = len(w) and (w >= 0).all() and w[0] > 0
            demand(fits, f"weights={self.weights!r:.80}", where=_WHERE, expected="numbers >= 0, the first above 0")
            self.memory = len(w)
        self._h, self._w = h, w
        self._sums = np.cumsum(w)
        self.arms = len(h)
        alone = self.repeated(self.rounds)
        best = int(alone.sum(1).argmin())
        self.best_arm = best
        """The best arm to repeat for all T rounds, its first rounds included."""
        self.action_space = spaces.Discrete(self.arms)
        bound = float(np.ceil(1 + FARTHEST * self.deviation))
        low = np.array([0.0] * self.arms + [-bound], dtype=np.float32)
        high = np.array([1.0] * self.arms + [bound], dtype=np.float32)
        self.observation_space = spaces.Box(low, high, dtype=np.float32)
        self._tables = Tables(h=h.ravel(), w=w, compare=alone[best], arms=np.arange(self.arms))

    # -- the process ---------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        zero = xp.zeros_like(rng.seed[:n])
        return {
            "recent": xp.stack([zero - 1] * self.memory, axis=1),
            "round": zero,
            "loss": xp.astype(zero, xp.float64),
        }

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, own = rng.xp, self._tables(rng.device)
        recent = xp.concat([action[:, None], state["recent"][:, :-1]], axis=1)
        mean = self._loss(own["h"], action, self._tally(recent, action[:, None], own["w"], xp)[:, 0], xp)
        loss = mean + self.deviation * rng.normal()
        lost = mean - own["compare"][xp.minimum(state["round"], xp.full_like(action, self.rounds - 1))]
        after = {"recent": recent, "round": state["round"] + 1, "loss": loss}
        columns = {
            "pseudo_regret": lost,
            "loss_mean": mean,
            "best_arm": xp.full_like(action, self.best_arm),
            "success": action == self.best_arm,
        }
        return after, -loss, after["round"] >= self.rounds, columns

    def _tally(self, recent: Array, arm: Array, w: Array, xp: Any) -> Array:
        """Σ_i w_i 1[recent_i = arm]: plays [n, m] and arms [n or 1, k] to [n, k]."""
        total = w[0] * xp.astype(recent[:, :1] == arm, xp.float64)
        for i in range(1, self.memory):
            total = total + w[i] * xp.astype(recent[:, i : i + 1] == arm, xp.float64)
        return total

    def _loss(self, h: Array, arm: Array, y: Array, xp: Any) -> Array:
        steps = self._h.shape[1] - 1
        at = y / float(self._sums[-1]) * steps
        left = xp.clip(xp.astype(xp.floor(at), xp.int64), 0, steps - 1)
        share = xp.clip(at - xp.astype(left, xp.float64), 0.0, 1.0)
        cell = arm * (steps + 1) + left
        return (1.0 - share) * h[cell] + share * h[cell + 1]

    def look(self, state: State) -> Tree:
        recent = state["recent"]
        xp, own = namespace(recent), self._tables(None if isinstance(recent, np.ndarray) else recent.device)
        shown = xp.clip(self._tally(recent, own["arms"][None], own["w"], xp) / float(self._sums[-1]), 0.0, 1.0)
        return xp.astype(xp.concat([shown, state["loss"][:, None]], axis=1), xp.float32)

    # -- what is known of it -------------------------------------------------------------------------------------------

    def loss_of(self, arm: Any, y: Any) -> np.ndarray:
        """h_arm(y) [...], the mean loss of an arm at a tally y in [0, Σ w]."""
        arm, y = np.broadcast_arrays(np.asarray(arm), np.asarray(y, dtype=np.float64))
        return self._loss(self._h.ravel(), arm, y, np)

    @property
    def steady(self) -> np.ndarray:
        """[K] mean losses of arms that are played for ever."""
        return self._h[:, -1].copy()

    def repeated(self, rounds: int) -> np.ndarray:
        """[K, T] mean losses of each arm in each round if it alone is played from the beginning."""
        whole("repeated", rounds=rounds)
        y = self._sums[np.minimum(np.arange(rounds), self.memory - 1)]
        return self.loss_of(np.arange(self.arms)[:, None], y)

    @property
    def exposure_optimal(self) -> bool:
        """Whether no arm loses less at any tally that a play can have, w_0..Σ w, than the best one does when steady."""
        grid = np.linspace(0.0, self._sums[-1], self._h.shape[1])
        inside = self._h[:, grid >= self._w[0]]
        least = min(float(inside.min()), float(self.loss_of(np.arange(self.arms), self._w[0]).min()))
        return bool(self.steady.min() <= least + 1e-12)

    def _histories(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean loss and next history [S, K]; a history is m − 1 plays in base K + 1, the latest last, 0 for none."""
        base, length = self.arms + 1, self.memory - 1
        count = base**length
        demand(
            count <= _MOST, f"{self.arms} arms with a memory of {self.memory}", where=_WHERE,
            expected=f"at most {_MOST} histories (K + 1)^(m − 1) to go through; these are {float(count):.3g}",
        )  # fmt: skip
        code = np.arange(count)
        y = np.full((count, self.arms), self._w[0])
        for i in range(1, self.memory):
            y += self._w[i] * (code[:, None] // base ** (i - 1) % base == np.arange(self.arms) + 1)
        after = (code[:, None] * base + np.arange(self.arms) + 1) % count
        return self.loss_of(np.arange(self.arms), y), after

    def best_sequence(self, rounds: int) -> tuple[np.ndarray, float]:
        """The plays [T] with the smallest mean loss of all K^T, and that loss; by dynamic programming.

        Raises:
            BadOption: for more than 200,000 histories.
        """
        whole("best_sequence", rounds=rounds)
        loss, after = self._histories()
        ahead, choice = np.zeros(len(loss)), np.zeros((rounds, len(loss)), dtype=np.int64)
        for t in reversed(range(rounds)):
            total = loss + ahead[after]
            choice[t], ahead = total.argmin(1), total.min(1)
        state, plays = 0, []
        for t in range(rounds):
            plays.append(int(choice[t, state]))
            state = int(after[state, plays[-1]])
        return np.array(plays), float(ahead[0])

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of an episode: round and history, then the end; gamma = 1.

        Raises:
            BadOption: for more than 200,000 states.
        """
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        loss, after = self._histories()
        size, t = len(loss), self.rounds
        if size * t + 1 > _MOST:
            raise BadOption(
                f"{size} histories x {t} rounds", where="to_mdp", expected=f"at most {_MOST} states",
                mend="take fewer rounds, or a shorter memory",
            )  # fmt: skip
        onward = np.concatenate([(after + (s + 1) * size).ravel() for s in range(t)])
        onward = np.append(np.minimum(onward, size * t), [size * t] * self.arms)
        P = sparse.csr_array(
            (np.ones(len(onward)), onward, np.arange(len(onward) + 1)), shape=(len(onward), size * t + 1)
        )
        R = np.concatenate([np.tile(-loss, (t, 1)), np.zeros((1, self.arms))])
        return TabularMDP(P, R, gamma=1.0, initial=0, terminal=np.arange(size * t + 1) == size * t)

    # -- pictures ------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        recent = np.asarray(state["recent"][i : i + 1])
        if_next = np.concatenate([np.zeros_like(recent[:, :1]), recent[:, :-1]], axis=1)
        now = []
        for arm in range(self.arms):
            if_next[:, 0] = arm
            now.append(float(self.loss_of(arm, self._tally(if_next, np.array([[arm]]), self._w, np)[0, 0])))
        title = f"round {int(state['round'][i])} of {self.rounds}"
        return bars(
            title, np.array(now), self.steady, chosen=int(recent[0, 0]), best=self.best_arm,
            words=("loss if played", "steady loss"),
        )  # fmt: skip

    def text(self, state: State, i: int) -> str:
        recent = np.asarray(state["recent"][i])
        plays = " ".join(str(int(a)) for a in recent[::-1] if a >= 0) or "none"
        t = int(state["round"][i])
        last = f"\nlast loss {float(state['loss'][i]):.4f}" if t else ""
        return f"round {t} of {self.rounds}\nlatest plays: {plays}{last}"

    def card(self) -> Card:
        k = self.arms
        return Card(
            summary=f"{k} arms whose loss depends on how often each was played in the last {self.memory} rounds.",
            observation={
                f"tally[{k}]": "of each arm, its weighted plays of late / the sum of all weights, 0..1",
                "loss": "the loss of the last round, 0 before the first",
            },
            action={"action": f"the arm to play, 0..{k - 1}"},
            reward="The true reward is minus the loss: the arm's curve at its tally, plus a normal number of deviation "
            f"{self.deviation:g}.",
            info={
                "pseudo_regret": "mean loss minus that of the same round of the best arm played alone; may be negative",
                "loss_mean": "the mean loss of this play, 0..1",
                "best_arm": f"the best arm to repeat, 0..{k - 1}",
                "success": "True if it was played",
            },
            source="Malik, Igoe, Li, Singh, Weighted Tallying Bandits, ICML 2023",
        )
