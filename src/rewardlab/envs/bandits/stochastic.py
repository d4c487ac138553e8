"""Stochastic bandit: K arms whose pay is drawn afresh at each pull.

    r = μ_a + σ ε, with ε ~ N(0, 1) or heavy-tailed,  or  r ~ Bernoulli(μ_a);    regret of a pull = max_k μ_k − μ_a

The smallest task in which to explore is worth something and costs something. The means stay the same in all episodes
and rows, so that the regret of every pull is known exactly. The defaults are the 10-armed testbed.

Source: Robbins, "Some Aspects of the Sequential Design of Experiments", Bulletin of the AMS 1952; Sutton, Barto,
"Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 2.3 (the 10-armed testbed); Bubeck, Cesa-Bianchi,
Lugosi, "Bandits with Heavy Tail", IEEE Transactions on Information Theory 2013 (pay with few moments).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arms import Arms
from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits import pulls as shown
from rewardlab.envs.bandits.ground import Tables
from rewardlab.envs.bandits.pay import Pay, check_arms, clockwork
from rewardlab.envs.bandits.picture import arms
from rewardlab.envs.world import Card, Columns, Rules, State


@dataclass
class StochasticBandit(Rules):
    """K arms, T pulls, one best arm.

    The observation is what all earlier pulls of the episode have shown, and enough to act on: per arm its share of the
    T pulls, then per arm the mean of what it has paid.

    Args:
        arms: K >= 2, where `means` does not say it.
        means: [K] the mean pay of each arm; None to draw them once: from N(0, 1), or from [0, 1) for Bernoulli pay.
        deviation: σ >= 0, the standard deviation of Gaussian pay and the scale of heavy tails; None for pay of 0 or 1,
            whose deviation √(μ(1 − μ)) follows from the mean.
        instance: seed of the drawn means.
        pulls: T >= 1, pulls per episode.
        gap: Δ > 0, at most 1 for Bernoulli pay: one arm, drawn once, has mean (1 + Δ) / 2 and all others (1 − Δ) / 2;
            None for means as above.
        tail: the law of ε, "normal", "student" or "pareto"; see `rewardlab.envs.bandits.pay`.
        index: tail index of heavy tails, above 1: moments of a smaller order are finite.

    Raises:
        BadOption: for fewer than two arms, means that are not finite or, for Bernoulli pay, outside [0, 1], and a tail,
            index or gap that does not exist.
    """

    arms: int = 10
    means: Sequence[float] | None = None
    deviation: float | None = 1.0
    instance: int = 0
    pulls: int = 100
    gap: float | None = None
    tail: str = "normal"
    index: float = 2.5

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.pay = Pay(self.deviation, self.tail, self.index, where="StochasticBandit")
        if self.means is not None:
            self.means = tuple(float(m) for m in self.means)
            self.arms = len(self.means)
        check_arms(self.arms, self.pulls, "StochasticBandit")
        self._means = self._drawn() if self.means is None else np.array(self.means)  # [K]
        if self.means is not None and self.gap is not None:
            raise _bad(f"gap={self.gap!r} beside means", "one of the two")
        self.pay.check_means(self._means, self.means)
        self.action_space = spaces.Discrete(self.arms)
        self.observation_space = shown.space(self.arms, *self.pay.reach(self._means))
        self._tables = Tables(means=self._means, regret=self._means.max() - self._means)

    def _drawn(self) -> np.ndarray:
        rng = np.random.default_rng(self.instance)
        if self.gap is None:
            return rng.random(self.arms) if self.deviation is None else rng.normal(size=self.arms)
        if not (0.0 < self.gap < np.inf and (self.deviation is not None or self.gap <= 1.0)):
            raise _bad(f"gap={self.gap!r}", "a number above 0, at most 1 for Bernoulli pay")
        means = np.full(self.arms, (1.0 - self.gap) / 2.0)
        means[rng.integers(self.arms)] = (1.0 + self.gap) / 2.0
        return means

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Gaussian pay takes a logarithm and a cosine, which differ between platforms in the last digit."""
        return self.deviation is None

    def start(self, n: int, rng: Streams) -> State:
        return shown.begin(rng, n, self.arms)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, table = rng.xp, self._tables(rng.device)
        reward = self.pay.draw(table["means"][action], rng)
        after = shown.note(state, action, reward, self.pulls, rng)
        lost = table["regret"][action]
        best = xp.full_like(after["pulled"], self.best_arm)
        columns = {"pseudo_regret": lost, "best_arm": best, "success": lost == 0.0}
        return after, reward, after["pulled"] == self.pulls, columns

    def look(self, state: State) -> Tree:
        return state["shown"] + 0.0

    @property
    def best_arm(self) -> int:
        """The arm with the largest mean; the first of equals."""
        return int(self._means.argmax())

    @property
    def optimal_value(self) -> float:
        """The expected return of who pulls a best arm T times."""
        return self.pulls * float(self._means.max())

    def arms_law(self) -> Arms:
        """The laws of the arms, and with them the bounds on the regret.

        Raises:
            BadOption: for heavy tails, of which those bounds do not speak.
        """
        if self.tail != "normal":
            raise _bad(f"tail={self.tail!r} in arms_law", 'pay that is Bernoulli or "normal"')
        return Arms(tuple(self._means.tolist()), self.deviation)

    def draw(self, state: State, i: int) -> np.ndarray:
        counts, totals = np.asarray(state["counts"][i]), np.asarray(state["totals"][i])
        title = f"pull {int(state['pulled'][i])} of {self.pulls}    paid {totals.sum():.4g}"
        spread = 0.0 if self.deviation is None else self.deviation
        low, high = min(0.0, self._means.min() - spread), max(1.0, self._means.max() + spread)
        return arms(title, counts, totals / np.maximum(counts, 1), self._means, low=low, high=high)

    def text(self, state: State, i: int) -> str:
        return shown.lines(state, i, self.pulls, self._means)

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of one who knows the means: the state is how often was pulled, 0..T; gamma = 1."""
        return clockwork(np.tile(self._means, (self.pulls, 1)))

    def card(self) -> Card:
        k, t = self.arms, self.pulls
        paid = "0..1" if self.deviation is None else "in units of reward"
        return Card(
            summary=f"{k} arms, {t} pulls an episode; each arm pays by a law of its own that never changes.",
            observation={
                f"share[{k}]": f"pulls of each arm in this episode / {t}, 0..1",
                f"mean[{k}]": f"mean pay of each arm in this episode, 0 before its first pull, {paid}",
            },
            action={"action": f"the arm to pull, 0..{k - 1}"},
            reward=f"The true reward is the pay of the pulled arm: {self.pay}.",
            info={
                "pseudo_regret": "largest mean minus the mean of the pulled arm, >= 0",
                "best_arm": f"the arm with the largest mean, 0..{k - 1}",
                "success": "True if a best arm was pulled",
            },
            random_return=t * float(self._means.mean()),
            optimal_return=self.optimal_value,
            source="Sutton, Barto, Reinforcement Learning: An Introduction, 2nd edition, 2018, Section 2.3",
        )


def _bad(what: str, expected: str, mend: str = "") -> BadOption:
    return BadOption(what, where="StochasticBandit", expected=expected, mend=mend)
