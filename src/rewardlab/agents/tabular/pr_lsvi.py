"""PR-LSVI: exploration by noise in rewards and values, learning from preferences between two trajectories.

    θ̄ ~ N(θ̂, σ_r² Σ_r⁻¹),    w̄_h ~ N(ŵ_h, σ_P² Λ_h⁻¹),    Q̄_h(s, a) = θ̄(s, a) + w̄_h(s, a),    π greedy
    ŵ_h = ridge regression of V̄_{h+1}(s'),    Λ_h = λ + visits,    P(τ⁰ ≻ τ¹) = σ(θ·(φ(τ⁰) − φ(τ¹)))
    ask if √(4 / π) σ_r ‖φ(τ⁰) − φ(τ¹)‖_{Σ_r⁻¹} > ε

Each episode of the new policy is followed by one of the policy that played when the last question was asked. Rewards
are never seen: a teacher says which of the two was better, and only where two draws of θ would disagree. Pairs that
were visited too seldom are taken for as good as can be.

Source: Wu, Sun, "Making RL with Preference-based Feedback Efficient via Randomization", ICLR 2024, Algorithm 1, for a
table; its truncation is here that of pairs with few visits.
"""

from collections.abc import Callable
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import any_best
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, COUNT, Moves, RunsAgent
from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.logistic import draw, expected_gap, fit_logistic, gram

Prefer = Callable[[Transitions], Any]
"""Pairs [P, 2, T] with `info["mask"]` -> labels [P]: 1 if the first is better, 0 if the second is, 0.5 for a tie."""


