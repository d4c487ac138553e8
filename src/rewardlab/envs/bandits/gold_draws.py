"""Gold and proxy among fresh draws: choose one of n responses that nobody has seen before.

    z_1 .. z_n ~ base,    paid = w · q(z_a),    true reward = g(z_a)
    E[g of the best of n by the mean of k proxies] = E[max of n normals] / √(1 + s²/k)      for Gaussian errors

Best-of-n as a task: no response can be learned by heart. Who follows the proxy is deceived the more, the larger n is
and the heavier the tails of the errors are.

Source: Gao, Schulman, Hilton, "Scaling Laws for Reward Model Overoptimization", ICML 2023, Section 3; Coste, Anwar,
Kirk, Krueger, "Reward Model Ensembles Help Mitigate Overoptimization", ICLR 2024, Section 3 (proxies that differ).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, array
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import best_of_divergence
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.gold_base import largest
from rewardlab.envs.bandits.gold_errors import Gaussian, errors_of
from rewardlab.envs.bandits.picture import answers
from rewardlab.envs.bandits.response_tables import check_sizes
from rewardlab.envs.lookup import Tables
from rewardlab.envs.world import Card, Columns, Rules, State


@dataclass
class GoldDraws(Rules):
    """n fresh responses, one of which is chosen; the observation is their vectors.

    Args:
        n: responses to choose from, at least 1.
        errors: a law of `rewardlab.envs.bandits.gold_errors`, but "hack", which is one of tables.
        options: options of that law.
        weights: [k] what each proxy is worth in what is paid; None for what the law says.
        draws: M >= 1, further draws of the base law that are scored in `references` at each step.

    Raises:
        BadOption: for a law, an option or a size that does not exist.
    """

    n: int = 16
    errors: str = "gaussian"
    options: Mapping[str, Any] | None = None
    weights: Sequence[float] | None = None
    draws: int = 8

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False  # normal numbers take a logarithm and a cosine

    def __post_init__(self) -> None:
        check_sizes("GoldDraws", n=self.n, draws=self.draws)
        if self.errors == "hack":
            raise BadOption(
                'errors="hack"', where="GoldDraws", expected="a law without planted responses", mend="GoldProxy"
            )
        self.law = errors_of(self.errors, self.options, where="GoldDraws")
        self._worth = np.array(self.law.weights if self.weights is None else self.weights, dtype=np.float64)
        if self._worth.shape != (self.law.count,) or not np.isfinite(self._worth).all():
            raise BadOption(f"weights={self.weights!r}", where="GoldDraws", expected=f"{self.law.count} finite numbers")
        self._tables = Tables(worth=self._worth)
        reach, shape = self.law.reach, (self.n, self.law.size)
        self.observation_space = spaces.Box(-reach, reach, shape, np.float32)
        self.action_space = spaces.Discrete(self.n)

    def _fresh(self, rng: Streams, count: int) -> Array:
        return self.law.base(rng.normal, rng.uniform, (count,))  # [N, count, d]

    def _paid(self, proxies: Array, device: Any) -> Array:
        return proxies @ self._tables(device)["worth"]

    def start(self, n: int, rng: Streams) -> State:
        z = self._fresh(rng, self.n)
        return {"z": z, "response": rng.xp.full_like(rng.seed, -1)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, z = rng.xp, state["z"]
        row = np.arange(len(action)) if rng.device is None else xp.arange(len(action), device=rng.device)
        gold, proxies = self.law.gold(z), self.law.proxies(z)  # [N, n], [N, n, k]
        true, best = gold[row, action], xp.max(gold, axis=-1)
        columns = {
            "true_reward": true,
            "proxies": proxies[row, action],
            "best": best,
            "regret": best - true,
            "references": self._paid(self.law.proxies(self._fresh(rng, self.draws)), rng.device),
            "success": true == best,
        }
        properties = self.law.properties(z)
        if properties is not None:
            columns["properties"] = properties[row, action]
        over = xp.ones_like(row, dtype=xp.bool)
        return {"z": z, "response": action + 0}, self._paid(columns["proxies"], rng.device), over, columns

    def look(self, state: State) -> Tree:
        z = state["z"]
        return z.astype(np.float32) if isinstance(z, np.ndarray) else z.float()

    @property
    def divergence(self) -> float:
        """KL of the best of n by any score without ties from the base law, log n − (n − 1)/n."""
        return best_of_divergence(self.n)

    def expected_gold(self, members: int = 1) -> float:
        """Expected gold of who takes the best by the mean of so many proxies; Gaussian errors only.

        Raises:
            BadOption: for other errors.
        """
        if not isinstance(self.law, Gaussian):
            raise BadOption(f"errors={self.errors!r}", where="GoldDraws.expected_gold", expected='"gaussian"')
        return self.law.best_of(self.n, members=members)

    def _optimal(self) -> float | None:
        if self.law.spread is None:
            return None
        return largest(self.n) * float(np.linalg.norm(self.law.gradient(self._worth)))

    def draw(self, state: State, i: int) -> np.ndarray:
        z, given = array(state["z"][i]), int(state["response"][i])
        title = f"{self.n} draws    " + ("none taken yet" if given < 0 else f"took {given}")
        return answers(title, self.law.proxies(z) @ self._worth, np.full(self.n, 1.0 / self.n), given)

    def text(self, state: State, i: int) -> str:
        z, given = array(state["z"][i]), int(state["response"][i])
        paid, gold = self.law.proxies(z) @ self._worth, self.law.gold(z)
        lines = [f"response {j}: proxy {paid[j]:.3f}" for j in range(self.n)]
        taken = [] if given < 0 else [f"took {given}, whose true reward is {gold[given]:.3f}"]
        return "\n".join(lines + taken)

    def card(self) -> Card:
        d, k = self.law.size, self.law.count
        linear = self.law.spread is not None
        info = {
            "true_reward": "the gold of the response",
            "proxies": f"[{k}] what each proxy says of it",
            "best": "the largest gold among the n",
            "regret": "best minus the gold of the response, >= 0",
            "references": f"[{self.draws}] the pay of further draws of the base law",
            "success": "True for the response with the largest gold",
        }
        if self.law.properties(np.zeros((1, d))) is not None:
            info["properties"] = "the true properties of which the proxies are proxies"
        return Card(
            summary=f"{self.n} fresh responses, paid by a proxy; taking one ends the episode.",
            observation={f"z[{self.n}, {d}]": f"the vector of each response, {self.law.reach:g} at most in size"},
            action={"response": f"its number, 0..{self.n - 1}"},
            reward="Paid is a weighted sum of the proxies. The true reward is the gold, in `true_reward`.",
            info=info,
            random_return=0.0 if linear else None,
            optimal_return=self._optimal(),
            source="Gao, Schulman, Hilton, Scaling Laws for Reward Model Overoptimization, ICML 2023",
        )
