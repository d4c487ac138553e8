"""NeuralLinear: Thompson sampling on the last layer of a network.

    z = φ(x), the last hidden layer,    A = Λ + Σ z zᵀ / s²,    θ̃ ~ N(A⁻¹ Σ z r / s², A⁻¹),    Λ = λ I
    pull argmax_x  z · θ̃;    every so many rounds the network is trained on all that was seen, and A is made anew

The network finds features in which pay is linear, and a Bayesian regression on them says how sure one may be. What the
features themselves leave open is not sampled.

Source: Riquelme, Tucker, Snoek, "Deep Bayesian Bandits Showdown: An Empirical Comparison of Bayesian Deep Networks for
Thompson Sampling", ICLR 2018 (NeuralLinear; the deviation s is given here, and not sampled).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.contextual import ContextualAgent, best, shrunk
from rewardlab.core.errors import BadOption

FIRST = 64  # rounds for which there is room at first
BATCH = 64  # rounds


@dataclass(eq=False, kw_only=True)
class NeuralLinear(ContextualAgent):
    """A network of two hidden layers for each memory, shared by its tasks, with a linear head for each task.

    The networks of all memories are trained at once, by Adam on squared errors, with torch on the CPU. Rows that share
    a memory draw a head each.

    Args:
        hidden: units of the first hidden layer, >= 1.
        features: units of the last one, the length of z, >= 1.
        lam: λ > 0.
        noise: s > 0, the pay's deviation.
        every: rounds between two trainings, >= 1.
        epochs: passes over what was seen in a training, >= 1; batches are of 64 rounds.
        lr: learning rate > 0.

    Attributes:
        weights: [M, P] the networks: matrices and offsets of three layers, one after the other.
        A: [M, T, F, F].
        inverse: [M, T, F, F].
        b: [M, T, F] Σ z r / s².
        seen: [M, C, T, d] the vectors chosen, the first `rounds` of them.
        paid_for: [M, C, T] what they paid.
        rounds: [M].

    Raises:
        BadOption: for a number outside its range.
    """

    hidden: int = 32
    features: int = 16
    lam: float = 1.0
    noise: float = 0.2
    every: int = 50
    epochs: int = 20
    lr: float = 3e-3

    def prepare(self) -> None:
        super().prepare()
        for name in ("hidden", "features", "every", "epochs"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadOption(f"{name}={value!r}", where="NeuralLinear", expected="an integer >= 1")
        for name in ("lam", "noise", "lr"):
            if not 0 < getattr(self, name) < math.inf:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="NeuralLinear", expected="a number above 0")
        M, T, d, h, F = self.memories, self.tasks, self.dimension, self.hidden, self.features
        self._shapes = ((d, h), (1, h), (h, F), (1, F), (F, T), (1, T))
        drawn = [self._rng.standard_normal((M, i * j)) * (math.sqrt(2.0 / i) * (i > 1)) for i, j in self._shapes]
        self.weights = np.concatenate(drawn, axis=1)
        self.seen, self.paid_for = np.zeros((M, FIRST, T, d)), np.zeros((M, FIRST, T))
        self.rounds = np.zeros(M, dtype=np.int64)
        self.A = np.zeros((M, T, F, F)) + self.lam * np.eye(F)
        self.inverse, self.b = np.zeros_like(self.A) + np.eye(F) / self.lam, np.zeros((M, T, F))

    def phi(self, x: np.ndarray) -> np.ndarray:
        """z [M, B, F] of vectors [M, B, d]."""
        W1, c1, W2, c2, _, _ = self.layers(self.weights)
        return np.maximum(np.maximum(x @ W1 + c1, 0.0) @ W2 + c2, 0.0)

    def layers(self, weights: Any) -> list[Any]:
        """Matrices and offsets [M, ...] of weights [M, P], as views."""
        ends = np.cumsum([i * j for i, j in self._shapes]).tolist()
        begins = [0, *ends[:-1]]
        parts = zip(begins, ends, self._shapes, strict=True)
        return [weights[:, a:b].reshape(len(weights), *shape) for a, b, shape in parts]

    def shown(self, x: np.ndarray) -> np.ndarray:
        """z [N, T, n, F] of vectors [N, T, n, d], each row by the network of its memory."""
        head, d = (len(x), -1) if self.memories > 1 else (1, -1), x.shape[-1]
        return self.phi(x.reshape(*head, d)).reshape(*x.shape[:-1], self.features)

    @property
    def theta(self) -> np.ndarray:
        """[M, T, F] means of the heads."""
        return (self.inverse @ self.b[..., None])[..., 0]

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        root = np.linalg.cholesky(self.inverse)
        z = rng.standard_normal((len(x), self.tasks, self.features, 1))
        head = self.theta + (root @ z)[..., 0]
        return best((self.shown(x) @ head[..., None])[..., 0], rng)

    def value(self, x: np.ndarray) -> np.ndarray:
        return (self.shown(x) @ self.theta[..., None])[..., 0]

    def feed(self, memory: np.ndarray, x: np.ndarray, pay: np.ndarray) -> None:
        rounds = self.rounds.copy()
        while int(rounds.max()) + len(x) > self.seen.shape[1]:
            self.seen = np.concatenate([self.seen, np.zeros_like(self.seen)], axis=1)
            self.paid_for = np.concatenate([self.paid_for, np.zeros_like(self.paid_for)], axis=1)
        for m, own, paid in zip(memory, x, pay, strict=True):
            self.seen[m, self.rounds[m]], self.paid_for[m, self.rounds[m]] = own, paid
            self.rounds[m] += 1
        if ((self.rounds // self.every) > (rounds // self.every)).any():
            self.train()
            return
        if self.memories > 1:
            every = np.zeros((self.memories, *x.shape[1:]))
            every[memory] = x
            self._grow(memory, self.phi(every)[memory], pay)
            return
        z = self.phi(x.reshape(1, -1, self.dimension)).reshape(*x.shape[:2], self.features)
        for i in range(len(x)):  # rows of one memory come one after the other
            self._grow(memory[:1], z[i : i + 1], pay[i : i + 1])

    def _grow(self, memory: np.ndarray, z: np.ndarray, pay: np.ndarray) -> None:
        scaled = z / self.noise
        self.inverse[memory] = shrunk(self.inverse[memory], scaled)[0]
        self.A[memory] += scaled[..., :, None] * scaled[..., None, :]
        self.b[memory] += scaled * (pay / self.noise)[..., None]

    def train(self) -> None:
        """Train the networks on all that was seen, and make the heads anew."""
        import torch

        rounds, weights = int(self.rounds.max()), torch.tensor(self.weights, requires_grad=True)
        x, y = torch.from_numpy(self.seen[:, :rounds]), torch.from_numpy(self.paid_for[:, :rounds])
        known = torch.arange(rounds)[None] < torch.from_numpy(self.rounds)[:, None]  # [M, t]
        optimiser = torch.optim.Adam([weights], lr=self.lr)
        tasks = torch.arange(self.tasks)
        for _ in range(self.epochs):
            order = torch.from_numpy(self._rng.permutation(rounds))
            for part in order.split(BATCH):
                W1, c1, W2, c2, W3, c3 = self.layers(weights)
                held = x[:, part]  # [M, B, T, d]
                z = torch.relu(held.flatten(1, 2) @ W1 + c1)
                z = torch.relu(z @ W2 + c2)
                told = (z @ W3 + c3).unflatten(1, held.shape[1:3])[:, :, tasks, tasks]  # [M, B, T]
                off = (told - y[:, part]) ** 2 * known[:, part, None]
                optimiser.zero_grad()
                (off.mean((1, 2)).sum()).backward()
                optimiser.step()
        self.weights = weights.detach().numpy().copy()
        self.refit()

    def refit(self) -> None:
        """The heads of the features as they are now, from all that was seen."""
        M, rounds = self.memories, int(self.rounds.max())
        z = self.phi(self.seen[:, :rounds].reshape(M, -1, self.dimension))
        z = z.reshape(M, rounds, self.tasks, self.features) / self.noise
        z = z * (np.arange(rounds) < self.rounds[:, None])[..., None, None]
        self.A = np.einsum("mtif,mtig->mifg", z, z, optimize=True) + self.lam * np.eye(self.features)
        self.inverse[:] = np.linalg.inv(self.A)
        self.b = np.einsum("mtif,mti->mif", z, self.paid_for[:, :rounds] / self.noise, optimize=True)

    def tables(self) -> dict[str, Any]:
        head = {"A": self.A, "inverse": self.inverse, "b": self.b}
        data = {"seen": self.seen, "paid_for": self.paid_for, "rounds": self.rounds}
        return {**super().tables(), "weights": self.weights, **head, **data}
