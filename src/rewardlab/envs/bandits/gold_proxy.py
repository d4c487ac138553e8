"""Gold and proxy at a table: what is paid is a proxy, and the true reward is told beside it.

    paid = w · q(z[x, y]),    true reward = g(z[x, y]),    π_β ∝ π_ref exp(w · q / β)

Over-optimisation in its smallest form: P prompts with K fixed responses, each a vector z whose proxies err by a known
law. As β falls the paid reward rises, and the true one rises and then falls; both curves are finite sums.

Source: Gao, Schulman, Hilton, "Scaling Laws for Reward Model Overoptimization", ICML 2023, Section 2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import best_of, divergence, expected, tilted
from rewardlab.envs.bandits.gold_errors import Hack, errors_of
from rewardlab.envs.bandits.kernel import Answers
from rewardlab.envs.bandits.response_tables import Responses, check_sizes, skewed
from rewardlab.envs.world import Card


@dataclass
class GoldProxy(Answers):
    """P prompts with K responses each, paid by proxies.

    Args:
        errors: the law of errors, one of "gaussian", "student", "upper", "shortcut", "hack", "two", "linear",
            "middling" and "net"; see `rewardlab.envs.bandits.gold_errors` for their options.
        prompts: P >= 1.
        responses: K >= 1.
        instance: seed of the table, which stays the same in all episodes and rows.
        options: options of the law of errors.
        skew: the reference is proportional to exp(skew · N(0, 1)); 0 for a uniform one.
        weights: [k] what each proxy is worth in what is paid; None for what the law says.
        draws: M >= 1, responses of the reference that are scored in `references` at each step, drawn afresh.
        table: a table of one's own with `gold`, in place of a drawn one; then `law` is None.

    Raises:
        BadOption: for a law, an option or a size that does not exist, or a table without gold.
    """

    errors: str = "gaussian"
    prompts: int = 20
    responses: int = 200
    instance: int = 0
    options: Mapping[str, Any] | None = None
    skew: float = 0.0
    weights: Sequence[float] | None = None
    draws: int = 8
    table: Responses | None = None

    def __post_init__(self) -> None:
        table, self.law = self.table, None
        if table is None:
            check_sizes("GoldProxy", prompts=self.prompts, responses=self.responses)
            self.law = errors_of(self.errors, self.options, where="GoldProxy")
            table = self._drawn(self.law)
        elif table.gold is None:
            raise BadOption("a table without gold", where="GoldProxy", expected="Responses(..., gold=[P, K])")
        self._open(table, self.weights, self.draws)
        p, k, m = table.rewards.shape
        self._known[None][1]["proxies"] = table.rewards.reshape(p * k, m)

    def _drawn(self, law: Any) -> Responses:
        rng = np.random.default_rng(self.instance)
        shape = (self.prompts, self.responses)
        z = law.base(lambda s: rng.normal(size=s), lambda s: rng.random(s), shape)  # [P, K, d]
        columns: dict[str, np.ndarray] = {}
        if isinstance(law, Hack):
            if law.planted >= self.responses:
                raise BadOption(
                    f"{law.planted} planted of {self.responses} responses", where="GoldProxy", expected="fewer than all"
                )
            columns["planted"] = law.plant(z, rng)
        true = law.properties(z)
        if true is not None:
            columns["properties"] = true
        reference = skewed(rng, *shape, self.skew)
        return Responses(law.proxies(z), reference, weights=law.weights, features=z, gold=law.gold(z), columns=columns)

    @property
    def proxies(self) -> np.ndarray:
        """[P, K, k] what each proxy says."""
        return self.responses_table.rewards

    @property
    def gold(self) -> np.ndarray:
        """[P, K] the true reward."""
        return np.asarray(self.responses_table.gold)

    @property
    def optimal_gold(self) -> float:
        """The largest expected true reward."""
        return float(self.responses_table.prompts @ self.gold.max(1))

    def curve(self, betas: Sequence[float], *, score: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """The optima of E[score] − β KL: columns `kl`, `gold` and `score`, each [len(betas)], over all prompts.

        Args:
            betas: numbers above 0.
            score: [P, K] what is optimised; None for what is paid.
        """
        s = self.scores if score is None else np.asarray(score)
        return self._along([tilted(self.reference, s, beta) for beta in betas], s)

    def best_of_curve(self, n: Sequence[int], *, score: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """The best of n by the score: columns as in `curve`, each [len(n)]."""
        s = self.scores if score is None else np.asarray(score)
        return self._along([best_of(self.reference, s, draws) for draws in n], s)

    def _along(self, policies: list[np.ndarray], score: np.ndarray) -> dict[str, np.ndarray]:
        asked = self.responses_table.prompts
        return {
            "kl": np.array([divergence(q, self.reference) @ asked for q in policies]),
            "gold": np.array([expected(q, self.gold) @ asked for q in policies]),
            "score": np.array([expected(q, score) @ asked for q in policies]),
        }

    def gold_mdp(self) -> Any:
        """The exact `TabularMDP` of the true reward, as `to_mdp` is that of what is paid."""
        return self._mdp(self.gold)

    def card(self) -> Card:
        p, k, m = self.proxies.shape
        worth = ", ".join(f"{w:g}" for w in self._worth)
        own = {
            "planted": "True for a response that looks excellent and is bad",
            "properties": "the true properties of which the proxies are proxies",
        }
        return Card(
            summary=f"{p} prompts with {k} responses each, paid by a proxy; one response ends the episode.",
            observation={"prompt": f"its number, 0..{p - 1}"},
            action={"response": f"its number, 0..{k - 1}"},
            reward=f"Paid is ({worth}) · proxies. The true reward is the gold, in `true_reward`.",
            info={
                "true_reward": "the gold of the response",
                "proxies": f"[{m}] what each proxy says of it",
                "reference_probability": "how often the reference gives this response, 0..1",
                "correct": "True for a right response: by default, one whose gold is largest",
                "best": "the largest gold of a response to this prompt",
                "regret": "best minus the gold of this response, >= 0",
                "references": f"[{self._draws}] the pay of responses to this prompt that the reference gave by the way",
                "success": "True for a right response",
                **{name: own.get(name, "a further column of the table") for name in self.responses_table.columns},
            },
            random_return=self._random_return(),
            optimal_return=self.optimal_value,
            source="Gao, Schulman, Hilton, Scaling Laws for Reward Model Overoptimization, ICML 2023",
        )
