"""Gold and proxy along a line: how far to go in the direction that the proxy likes.

    z ~ N(m u, I),    KL = m²/2,    E[paid] = m |∇q|,    E[g] = g(m u) + constant
    g = a · z − c |z|²/2:    R(d) = √2 d (a · u) − c d²,    d = √KL,    with its peak at d = a · u / (√2 c)

The whole family of policies that a linear proxy leads to; the action is the distance m. What is paid never stops
rising; the true reward of a curved gold does.

Source: Rafailov, Chittepu, Park, Sikchi, Hejna, Knox, Finn, Niekum, "Scaling Laws for Reward Model Overoptimization in
Direct Alignment Algorithms", NeurIPS 2024, Section 3 (the law in √KL); Gao, Schulman, Hilton, "Scaling Laws for Reward
Model Overoptimization", ICML 2023.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.gold_errors import errors_of
from rewardlab.envs.bandits.response_tables import check_sizes
from rewardlab.envs.lookup import Tables
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, Picture
from rewardlab.envs.world import Card, Columns, Rules, State


@dataclass
class GoldShift(Rules):
    """One number a to choose, -1..1, for the distance m = limit · a; the response is then drawn from N(m u, I).

    Args:
        errors: a law with linear proxies, "linear", "gaussian", "shortcut" or "two".
        options: options of that law, see `rewardlab.envs.bandits.gold_errors`.
        limit: the largest |m|, above 0.
        draws: M >= 1, responses of the base law that are scored in `references` at each step.

    Raises:
        BadOption: for a law whose proxies are not linear, or numbers outside their ranges.
    """

    errors: str = "linear"
    options: Mapping[str, Any] | None = None
    limit: float = 6.0
    draws: int = 8

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False  # normal numbers take a logarithm and a cosine

    def __post_init__(self) -> None:
        check_sizes("GoldShift", draws=self.draws)
        if not 0 < self.limit < np.inf:
            raise BadOption(f"limit={self.limit!r}", where="GoldShift", expected="a finite number above 0")
        self.law = errors_of(self.errors, self.options, where="GoldShift")
        gradient = self.law.gradient()
        self.slope = float(np.linalg.norm(gradient))
        if self.slope == 0:
            raise BadOption(f"options={self.options!r}", where="GoldShift", expected="a proxy that is not flat")
        self.direction = gradient / self.slope  # [d] u
        self._tables = Tables(direction=self.direction, weights=np.array(self.law.weights))
        self.observation_space = spaces.Discrete(1)
        self.action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        zero = xp.zeros_like(rng.seed)
        return {"over": zero, "m": xp.astype(zero, xp.float64)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, held = rng.xp, self._tables(rng.device)
        u, weights = held["direction"], held["weights"]
        m = self.limit * xp.astype(action[:, 0], xp.float64)
        z = m[:, None] * u + rng.normal((self.law.size,))
        aside = rng.normal((self.draws, self.law.size))
        proxies = self.law.proxies(z)
        mean = self._expected(m, u)
        columns = {
            "true_reward": self.law.gold(z),
            "proxies": proxies,
            "kl": 0.5 * m * m,
            "expected_gold": mean,
            "regret": self._best - mean,
            "references": self.law.proxies(aside) @ weights,
            "success": mean >= self._best - 0.05 * self._worth_going,
        }
        over = xp.ones_like(m, dtype=xp.bool)
        return {"over": state["over"] + 1, "m": m}, proxies @ weights, over, columns

    def look(self, state: State) -> Tree:
        return state["over"] * 0

    def _expected(self, m: Array, u: Array) -> Array:
        return self.law.gold(m[:, None] * u) + self.law.spread

    def expected_gold(self, m: Any) -> np.ndarray:
        """E[g] [...] of the policies N(m u, I), for distances m [...]."""
        return self.law.gold(np.asarray(m, dtype=np.float64)[..., None] * self.direction) + self.law.spread

    @property
    def peak(self) -> float:
        """The distance m within the limit at which the expected gold is largest."""
        left, middle, right = self.expected_gold(np.array([-1.0, 0.0, 1.0]))
        bend, rise = (left + right) / 2 - middle, (right - left) / 2  # bend m² + rise m + middle
        ends = [-self.limit, self.limit]
        if bend < -1e-12:
            ends.append(min(max(float(-rise / (2 * bend)), -self.limit), self.limit))
        return float(max(ends, key=lambda m: float(self.expected_gold(m))))

    @property
    def _best(self) -> float:
        return float(self.expected_gold(self.peak))

    @property
    def _worth_going(self) -> float:
        return self._best - float(self.expected_gold(0.0))

    def draw(self, state: State, i: int) -> np.ndarray:
        m, over = float(state["m"][i]), int(state["over"][i])
        picture = Picture(340, 480)
        picture.write(f"distance {m:.3g}    KL {m * m / 2:.3g}" if over else "no distance yet", 16, 14)
        along = np.linspace(-self.limit, self.limit, 97)
        paid, gold = along * self.slope, self.expected_gold(along)
        low, high = min(paid.min(), gold.min()), max(paid.max(), gold.max())
        x = 16 + 448 * (along + self.limit) / (2 * self.limit)
        for values, colour in ((paid, FAINT), (gold, GOLD)):
            y = 300 - 250 * (values - low) / (high - low)
            for j in range(96):
                picture.line(x[j], y[j], x[j + 1], y[j + 1], 3, colour)
        marks = [(self.peak, GOLD), (0.0, INK)] + [(m, BLUE)] * bool(over)
        for value, colour in marks:
            place = 16 + 448 * (value + self.limit) / (2 * self.limit)
            picture.line(place, 50, place, 300, 2, colour)
        for words, colour, left in (
            ("paid", FAINT, 16),
            ("gold", GOLD, 100),
            ("chosen", BLUE, 190),
            ("base", INK, 300),
        ):
            picture.box(left, 314, 12, 12, colour)
            picture.write(words, left + 16, 313)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        m = float(state["m"][i])
        if not int(state["over"][i]):
            return f"choose a distance, -1..1 times {self.limit:g}"
        return f"distance {m:.4g}, KL {m * m / 2:.4g}, expected true reward {float(self.expected_gold(m)):.4g}"

    def card(self) -> Card:
        return Card(
            summary="Choose how far to go in the direction that a linear proxy likes; that ends the episode.",
            observation={"nothing": "always 0"},
            action={"a": f"the distance m in units of {self.limit:g} standard deviations, -1..1"},
            reward="Paid is the proxy of a response from N(m u, I). The true reward is its gold, in `true_reward`.",
            info={
                "true_reward": "the gold of the response",
                "proxies": f"[{self.law.count}] what each proxy says of it",
                "kl": "m²/2, the divergence from the base law in nats, >= 0",
                "expected_gold": "the mean of true_reward at this distance",
                "regret": "the largest expected gold within the limit minus this one, >= 0",
                "references": f"[{self.draws}] the pay of responses of the base law",
                "success": "True if at most 5 % of what the best distance gains is missing",
            },
            random_return=0.0,
            optimal_return=self.limit * self.slope,
            source="Rafailov and others, Scaling Laws for Reward Model Overoptimization in Direct Alignment, 2024",
        )
