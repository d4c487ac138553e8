"""Response bandit: one prompt, one of K responses, and everything about them is known.

    x ~ p(x),    r = w · r[x, y],    E_π[r] = Σ_x p(x) Σ_y π(y | x) w · r[x, y]

The smallest task in which a policy is aligned: a reference policy, vectors of rewards, features, right responses and
costs stand in tables, so that optima, best-of-n laws, win rates and losses are finite sums. What policies learn here
says nothing of how they generalise.

Source: Langford, Zhang, "The Epoch-Greedy Algorithm for Multi-armed Bandits with Side Information", NeurIPS 2007 (one
step with a context); Ziegler, Stiennon, Wu, Brown, Radford, Amodei, Christiano, Irving, "Fine-Tuning Language Models
from Human Preferences", 2019, Section 2 (responses to prompts beside a reference policy).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.responses import beats
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.kernel import Answers
from rewardlab.envs.bandits.response_tables import Responses, draw_table
from rewardlab.envs.world import Card, Columns, State


@dataclass
class ResponseBandit(Answers):
    """P prompts with K responses each; an episode is one response.

    Args:
        law: how the table is drawn, one of "normal", "uniform", "features", "line", "correct", "front" and "cost"; see
            `rewardlab.envs.bandits.response_tables` for their options.
        prompts: P >= 1; None for the law's own number.
        responses: K >= 1; None for the law's own number.
        instance: seed of the table, which stays the same in all episodes and rows.
        options: further options of the law.
        weights: [m] what each reward of a response is worth; None for what the table says, 1 each by default.
        draws: M >= 1, responses of the reference that are scored in `references` at each step, drawn afresh.
        multi_objective: whether the step returns the vector [m] in place of the scalar.
        table: a table of one's own, in place of a drawn one.

    Raises:
        BadOption: for a law, an option or a size that does not exist, or weights of another number.
    """

    law: str = "normal"
    prompts: int | None = None
    responses: int | None = None
    instance: int = 0
    options: Mapping[str, Any] | None = None
    weights: Sequence[float] | None = None
    draws: int = 8
    multi_objective: bool = False
    table: Responses | None = None

    def __post_init__(self) -> None:
        table = self.table
        if table is None:
            table = draw_table(
                self.law,
                self.instance,
                prompts=self.prompts,
                responses=self.responses,
                options=self.options,
                where="ResponseBandit",
            )
        self._open(table, self.weights, self.draws)
        p, k, m = table.rewards.shape
        self._known[None][1]["reward_vector"] = table.rewards.reshape(p * k, m)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        after, reward, over, columns = super().move(state, action, rng)
        return after, columns["reward_vector"] + 0.0 if self.multi_objective else reward, over, columns

    @property
    def rewards(self) -> np.ndarray:
        """[P, K, m] the rewards of each response."""
        return self.responses_table.rewards

    @property
    def correct(self) -> np.ndarray:
        """[P, K] bool: the right responses."""
        return self.responses_table.correct

    @property
    def costs(self) -> np.ndarray | None:
        """[P, K] the costs, where the law has costs."""
        return self.responses_table.costs

    @property
    def preferences(self) -> np.ndarray:
        """[P, K, K] how often the first response is preferred to the second, by Bradley and Terry."""
        return beats(self.scores)

    def duel(
        self,
        rng: np.random.Generator,
        prompts: np.ndarray,
        first: np.ndarray,
        second: np.ndarray,
        *,
        preferences: np.ndarray | None = None,
    ) -> np.ndarray:
        """[B] bool: whether the first response won, in duels drawn by Bradley and Terry or by `preferences` [P, K, K].

        Args:
            rng: where the outcomes come from.
            prompts: [B] the prompts asked.
            first: [B] one response each.
            second: [B] another.
            preferences: how often the first is preferred to the second, 0..1; any matrix, circles included.
        """
        law = self.preferences if preferences is None else np.asarray(preferences)
        chance = law[np.asarray(prompts), np.asarray(first), np.asarray(second)]
        return rng.random(chance.shape) < chance

    def card(self) -> Card:
        p, k, m = self.rewards.shape
        info = {
            "reward_vector": f"[{m}] the rewards of the response",
            "reference_probability": "how often the reference gives this response, 0..1",
            "correct": "True for a right response: by default, one that pays most",
            "best": "what the best response to this prompt pays",
            "regret": "best minus the pay of this response, >= 0",
            "references": f"[{self._draws}] the pay of responses to this prompt that the reference gave by the way",
            "success": "True for a right response",
        }
        info |= {} if self.costs is None else {"cost": "the cost of the response; 0..1, the chance of harm, if drawn"}
        info |= dict.fromkeys(self.responses_table.columns, "a further column of the table")
        worth = ", ".join(f"{w:g}" for w in self._worth)
        vector, scalar = f"the vector [{m}] itself", f"({worth}) · the rewards of the response"
        return Card(
            summary=f"{p} prompts with {k} responses each; one response ends the episode.",
            observation={"prompt": f"its number, 0..{p - 1}"},
            action={"response": f"its number, 0..{k - 1}"},
            reward=f"The true reward is {vector if self.multi_objective else scalar}.",
            info=info,
            random_return=None if self.multi_objective else self._random_return(),
            optimal_return=None if self.multi_objective else self.optimal_value,
            source="Langford, Zhang, The Epoch-Greedy Algorithm for Multi-armed Bandits with Side Information, 2007",
        )
