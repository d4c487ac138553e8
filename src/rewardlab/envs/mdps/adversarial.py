"""Adversarial MDP: known dynamics in layers, losses that change from round to round.

    P(s' | s, a) = Σ_i φ_i(s, a) μ_i(s'),    loss_k(s, a) = ⟨φ(s, a), θ_k⟩ in [0, 1]
    π* = argmin_π Σ_k L_k(π),    regret of a step = Q_k^π*(s, a) − V_k^π*(s)

Features are distributions over d kernels, so that the loss to go of every policy is linear in them. An episode is a
game of K rounds of H steps. The comparator is the best fixed policy in hindsight; what a step loses against it may be
negative, and adds up to the regret in expectation.

Source: Even-Dar, Kakade, Mansour, "Online Markov Decision Processes", Mathematics of Operations Research 2009; Dai,
Luo, Wei, Zimmert, "Refined Regret for Adversarial MDPs with Linear Function Approximation", ICML 2023.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps.dice import Dice, Tables
from rewardlab.envs.mdps.kernel import check_numbers
from rewardlab.envs.mdps.layers import induction
from rewardlab.envs.mdps.picture import shown
from rewardlab.envs.world import Card, Columns, Rules, State

SCHEDULES = ("fixed", "switching", "alternating", "drawn", "adaptive")
FEEDBACKS = ("bandit", "full")


@dataclass
class AdversarialMDP(Rules):
    """A small layered process whose losses an adversary chooses.

    Args:
        wide: states in each layer after the first, which has one; 2 gives five states in three layers.
        layers: H, 1 to 20 steps a round.
        actions: A, 2 to 20.
        features: d, 1 to 50.
        rounds: K, 1 to 10^6 rounds an episode.
        schedule: of the losses: "fixed", "switching" (another one after each `period` rounds), "alternating" (each
            round), "drawn" (each round one of eight, by the seed), or "adaptive" (of eight, the one that costs most
            where the learner went so far).
        period: rounds between switches.
        feedback: "bandit" tells the loss of the step; "full" all losses of the round, in `losses`.
        instance: seed of dynamics and losses.

    Raises:
        BadOption: for numbers outside their ranges, or another schedule or feedback.
    """

    wide: int = 2
    layers: int = 3
    actions: int = 3
    features: int = 4
    rounds: int = 100
    schedule: str = "switching"
    period: int = 25
    feedback: str = "bandit"
    instance: int = 0

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_numbers(
            self, wide=(1, 50), layers=(1, 20), actions=(2, 20), features=(1, 50), rounds=(1, 10**6),
            period=(1, 10**6),
        )  # fmt: skip
        for name, known in (("schedule", SCHEDULES), ("feedback", FEEDBACKS)):
            value = getattr(self, name)
            if value not in known:
                raise BadOption(
                    f"{name}={value!r}", where="AdversarialMDP", expected=f"one of {known}", mend=nearest(value, known)
                )
        rng = np.random.default_rng(self.instance)
        H, A, d = self.layers, self.actions, self.features
        S = 1 + (H - 1) * self.wide
        self.layer = np.concatenate([[0], np.repeat(np.arange(1, H), self.wide)])
        """[S] the layer of each state."""
        self.feature_table = rng.dirichlet(np.ones(d), (S, A))
        """[S, A, d] features, which are distributions."""
        P = np.zeros((S + 1, A, S + 1))  # the last state: the round is over
        for h in range(H):
            here, after = np.flatnonzero(self.layer == h), np.flatnonzero(self.layer == h + 1)
            if h == H - 1:
                P[here, :, S] = 1.0
            else:
                mu = rng.dirichlet(np.ones(len(after)), d)  # [d, S']
                P[np.ix_(here, np.arange(A), after)] = self.feature_table[here] @ mu
        terminal = np.arange(S + 1) == S
        self.process = TabularMDP(P, np.zeros((S + 1, A)), gamma=1.0, initial=0, terminal=terminal)
        count = {"fixed": 1, "alternating": 2, "drawn": 8, "adaptive": 8}.get(
            self.schedule, -(-self.rounds // self.period)
        )
        if count > 10_000:
            raise BadOption(f"{count:,} switches", where="AdversarialMDP", expected="at most 10,000", mend="period=100")
        self.thetas = rng.random((count, d))
        """[J, d] the parameters of the losses that occur."""
        k = np.arange(self.rounds)
        self.order = {
            "fixed": 0 * k, "alternating": k % 2, "drawn": rng.integers(0, 8, self.rounds), "adaptive": 0 * k - 1,
        }.get(self.schedule, k // self.period)  # fmt: skip
        """[K] which one each round has; -1 where the learner's play decides."""
        self.loss_tables = np.moveaxis(self.feature_table @ self.thetas.T, -1, 0)
        """[J, S, A] the losses."""
        kept: dict[str, np.ndarray] = {"loss": self.loss_tables, "order": self.order, "pairs": np.arange(S * A)}
        # in whole numbers, whose sums are the same in every order
        kept["whole"] = np.rint(self.loss_tables.reshape(count, -1) * 2**20).astype(np.int64)
        if self.schedule != "adaptive":
            kept["behind"] = self._behind()
        self._tables, self._dice = Tables(**kept), Dice(self.process)
        self.action_space = spaces.Discrete(A)
        self.observation_space = spaces.Discrete(S)

    def _pays(self, loss: np.ndarray) -> np.ndarray:
        """Rewards [S + 1, A] of a loss [S, A]."""
        return np.concatenate([-loss, np.zeros((1, self.actions))])

    def mean_loss(self, counts: np.ndarray | None = None) -> np.ndarray:
        """[S, A] the mean of the losses, by how often each occurs [J]; None for the schedule's own counts."""
        if counts is None:
            if self.schedule == "adaptive":
                raise BadOption("counts=None", where="mean_loss", expected="[J] counts: the play decides them")
            counts = np.bincount(self.order, minlength=len(self.thetas))
        return np.tensordot(np.asarray(counts) / np.sum(counts), self.loss_tables, axes=1)

    def best_in_hindsight(self, counts: np.ndarray | None = None) -> tuple[np.ndarray, float]:
        """The best fixed policy [S] for losses that occurred so often [J], and its expected loss in all rounds."""
        V, Q = induction(self.process.with_reward(self._pays(self.mean_loss(counts))), self.layers)
        policy = Q[self.layer, np.arange(len(self.layer))].argmax(1)
        return policy, float(-V[0, 0] * (self.rounds if counts is None else np.sum(counts)))

    def values(self, policy: np.ndarray, loss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Loss to go V [S] and Q [S, A] of a policy, actions [S] or probabilities [S, A], for one loss [S, A]."""
        whole = np.concatenate([policy, policy[-1:]])  # what is done when the round is over has no meaning
        found = self.process.with_reward(self._pays(loss)).evaluate(whole)
        return -found.V[:-1], -found.Q[:-1]

    def _behind(self) -> np.ndarray:
        """[J, S, A] what a step loses against the comparator under each loss."""
        policy, _ = self.best_in_hindsight()
        S, m = len(policy), self.process
        V, Q = np.zeros((len(self.thetas), S + 1)), self.loss_tables
        for _ in range(self.layers):  # for all losses at once
            later = np.moveaxis((m.P @ V.T).reshape(S + 1, self.actions, -1), 2, 0)
            Q = self.loss_tables + later[:, :-1]
            V[:, :-1] = np.take_along_axis(Q, policy[None, :, None], 2)[..., 0]
        return Q - V[:, :-1, None]

    def start(self, n: int, rng: Streams) -> State:
        xp, zero = rng.xp, rng.xp.zeros_like(rng.seed[:n])
        state = {"state": zero, "round": zero + 0, "loss": zero + max(int(self.order[0]), 0)}
        if self.schedule == "adaptive":
            state["visits"] = xp.stack([zero] * (len(self.layer) * self.actions), axis=1)
        return state

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, t, S, A = rng.xp, self._tables(rng.device), len(self.layer), self.actions
        s, j, k = state["state"], state["loss"], state["round"]
        _, after = self._dice.next(s, action, rng)
        loss = t["loss"][j, s, action]
        ended = after == S
        k = k + xp.astype(ended, xp.int64)
        over = k == self.rounds
        columns: dict[str, Any] = {"loss": loss, "round": state["round"]}
        if self.feedback == "full":
            columns["losses"] = t["loss"][j]
        if "behind" in t:
            columns["pseudo_regret"] = t["behind"][j, s, action]
        new = {"state": xp.where(ended, xp.zeros_like(after), after), "round": k}
        if self.schedule == "adaptive":
            columns["loss_index"] = j
            here = xp.astype((s * A + action)[:, None] == t["pairs"], xp.int64)
            new["visits"] = state["visits"] + here
            worst = xp.argmax(xp.sum(new["visits"][:, None] * t["whole"], axis=2), axis=1)
            new["loss"] = xp.where(ended, worst, j)
        else:
            new["loss"] = t["order"][xp.minimum(k, xp.zeros_like(k) + self.rounds - 1)]
        return new, -loss, over, columns

    def look(self, state: State) -> Tree:
        return state["state"] + 0

    def to_mdp(self) -> TabularMDP:
        """One round under the mean losses, with a terminal state behind the last layer; gamma = 1.

        Its best policy is the comparator. The environment itself is no stationary process.
        """
        return self.process.with_reward(self._pays(self.mean_loss()))

    def draw(self, state: State, i: int) -> np.ndarray:
        return shown(self.process, int(state["state"][i]), self.text(state, i))

    def text(self, state: State, i: int) -> str:
        s = int(state["state"][i])
        return f"round {int(state['round'][i])} of {self.rounds}, layer {int(self.layer[s])}, state {s}"

    def card(self) -> Card:
        S, A, H, K = len(self.layer), self.actions, self.layers, self.rounds
        random = best = None
        if self.schedule != "adaptive":
            _, lost = self.best_in_hindsight()
            V, _ = self.values(np.full((S, A), 1.0 / A), self.mean_loss())
            random, best = -K * float(V[0]), -lost
        told = {"loss": "of the step, 0..1", "round": f"0..{K - 1}, of the step"}
        if self.feedback == "full":
            told["losses"] = f"[{S}, {A}] of all states and actions in this round, 0..1"
        if self.schedule == "adaptive":
            told["loss_index"] = f"which of the {len(self.thetas)} losses the round has"
        else:
            told["pseudo_regret"] = "Q(s, a) - V(s) of the best fixed policy in hindsight, under the round's loss"
        return Card(
            summary=f"{K} rounds of {H} steps through layers of states; the losses of each round are an adversary's "
            f"({self.schedule}). The optimal return is that of the best fixed policy in hindsight.",
            observation={"state": f"its number, 0..{S - 1}, layer by layer"},
            action={"action": f"0..{A - 1}"},
            reward="minus the loss of the step under the losses of this round",
            info=told,
            random_return=random,
            optimal_return=best,
            source="Dai, Luo, Wei, Zimmert, Refined Regret for Adversarial MDPs, ICML 2023",
        )
