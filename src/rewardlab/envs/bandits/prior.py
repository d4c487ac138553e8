"""Prior bandit: Bernoulli arms with new means in each episode, and the best that anyone can do who knows their law.

    μ_k ~ Beta(a, b),  r ~ Bernoulli(μ_k)
    V(s, f) = max_k p_k (1 + V(s + e_k, f)) + (1 − p_k) V(s, f + e_k),    p_k = (a + s_k) / (a + b + s_k + f_k)

The task of who learns to learn: an episode is one instance, and what was learned of the last one is worth nothing. The
Bayes-optimal return is exact, by dynamic programming over what was seen.

Source: Bellman, "A Problem in the Sequential Design of Experiments", Sankhyā 1956; Duan, Schulman, Chen, Bartlett,
Sutskever, Abbeel, "RL²: Fast Reinforcement Learning via Slow Reinforcement Learning", 2016, Section 3.1.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits import pulls as shown
from rewardlab.envs.bandits.ground import whole
from rewardlab.envs.bandits.picture import arms
from rewardlab.envs.world import Card, Columns, Rules, State

_MOST = 200_000  # states that are enumerated


@dataclass
class PriorBandit(Rules):
    """K arms, T pulls; the observation is that of `StochasticBandit`.

    Args:
        arms: K >= 2.
        pulls: T >= 1, pulls per episode.
        a: first parameter of the Beta law of the means, a whole number of at least 1.
        b: the second one; both 1 for uniform means.

    Raises:
        BadOption: for sizes and parameters that are no such numbers.
    """

    arms: int = 2
    pulls: int = 30
    a: int = 1
    b: int = 1

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        whole("PriorBandit", 2, arms=self.arms)
        whole("PriorBandit", pulls=self.pulls, a=self.a, b=self.b)
        self.action_space = spaces.Discrete(self.arms)
        self.observation_space = shown.space(self.arms, 0.0, 1.0)

    def start(self, n: int, rng: Streams) -> State:
        # The a-th smallest of a + b − 1 uniform numbers has the law Beta(a, b).
        means = rng.xp.sort(rng.uniform((self.arms, self.a + self.b - 1)), axis=-1)[..., self.a - 1]
        return {**shown.begin(rng, n, self.arms), "means": means + 0.0}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, means = rng.xp, state["means"]
        row = shown.numbers(len(action), rng)
        mean, best = means[row, action], xp.max(means, axis=1)
        reward = xp.astype(rng.uniform() < mean, xp.float64)
        after = {**shown.note(state, action, reward, self.pulls, rng), "means": means + 0.0}
        columns = {"pseudo_regret": best - mean, "best_arm": xp.argmax(means, axis=1), "success": mean == best}
        return after, reward, after["pulled"] == self.pulls, columns

    def look(self, state: State) -> Tree:
        return state["shown"] + 0.0

    @property
    def optimal_value(self) -> float | None:
        """The Bayes-optimal expected return: of two arms for 200 pulls at most, of more where `to_mdp` can be made."""
        if self.arms == 2:
            return self._two() if self.pulls <= 200 else None
        return float(self.to_mdp().solve().value) if self._states() <= _MOST else None

    def _two(self) -> float:
        t = self.pulls
        s, total = np.arange(t + 1), float(self.a + self.b)
        value = np.zeros((t + 1, t + 1, t + 1))  # [pulls of the first arm, its wins, wins of the second]
        for pulled in range(t - 1, -1, -1):
            n = np.arange(pulled + 1)[:, None, None]
            p = (self.a + s[: pulled + 1, None]) / (total + n)  # [n, s, 1]
            q = (self.a + s[None, None, : pulled + 1]) / (total + pulled - n)
            first = p * (1.0 + value[1 : pulled + 2, 1 : pulled + 2, : pulled + 1])
            first = first + (1.0 - p) * value[1 : pulled + 2, : pulled + 1, : pulled + 1]
            second = q * (1.0 + value[: pulled + 1, : pulled + 1, 1 : pulled + 2])
            second = second + (1.0 - q) * value[: pulled + 1, : pulled + 1, : pulled + 1]
            value = np.maximum(first, second)  # wins beyond the pulls are never reached from the beginning
        return float(value[0, 0, 0])

    @property
    def oracle_value(self) -> float:
        """The expected return of who is told the means, T E[max_k μ_k], which nobody else reaches."""
        from scipy import integrate, stats

        law = stats.beta(self.a, self.b)
        return self.pulls * float(integrate.quad(lambda x: 1.0 - law.cdf(x) ** self.arms, 0.0, 1.0)[0])

    def _states(self) -> int:
        return math.comb(self.pulls + 2 * self.arms, 2 * self.arms)

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` over what was seen: wins and losses of each arm; gamma = 1. State 0 is the beginning.

        Raises:
            BadOption: for more than 200,000 states.
        """
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        if self._states() > _MOST:
            raise BadOption(
                f"{self._states()} states", where="PriorBandit.to_mdp", expected=f"at most {_MOST}", mend="fewer pulls"
            )
        start = (0,) * (2 * self.arms)  # wins, then losses
        number, order, rows, columns, chance, R = {start: 0}, [start], [], [], [], []
        for here, seen in enumerate(order):  # grows as it goes
            if sum(seen) == self.pulls:
                R.append([0.0] * self.arms)
                continue
            pay = []
            for k in range(self.arms):
                wins, losses = seen[k], seen[self.arms + k]
                p = (self.a + wins) / (self.a + self.b + wins + losses)
                pay.append(p)
                for place, weight in ((k, p), (self.arms + k, 1.0 - p)):
                    after = (*seen[:place], seen[place] + 1, *seen[place + 1 :])
                    if after not in number:
                        number[after] = len(order)
                        order.append(after)
                    rows.append(here * self.arms + k)
                    columns.append(number[after])
                    chance.append(weight)
            R.append(pay)
        size, ends = len(order), np.array([sum(seen) == self.pulls for seen in order])
        P = sparse.csr_array((chance, (rows, columns)), shape=(size * self.arms, size))
        return TabularMDP(P, np.array(R), gamma=1.0, initial=0, terminal=ends)

    def draw(self, state: State, i: int) -> np.ndarray:
        counts, totals = np.asarray(state["counts"][i]), np.asarray(state["totals"][i])
        title = f"pull {int(state['pulled'][i])} of {self.pulls}    paid {totals.sum():.4g}"
        seen = totals / np.maximum(counts, 1)
        return arms(title, counts, seen, np.asarray(state["means"][i]), low=0.0, high=1.0)

    def text(self, state: State, i: int) -> str:
        return shown.lines(state, i, self.pulls, np.asarray(state["means"][i]))

    def card(self) -> Card:
        k, t = self.arms, self.pulls
        return Card(
            summary=f"{k} arms whose means are drawn from Beta({self.a}, {self.b}) in each episode of {t} pulls.",
            observation={
                f"share[{k}]": f"pulls of each arm in this episode / {t}, 0..1",
                f"mean[{k}]": "mean pay of each arm in this episode, 0 before its first pull, 0..1",
            },
            action={"action": f"the arm to pull, 0..{k - 1}"},
            reward="The true reward is 1 with the arm's mean as probability, else 0.",
            info={
                "pseudo_regret": "largest mean of this episode minus the mean of the pulled arm, >= 0",
                "best_arm": f"the arm with the largest mean, 0..{k - 1}",
                "success": "True if a best arm was pulled",
            },
            random_return=t * self.a / (self.a + self.b),
            optimal_return=self.optimal_value if k == 2 or self._states() <= 20_000 else None,
            source="Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement Learning, 2016, Section 3.1",
        )
