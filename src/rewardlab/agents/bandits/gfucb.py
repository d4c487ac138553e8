"""GFUCB: joint optimism of several tasks about a representation that they share.

    (φ̂, Ŵ) = argmin Σ_{s,i} (φ(x_{s,i}) · w_i − r_{s,i})² + λ Σ_i |w_i|²    over N maps φ
    F = {(φ, W): Σ_{s,i} (φ(x_{s,i}) · w_i − φ̂(x_{s,i}) · ŵ_i)² ≤ β},    β = C s² (T k ln t + ln N + ln (1/δ))
    play argmax over arms of max_{(φ,W) ∈ F} Σ_i φ(x_i) · w_i

N counts by its logarithm, and once for all T tasks: with many maps each task pays less for finding the right one than
it would alone. For each map the best W in F has a closed form, so that the maximum is exact.

Source: Lu, Zhao, Du, Huang, "Provable General Function Class Representation Learning in Multitask Bandits and MDPs",
NeurIPS 2022, Algorithm 1 (for a finite class; the ridge and the constant are ours).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rewardlab.agents.loops.contextual import ContextualAgent, shrunk
from rewardlab.agents.loops.joint_optimism import jointly
from rewardlab.core.errors import BadOption

FRESH = 512  # rounds after which inverses are computed anew


@dataclass(eq=False, kw_only=True)
class GFUCB(ContextualAgent):
    """Optimism over N maps and the weights of T tasks; maps are φ(x) = tanh(B x) / √k, or the identity alone.

    λ bounds the ellipsoids of weights that are not yet determined; it stands in F as λ |w − ŵ|² for the map φ̂ and as
    λ |w|² for the others. With the identity and one task the method is LinUCB with β as the square of its own. Rows
    that share a memory choose by what all of them knew before the step.

    Args:
        matrices: [N, k, d] the matrices B; None for the identity, k = d.
        lam: λ > 0.
        scale: C > 0.
        noise: s > 0, the pay's deviation.
        delta: δ in (0, 1).
        beta: β itself, a number >= 0; None for the one that grows.

    Attributes:
        A: [M, N, T, k, k] λ I + Σ φ φᵀ.
        inverse: [M, N, T, k, k] of A.
        b: [M, N, T, k] Σ φ r.
        squares: [M] Σ r².
        leader: [M] the map φ̂.
        cross: [M, N, T, k, k] Σ φ φ̂ᵀ.
        seen: [M, C, T, d] the vectors chosen, the first `rounds` of them.
        rounds: [M].

    Raises:
        BadOption: for a number outside its range, or matrices of another shape.
    """

    matrices: ArrayLike | None = None
    lam: float = 1.0
    scale: float = 1.0
    noise: float = 0.1
    delta: float = 0.05
    beta: float | None = None

    def prepare(self) -> None:
        super().prepare()
        for name in ("lam", "scale", "noise"):
            if not 0 < getattr(self, name) < math.inf:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="GFUCB", expected="a number above 0")
        if not 0 < self.delta < 1:
            raise BadOption(f"delta={self.delta!r}", where="GFUCB", expected="a number between 0 and 1")
        if self.beta is not None and not 0 <= self.beta < math.inf:
            raise BadOption(f"beta={self.beta!r}", where="GFUCB", expected="a number >= 0")
        self._B: np.ndarray | None = None  # [N, k, d]
        if self.matrices is not None:
            given = np.array(self.matrices, dtype=np.float64)
            if given.ndim != 3 or not given.size or given.shape[2] != self.dimension or not np.isfinite(given).all():
                raise BadOption(
                    f"matrices of shape {list(given.shape)}",
                    where="GFUCB",
                    expected=f"finite, [N, k, {self.dimension}]",
                )
            self._B, self.matrices = given, given.tolist()
        maps, k = (1, self.dimension) if self._B is None else self._B.shape[:2]
        head = (self.memories, maps, self.tasks)
        self.A = np.zeros((*head, k, k)) + self.lam * np.eye(k)
        self.inverse = np.zeros_like(self.A) + np.eye(k) / self.lam
        self.b, self.squares, self.cross = np.zeros((*head, k)), np.zeros(self.memories), np.zeros((*head, k, k))
        self.leader, self.rounds = (np.zeros(self.memories, dtype=np.int64) for _ in range(2))
        self.seen = np.zeros((self.memories, 64, self.tasks, self.dimension))

    def phi(self, x: np.ndarray) -> np.ndarray:
        """Features [N, ..., k] of vectors [..., d]."""
        if self._B is None:
            return x[None]
        shape = self._B.shape[:1] + (1,) * (x.ndim - 2) + self._B.shape[1:]
        return np.tanh(x @ self._B.reshape(shape).swapaxes(-1, -2)) / math.sqrt(self._B.shape[1])

    def radius(self, rounds: np.ndarray) -> np.ndarray:
        """β [...] after so many rounds [...]."""
        if self.beta is not None:
            return np.full(np.shape(rounds), float(self.beta))
        maps, k = self.b.shape[1], self.b.shape[3]
        grows = self.tasks * k * np.log(np.maximum(rounds, 2)) + math.log(maps) + math.log(1 / self.delta)
        return self.scale * self.noise**2 * grows

    def weights(self, m: int) -> np.ndarray:
        """Ŵ [T, k] of memory m."""
        j = self.leader[m]
        return (self.inverse[m, j] @ self.b[m, j, ..., None])[..., 0]

    def centres(self, m: int) -> tuple[np.ndarray, np.ndarray]:
        """For each map the weights [N, T, k] nearest to the leader's predictions, and what is left of β [N] there."""
        j, w = self.leader[m], self.weights(m)
        p = (self.cross[m] @ w[None, ..., None])[..., 0]  # [N, T, k]
        p[j] += self.lam * w
        centre = (self.inverse[m] @ p[..., None])[..., 0]
        total = float((w * (self.A[m, j] @ w[..., None])[..., 0]).sum() - self.lam * (w * w).sum())
        away = total - (p * centre).sum((1, 2))
        away[j] = 0.0
        return centre, self.radius(self.rounds[m]) - away

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        arms = np.empty(x.shape[:2], dtype=np.int64)
        for i, own in enumerate(x):
            m = i if self.memories == len(x) else 0
            phi = self.phi(own)  # [N, T, n, k]
            centre, left = self.centres(m)
            held = np.flatnonzero(left >= 0)
            phi = phi[held]
            a = (phi @ centre[held][..., None])[..., 0]
            q = np.maximum(((phi @ self.inverse[m][held]) * phi).sum(-1), 0.0)
            arms[i] = jointly(a, q, left[held])[1]
        return arms

    def value(self, x: np.ndarray) -> np.ndarray:
        out = np.empty(x.shape[:3])
        for i, own in enumerate(x):
            m = i if self.memories == len(x) else 0
            phi = self.phi(own)[self.leader[m]]
            out[i] = (phi @ self.weights(m)[..., None])[..., 0]
        return out

    def feed(self, memory: np.ndarray, x: np.ndarray, pay: np.ndarray) -> None:
        if int(self.rounds.max()) + len(x) > self.seen.shape[1]:
            more = np.zeros((self.memories, max(self.seen.shape[1], len(x)), self.tasks, self.dimension))
            self.seen = np.concatenate([self.seen, more], axis=1)
        for m, own, paid in zip(memory, x, pay, strict=True):
            phi = self.phi(own)  # [N, T, k]
            self.inverse[m] = shrunk(self.inverse[m], phi)[0]
            self.A[m] += phi[..., :, None] * phi[..., None, :]
            self.b[m] += phi * paid[:, None]
            self.cross[m] += phi[..., :, None] * phi[self.leader[m], :, None, :]
            self.squares[m] += float((paid**2).sum())
            self.seen[m, self.rounds[m]] = own
            self.rounds[m] += 1
            if self.rounds[m] % FRESH == 0:
                self.inverse[m] = np.linalg.inv(self.A[m])
            self._lead(m)

    def _lead(self, m: int) -> None:
        """The map with the least squares; where it is another one, `cross` is summed up anew."""
        fitted = (self.b[m] * (self.inverse[m] @ self.b[m][..., None])[..., 0]).sum((1, 2))
        leader = int(fitted.argmax())  # the loss is Σ r² less this
        if leader == self.leader[m]:
            return
        self.leader[m] = leader
        phi = self.phi(self.seen[m, : self.rounds[m]])  # [N, t, T, k]
        self.cross[m] = np.einsum("ntik,til->nikl", phi, phi[leader], optimize=True)

    def tables(self) -> dict[str, Any]:
        sums = {"A": self.A, "inverse": self.inverse, "b": self.b, "squares": self.squares, "cross": self.cross}
        return {**super().tables(), **sums, "leader": self.leader, "seen": self.seen, "rounds": self.rounds}
