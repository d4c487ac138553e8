"""Recommender bandit: a user comes, one of n items is shown, and the user rates it.

    mean = 1/2 + u' S v_a / 2,  scaled into [0, 1];    (rating − 1) / 4 ~ Binomial(4, mean) / 4
    regret of a round = max_k mean(u, k) − mean(u, a)

Tastes are of low rank, as in tables of film ratings. The vectors shown are u ∘ v_k and a 1, in which the mean is
linear, so that a linear bandit can find S.

Source: Nie, Su, Chang, Lee, Chi, Le, Chen, "EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration", ICML
2025, Section 3 (contextual bandits from user and item factors).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import Tables, whole
from rewardlab.envs.bandits.vectors import Vectors, where
from rewardlab.envs.world import Card, Columns, State


@dataclass
class RecommenderBandit(Vectors):
    """U users, n items, T rounds; each round one of the users, all alike.

    Args:
        items: n >= 2.
        users: U >= 1.
        rank: k >= 1, the length of the factors u and v, which have norm 1.
        instance: seed of the factors and of S, diagonal with entries in [1/2, 1).
        pulls: T >= 1, rounds per episode.

    Attributes:
        user_factors: [U, k] u.
        item_factors: [n, k] v.
        strengths: [k] the diagonal of S over the largest |u' S v|.
        table: [U, n] the mean pay, within [0, 1].
        theta: [k + 1] the weights of the vectors shown: `strengths` / 2, then 1/2.

    Raises:
        BadOption: for a size below its least.
    """

    items: int = 10
    users: int = 100
    rank: int = 5
    instance: int = 0
    pulls: int = 200

    def __post_init__(self) -> None:
        whole("RecommenderBandit", users=self.users, rank=self.rank, pulls=self.pulls)
        whole("RecommenderBandit", 2, items=self.items)
        rng = np.random.default_rng(self.instance)
        self.user_factors, self.item_factors = (_unit(rng, n, self.rank) for n in (self.users, self.items))
        strengths = 0.5 + 0.5 * rng.random(self.rank)
        tastes = (self.user_factors * strengths) @ self.item_factors.T  # [U, n]
        self.strengths = strengths / np.abs(tastes).max()
        self.table = np.clip(0.5 + 0.5 * tastes / np.abs(tastes).max(), 0.0, 1.0)
        self.theta = np.append(self.strengths / 2, 0.5)
        products = self.user_factors[:, None] * self.item_factors  # [U, n, k]
        self.shown = np.concatenate([products, np.ones((self.users, self.items, 1))], axis=-1).astype(np.float32)
        self._tables = Tables(shown=self.shown, table=self.table)
        self._open(1, self.items, self.rank + 1)

    def fresh(self, n: int, rng: Streams) -> State:
        return {"user": rng.integers(self.users)}

    def vectors(self, state: State) -> Array:
        return self._tables(where(state["user"]))["shown"][state["user"]][:, None]

    def means(self, state: State) -> Array:
        return self._tables(where(state["user"]))["table"][state["user"]][:, None]

    def paid(self, mean: Array, rng: Streams) -> tuple[Array, Columns]:
        xp = rng.xp
        stars = xp.sum(xp.astype(rng.uniform((4,)) < mean, xp.int64), axis=1)
        return (stars / 4.0)[:, None], {"rating": stars + 1}

    def inform(self, state: State) -> Columns:
        return {"user": state["user"] + 0}

    @property
    def optimal_value(self) -> float:
        """The expected return of who knows all tastes."""
        return self.pulls * float(self.table.max(1).mean())

    @property
    def impersonal_value(self) -> float:
        """The expected return of the item that most users like best, shown to all."""
        return self.pulls * float(self.table.mean(0).max())

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of endless rounds, by average reward: one state for each user."""
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        cells = self.users * self.items
        P = sparse.csr_array(np.full((cells, self.users), 1.0 / self.users))
        return TabularMDP(P, self.table, gamma=None, initial=np.full(self.users, 1.0 / self.users))

    def card(self) -> Card:
        n, u = self.items, self.users
        return Card(
            summary=f"{u} users come at random, {self.pulls} an episode; each is shown one of {n} items and rates it.",
            observation={f"x[{n}, {self.rank + 1}]": "user factors times item factors, -1..1, and a 1; linear pay"},
            action={"action": f"the item to show, 0..{n - 1}"},
            reward="The true reward is (rating - 1) / 4, in 0..1.",
            info={**self._described(1), "rating": "1..5", "user": f"who comes next, 0..{u - 1}"},
            random_return=self.pulls * float(self.table.mean()),
            optimal_return=self.optimal_value,
            source="Nie et al., EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration, ICML 2025",
        )


def _unit(rng: np.random.Generator, n: int, size: int) -> np.ndarray:
    x = rng.normal(size=(n, size))
    return x / np.linalg.norm(x, axis=1, keepdims=True)