@dataclass(eq=False, kw_only=True)
class PRLSVI(RunsAgent):
    """Preference-based randomised value iteration for episodes of H steps, Discrete observations and actions.

    Args:
        horizon: H >= 1.
        sigma_r: σ_r >= 0, noise of rewards, and the width by which questions are judged.
        sigma_p: σ_P >= 0, noise of values.
        lam: λ > 0 of both regressions.
        epsilon: ε >= 0; 0 asks whenever two trajectories differ.
        bound: the largest reward of a step, > 0; values of H − h steps are cut at so much each.
        known_at: visits of a pair at a step from which its estimate is used, >= 0; below it the cut stands.
        prefer: the teacher. By default one who judges by the rewards paid, as the model says. `save` does not keep it:
            set `teacher` after `load`.

    Attributes:
        Q: [M, H, S, A] randomised values of the policy that plays next.
        rival: [M, H, S, A] those of the policy that it is compared with.
        theta: θ̂ [M, S·A].
        pairs: [M] pairs of trajectories played.
        asked: [M] questions asked.
        when: [M, most questions] the number of the pair of each question, from 0; −1 beyond.

    Raises:
        BadOption: for a number outside its range, or labels that are none.
    """

    horizon: int = 20
    sigma_r: float = 1.0
    sigma_p: float = 1.0
    lam: float = 1.0
    epsilon: float = 0.1
    bound: float = 1.0
    known_at: int = 1
    prefer: InitVar[Prefer | None] = None

    def __post_init__(self, prefer: Prefer | None) -> None:  # type: ignore[override]
        self.teacher = prefer
        super().__post_init__()

    def prepare(self) -> None:
        self.check(
            horizon=COUNT,
            sigma_r=(0, 1e9, "a number >= 0"),
            sigma_p=(0, 1e9, "a number >= 0"),
            lam=ABOVE_ZERO,
            epsilon=(0, 1e12, "a number >= 0"),
            bound=ABOVE_ZERO,
            known_at=(0, 10**9, "an integer >= 0"),
        )
        M, H, S, A = self.memories, self.horizon, self.num_states, self.num_actions
        self.counts = np.zeros((M, H, S, A, S))  # transitions that went on
        self.visits = np.zeros((M, H, S, A))
        self.compared, self.labels = np.zeros((M, 0, S * A)), np.zeros((M, 0))
        self.when = np.zeros((M, 0), dtype=np.int64)
        self.pairs, self.asked = np.zeros(M, dtype=np.int64), np.zeros(M, dtype=np.int64)
        self.theta, self.precision = np.zeros((M, S * A)), np.tile(self.lam * np.eye(S * A), (M, 1, 1))
        self.Q = np.zeros((M, H, S, A))
        self._forget()
        self.plan(np.arange(M))
        self.rival = self.Q.copy()

    # -- playing --------------------------------------------------------------------------------------------------

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        state = self.states(obs)
        if rng is self._predicting:
            memory = self._asked(len(obs))
            return any_best(self.Q[memory, self._usual(memory, state), state], rng)
        assert self._rollout is not None
        rows = np.arange(self.n_envs) if len(obs) == self.n_envs else np.flatnonzero(self._rollout.live)
        memory, when, second = self._memory(rows), self._clocks()[rows], self._open()[rows]
        values = np.where(second[:, None], self.rival[memory, when, state], self.Q[memory, when, state])
        return any_best(values, rng)

    def take(self, moves: Moves) -> None:
        self._open()
        at = (moves.row, self._second[moves.row].astype(np.int64), moves.when)
        columns = (moves.state, moves.action, moves.reward, moves.after, moves.terminated, moves.over, True)
        for held, column in zip(self._steps, columns, strict=True):
            held[at] = column
        pair = (moves.memory, moves.when, moves.state, moves.action)
        np.add.at(self.visits, pair, 1)
        np.add.at(self.counts, (*pair, moves.after), ~moves.terminated)
        done = moves.row[moves.over & self._second[moves.row]]
        self._second[moves.row[moves.over]] ^= True
        if len(done):
            self._judge(done, self._memory(done))
            self._steps[-1][done] = False

    # -- asking ---------------------------------------------------------------------------------------------------

    def asks(self, memory: np.ndarray, score: np.ndarray) -> np.ndarray:
        """[n] bool: whether to ask about pairs whose draws differ by `score` [n] on average."""
        return score > self.epsilon

    def _judge(self, rows: np.ndarray, memory: np.ndarray) -> None:
        """Ask about the pairs of trajectories of some rows, learn, and plan."""
        state, action, *_, counts = (held[rows] for held in self._steps)  # [n, 2, H]
        paths = np.zeros((len(rows), 2, self.num_states * self.num_actions))
        n, side, _ = np.indices(state.shape)
        np.add.at(paths, (n, side, state * self.num_actions + action), counts)
        gap = paths[:, 0] - paths[:, 1]
        score = expected_gap(gap[:, None], self.precision[memory], self.sigma_r)[:, 0]
        chosen = np.flatnonzero(self.asks(memory, score) & gap.any(1))
        if len(chosen):
            self._learn(memory[chosen], gap[chosen], self._labels(rows[chosen]))
        np.add.at(self.pairs, memory, 1)
        self.plan(np.unique(memory))

    def _labels(self, rows: np.ndarray) -> np.ndarray:
        """What the teacher says of the pairs of some rows, [n]."""
        state, action, reward, after, terminated, over, counts = (held[rows] for held in self._steps)
        if self.teacher is None:
            total = (reward * counts).sum(-1)
            chance = 0.5 + 0.5 * np.tanh(0.5 * (total[:, 0] - total[:, 1]))
            return (self._rng.random(len(rows)) < chance).astype(np.float64)
        info = {"mask": counts, "task_reward": reward}
        labels = array(
            self.teacher(Transitions(state, action, reward, after, terminated, over & ~terminated, info))
        ).astype(np.float64)
        if labels.shape != rows.shape or not ((labels >= 0) & (labels <= 1)).all():
            raise BadOption(f"labels {labels!r}", where="PRLSVI(prefer=)", expected=f"[{len(rows)}] numbers in [0, 1]")
        return labels

    def _learn(self, memory: np.ndarray, gap: np.ndarray, label: np.ndarray) -> None:
        for m, x, y in zip(memory, gap, label, strict=True):  # several rows may feed one memory
            k = self.asked[m]
            if k == self.labels.shape[1]:
                more = max(16, k)
                self.compared = np.concatenate([self.compared, np.zeros((len(self.compared), more, len(x)))], 1)
                self.labels = np.concatenate([self.labels, np.zeros((len(self.labels), more))], 1)
                self.when = np.concatenate([self.when, np.full((len(self.when), more), -1)], 1)
            self.compared[m, k], self.labels[m, k], self.when[m, k] = x, y, self.pairs[m]
            self.asked[m] += 1
        own = np.unique(memory)
        most = int(self.asked[own].max())
        known = (np.arange(most) < self.asked[own, None]).astype(np.float64)
        x, y = self.compared[own, :most], self.labels[own, :most]
        self.theta[own] = fit_logistic(x, y, known, lam=self.lam, start=self.theta[own])
        self.precision[own] = gram(x, known, lam=self.lam)
        self.rival[own] = self.Q[own]

    # -- planning -------------------------------------------------------------------------------------------------

    def plan(self, memory: np.ndarray) -> None:
        """Draw rewards and values anew for memories [m], all different."""
        m, S, A = len(memory), self.num_states, self.num_actions
        reward = draw(self.theta[memory], self.precision[memory], self.sigma_r, self._rng).reshape(m, S, A)
        V = np.zeros((m, S))
        for h in reversed(range(self.horizon)):
            n, most = self.visits[memory, h], self.bound * (self.horizon - h)
            ridge = (self.counts[memory, h] @ V[:, None, :, None])[..., 0] / (n + self.lam)
            noise = self.sigma_p * self._rng.standard_normal(n.shape) / np.sqrt(n + self.lam)
            if h + 1 == self.horizon:
                noise = 0.0  # nothing follows
            Q = np.where(n < self.known_at, most, np.clip(reward + ridge + noise, -most, most))
            self.Q[memory, h], V = Q, Q.max(2)

    def tables(self) -> dict[str, Any]:
        names = ("counts", "visits", "compared", "labels", "when", "pairs", "asked", "theta", "precision", "rival")
        return {**super().tables(), **{name: getattr(self, name) for name in names}}

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._forget()

    def _forget(self) -> None:
        """The trajectories that are being played."""
        self._second = np.zeros(0, dtype=bool)  # [N] whether the rival plays

    def _open(self) -> np.ndarray:
        """[N] whether the rival plays, with room for both trajectories of each row."""
        if len(self._second) != self.n_envs:
            self._second = np.zeros(self.n_envs, dtype=bool)
            kinds = (np.int64, np.int64, np.float64, np.int64, bool, bool, bool)
            # state, action, reward, after, terminated, over, counts
            self._steps = [np.zeros((self.n_envs, 2, self.horizon), kind) for kind in kinds]
        return self._second
