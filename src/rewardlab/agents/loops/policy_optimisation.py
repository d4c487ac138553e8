"""The loop of policy optimisation against an adversary: known transitions, losses that are seen where one went.

Σ_h = E_π[φ φᵀ] + γ I,    G_h(s, a) = φ(s, a)ᵀ Σ_h⁻¹ φ(s_h, a_h)
b_h(s, a) = β ( ‖φ(s, a)‖²_{Σ_h⁻¹} + Σ_c π(c | s) ‖φ(s, c)‖²_{Σ_h⁻¹} )
B_h(s, a) = b_h(s, a) + (1 + 1/H) Σ_y P(y | s, a) Σ_c π(c | y) B_{h+1}(y, c)
"""

import math
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular_runs import COUNT, FINITE, ROUNDS, Moves, RunsAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class PolicyOptimisationAgent(RunsAgent):
    """An agent that plays a regularised leader in each state and step, on estimates of its loss to go.

    Losses are `offset` less the reward, in [0, 1]; those of an episode may be any. Rows that share a memory and end an
    episode together count as one of their mean. The occupancies that estimates are divided by are computed, not
    simulated: the transitions are known.

    The defaults of η and β are ours. Those for which regret is bounded, `proven`, guard against a worst case with
    losses of H in all d directions; with them it takes some 10⁴ rounds before a policy leaves what it began with.

    Methods write `law`, `estimate` and `size`.

    Args:
        transitions: P [S, A, S], rows may sum to less where the episode ends; not an option in files but a table.
        features: φ [S, A, d] in which the loss to go is linear; None for one for each state and action.
        horizon: H >= 1.
        rounds: K >= 1 episodes to come, for the defaults below.
        eta: η > 0; None for √(size / K), where `size` is what the regulariser of a method has to pay.
        gamma: γ > 0; None for 1 / K.
        bonus: β >= 0; None for 0.1 / √K, 0 leaves the bonus out.
        offset: what a reward is taken from.

    Attributes:
        Q: [M, H, S, A] minus the losses to go estimated so far, bonuses added.

    Raises:
        BadOption: without transitions, or for arrays or numbers that are none of these.
    """

    transitions: InitVar[Any] = None
    features: InitVar[Any] = None
    horizon: int = 3
    rounds: int = 1000
    eta: float | None = None
    gamma: float | None = None
    bonus: float | None = None
    offset: float = 0.0

    def __post_init__(self, transitions: Any, features: Any) -> None:  # type: ignore[override]
        self._given = transitions, features
        super().__post_init__()

    def prepare(self) -> None:
        self.check(horizon=COUNT, rounds=ROUNDS, offset=FINITE)
        for name in ("eta", "gamma"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise BadOption(f"{name}={value!r}", where=self._name, expected="a number above 0, or None")
        if self.bonus is not None and not 0 <= self.bonus < math.inf:
            raise BadOption(f"bonus={self.bonus!r}", where=self._name, expected="a number >= 0, or None")
        S, A, M, (P, phi) = self.num_states, self.num_actions, self.memories, self._given
        if P is None and self._rollout is not None:
            raise BadOption("no transitions", where=self._name, expected=f"transitions=[{S}, {A}, {S}]")
        self.P = np.zeros((S, A, S)) if P is None else np.array(P, dtype=float)
        if self.P.shape != (S, A, S) or (self.P < 0).any() or (self.P.sum(2) > 1 + 1e-8).any():
            raise BadOption(f"transitions of shape {self.P.shape}", where=self._name, expected=f"{(S, A, S)}")
        self.phi = np.eye(S * A).reshape(S, A, -1) if phi is None else np.array(phi, dtype=float)
        if self.phi.ndim != 3 or self.phi.shape[:2] != (S, A) or not np.isfinite(self.phi).all():
            raise BadOption(f"features of shape {self.phi.shape}", where=self._name, expected=f"[{S}, {A}, d]")
        self.Q = np.zeros((M, self.horizon, S, A))
        self._path = np.zeros((3, 0, self.horizon))  # state, action, loss of [N, H]

    def law(self, total: np.ndarray) -> np.ndarray:
        """π [..., A] for the losses to go so far [..., A]."""
        raise NotImplementedError

    def estimate(self, G: np.ndarray, loss: np.ndarray, weight: np.ndarray, inverse: np.ndarray) -> np.ndarray:
        """The loss to go [n, H, S, A] from what was met.

        Args:
            G: φ(s, a)ᵀ Σ⁻¹ φ(s_h, a_h) [n, H, S, A].
            loss: to go from there, [n, H].
            weight: how often each pair is met, [n, H, S, A].
            inverse: Σ⁻¹ [n, H, d, d].
        """
        raise NotImplementedError

    @classmethod
    def size(cls, actions: int, rounds: int) -> float:
        """The range of the regulariser over what one may compete with after so many rounds."""
        raise NotImplementedError

    @classmethod
    def proven(cls, *, actions: int, dimension: int, horizon: int, rounds: int) -> dict[str, Any]:
        """The constants of the bound: η = √(size / (d H² K)), β = η H², γ = 1 / K, as options of an agent.

        With them a bonus pays for what estimates vary, η H² ‖φ‖², and size / η and η H² d K, summed up over the
        rounds, are alike.

        Args:
            actions: A.
            dimension: d, S A without features.
            horizon: H.
            rounds: K.
        """
        eta = math.sqrt(cls.size(actions, rounds) / (dimension * horizon**2 * rounds))
        return {"eta": eta, "bonus": eta * horizon**2, "gamma": 1.0 / rounds}

    @property
    def rate(self) -> float:
        """η."""
        return math.sqrt(self.size(self.num_actions, self.rounds) / self.rounds) if self.eta is None else self.eta

    @property
    def beta(self) -> float:
        """β."""
        return 0.1 / math.sqrt(self.rounds) if self.bonus is None else self.bonus

    def policy(self) -> np.ndarray:
        """π [M, H, S, A]."""
        return self.law(-self.Q)

    def act(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        chance = self.law(-self.Q[memory, when, state])
        line = chance.cumsum(1)
        return np.minimum((line < rng.random((len(state), 1))).sum(1), self.num_actions - 1)

    def take(self, moves: Moves) -> None:
        if self._path.shape[1] != self.n_envs:
            self._path = np.zeros((3, self.n_envs, self.horizon))
        r, h = moves.row, moves.when
        self._path[0, r, h], self._path[1, r, h] = moves.state, moves.action
        self._path[2, r, h] = self.offset - moves.reward
        rows = r[moves.over]
        if len(rows):
            lengths = h[moves.over] + 1
            self._learn(rows, moves.memory[moves.over], lengths)

    def occupancy(self, policy: np.ndarray, first: np.ndarray) -> np.ndarray:
        """How often each pair is met at each step [n, H, S, A] under policies [n, H, S, A] from states [n, S]."""
        out, here = np.zeros(policy.shape), first
        for h in range(self.horizon):
            out[:, h] = here[:, :, None] * policy[:, h]
            here = np.einsum("nsa,say->ny", out[:, h], self.P)
        return out

    def dilated(self, policy: np.ndarray, inverse: np.ndarray) -> np.ndarray:
        """B [n, H, S, A] for policies [n, H, S, A] and Σ⁻¹ [n, H, d, d]."""
        square = np.einsum("sad,nhde,sae->nhsa", self.phi, inverse, self.phi, optimize=True)
        b = self.beta * (square + (policy * square).sum(3, keepdims=True))
        B, grow = np.zeros_like(b), 1.0 + 1.0 / self.horizon
        beyond = np.zeros((len(b), self.num_states))
        for h in reversed(range(self.horizon)):
            B[:, h] = b[:, h] + grow * np.einsum("say,ny->nsa", self.P, beyond)
            beyond = (policy[:, h] * B[:, h]).sum(2)
        return B

    def _learn(self, rows: np.ndarray, memory: np.ndarray, lengths: np.ndarray) -> None:
        state, action = self._path[:2, rows].astype(np.int64)  # [n, H]
        lived = np.arange(self.horizon) < lengths[:, None]
        to_go = np.where(lived, self._path[2, rows], 0.0)[:, ::-1].cumsum(1)[:, ::-1]
        policy = self.law(-self.Q[memory])
        first = self.met[memory, 0] / self.met[memory, 0].sum(1, keepdims=True)
        weight = self.occupancy(policy, first)
        ground = 1.0 / self.rounds if self.gamma is None else self.gamma
        gram = np.einsum("nhsa,sad,sae->nhde", weight, self.phi, self.phi, optimize=True)
        inverse = np.linalg.inv(gram + ground * np.eye(self.phi.shape[2]))
        there = self.phi[state, action] * lived[..., None]  # [n, H, d]; nothing is met after an end
        G = np.einsum("sad,nhde,nhe->nhsa", self.phi, inverse, there, optimize=True)
        change = self.estimate(G, to_go, weight, inverse)
        if self.beta:
            change = change - self.dilated(policy, inverse)
        share = np.bincount(memory, minlength=self.memories)[memory]
        np.subtract.at(self.Q, memory, change / share[:, None, None, None])

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "P": self.P, "phi": self.phi}
