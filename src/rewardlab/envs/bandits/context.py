"""Contextual bandit: n vectors a round, in one task or in several that share what counts.

    r_i = f_i(x) + ε,  f_i(x) = φ(x) · w_i;    or  r_i ~ Bernoulli(1 / (1 + exp(−x · w_i)))
    regret of a round = Σ_i max_k f_i(x_ik) − f_i(x_{i,a_i})

With φ the identity and one task it is the linear bandit. Tasks that share an unknown φ are worth solving together.

Source: Li, Chu, Langford, Schapire, "A Contextual-Bandit Approach to Personalized News Article Recommendation", WWW
2010 (linear pay); Filippi, Cappé, Garivier, Szepesvári, "Parametric Bandits: The Generalized Linear Case", NeurIPS 2010
(logistic pay); Lu, Zhao, Du, Huang, "Provable General Function Class Representation Learning in Multitask Bandits and
MDPs", NeurIPS 2022, Section 3 (tasks that share a representation).
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import Tables, whole
from rewardlab.envs.bandits.vectors import Vectors, along, mapped, where
from rewardlab.envs.world import Card, Columns, State

_WHERE = "ContextBandit"
LINKS = ("linear", "logistic", "maps", "net")


@dataclass
class ContextBandit(Vectors):
    """M tasks, n vectors in R^d for each of them in each of T rounds, drawn alike from the unit sphere.

    With one task an action is one arm, with several it is one for each.

    Args:
        link: "linear", φ(x) = x; "logistic", pay of 0 or 1 with the logistic function of x · w as mean; "maps",
            φ(x) = tanh(B x) / √k with one of N random matrices B, the same for all tasks; "net", φ the k outputs of
            a random network, tanh(B tanh(A x)) / √k.
        tasks: M >= 1.
        arms: n >= 2.
        size: d >= 2.
        features: k >= 1, the length of φ for "maps" and "net".
        maps: N >= 1, the number of matrices for "maps", with normal entries.
        hidden: units of the network for "net".
        scale: |w_i| > 0; the directions are drawn once.
        noise: standard deviation >= 0 of the pay; unused with "logistic".
        instance: seed of weights, matrices and network.
        pulls: T >= 1, rounds per episode.

    Attributes:
        weights: [M, d], or [M, k] with "maps" and "net".
        matrices: [N, k, d], with "maps".
        true_map: which of them it is.

    Raises:
        BadOption: for a link or a size that does not exist.
    """

    link: str = "linear"
    tasks: int = 1
    arms: int = 10
    size: int = 10
    features: int = 3
    maps: int = 200
    hidden: int = 32
    scale: float = 1.0
    noise: float = 0.1
    instance: int = 0
    pulls: int = 300

    def __post_init__(self) -> None:
        if self.link not in LINKS:
            raise BadOption(
                f"link={self.link!r}",
                where=_WHERE,
                expected=f"one of {', '.join(LINKS)}",
                mend=nearest(str(self.link), LINKS),
            )
        whole(_WHERE, tasks=self.tasks, features=self.features, maps=self.maps, hidden=self.hidden, pulls=self.pulls)
        whole(_WHERE, 2, arms=self.arms, size=self.size)
        if not 0.0 < self.scale < math.inf:
            raise BadOption(f"scale={self.scale!r}", where=_WHERE, expected="a finite number above 0")
        if not 0.0 <= self.noise < math.inf:
            raise BadOption(f"noise={self.noise!r}", where=_WHERE, expected="a finite number >= 0")
        rng = np.random.default_rng(self.instance)
        deep = self.link in ("maps", "net")
        weights = rng.normal(size=(self.tasks, self.features if deep else self.size))
        self.weights = self.scale * weights / np.linalg.norm(weights, axis=1, keepdims=True)
        self.true_map, self.matrices = 0, np.zeros((0, self.features, self.size))
        held = {"weights": self.weights}
        if self.link == "maps":
            self.matrices = rng.normal(size=(self.maps, self.features, self.size))
            self.true_map = int(rng.integers(self.maps))
            held["matrices"] = self.matrices
        elif self.link == "net":
            held["A"] = rng.normal(size=(self.hidden, self.size))
            held["B"] = rng.normal(size=(self.features, self.hidden)) / math.sqrt(self.hidden)
        self._tables = Tables(**held)
        self._open(self.tasks, self.arms, self.size)

    def phi(self, x: Array, number: int | None = None) -> Array:
        """Features [..., k] of vectors [..., d]; with "maps" those of the true matrix, or of the one of that number."""
        if self.link in ("linear", "logistic"):
            return x
        xp, held = namespace(x), self._tables(where(x))
        if self.link == "maps":
            inner = mapped(held["matrices"][self.true_map if number is None else number], x)
        else:
            inner = mapped(held["B"], xp.tanh(mapped(held["A"], x)))
        return xp.tanh(inner) / math.sqrt(self.features)

    def mean_pay(self, x: Array) -> Array:
        """f_i(x) [..., M, n] of vectors [..., M, n, d]."""
        score = along(self.phi(x), self._tables(where(x))["weights"])
        return 1.0 / (1.0 + namespace(x).exp(-score)) if self.link == "logistic" else score

    def fresh(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        z = rng.normal((self.tasks, self.arms, self.size))
        square = z[..., 0] * z[..., 0]
        for j in range(1, self.size):
            square = square + z[..., j] * z[..., j]
        return {"x": xp.astype(z / xp.sqrt(square)[..., None], xp.float32)}

    def vectors(self, state: State) -> Array:
        return state["x"]

    def means(self, state: State) -> Array:
        x = state["x"]
        return self.mean_pay(namespace(x).astype(x, namespace(x).float64))

    def paid(self, mean: Array, rng: Streams) -> tuple[Array, Columns]:
        if self.link == "logistic":
            return rng.xp.astype(rng.uniform((self.tasks,)) < mean, rng.xp.float64), {}
        return mean + self.noise * rng.normal((self.tasks,)), {}

    @property
    def optimal_value(self) -> float | None:
        """The expected return of the best arms, exact where φ is the identity; else None.

        x · w / |w| is 2 B − 1 with B ~ Beta((d − 1) / 2, (d − 1) / 2), of which the largest of n counts.
        """
        if self.link in ("maps", "net"):
            return None
        from scipy import integrate, special

        half = (self.size - 1) / 2

        def pay(q: float) -> float:
            score = self.scale * (2.0 * special.betaincinv(half, half, q) - 1.0)
            gain = 1.0 / (1.0 + math.exp(-score)) if self.link == "logistic" else score
            return float(self.arms * q ** (self.arms - 1) * gain)

        return self.pulls * self.tasks * float(integrate.quad(pay, 0.0, 1.0, epsabs=1e-11, limit=200)[0])

    def card(self) -> Card:
        m, n, d = self.tasks, self.arms, self.size
        law = "1 with f(x) as probability, else 0" if self.link == "logistic" else f"f(x) + {self.noise:g} N(0, 1)"
        words = {"maps": f", one of {self.maps} feature maps", "net": ", features of a hidden network"}
        return Card(
            summary=f"{m} {'task' if m == 1 else 'tasks'} of {n} vectors in each of {self.pulls} rounds, "
            f"{self.link} pay{words.get(self.link, '')}.",
            observation={f"x[{n}, {d}]" if m == 1 else f"x[{m}, {n}, {d}]": "the arms, vectors of length 1"},
            action={"action": f"the arm to choose, 0..{n - 1}" + ("" if m == 1 else f", in each of {m} tasks")},
            reward=f"The true reward is the pay of the chosen arms, added up over tasks: {law}.",
            info=self._described(m),
            # Each law is odd around its mean, and so are the vectors.
            random_return=self.pulls * m * (0.5 if self.link == "logistic" else 0.0),
            optimal_return=self.optimal_value,
            source="Li, Chu, Langford, Schapire, A Contextual-Bandit Approach to Personalized News Article "
            "Recommendation, WWW 2010",
        )
