"""Bandits whose means follow a course that is known in advance to nobody who plays: what they share.

    r ~ law around μ_a(t),    regret of a pull = max_k μ_k(t) − μ_a(t),    V = Σ_t max_k |μ_k(t + 1) − μ_k(t)|

The course is drawn once and is the same in all episodes and rows; each episode begins at its first round.
"""

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import Tables
from rewardlab.envs.bandits.pay import Pay, clockwork
from rewardlab.envs.bandits.picture import arms
from rewardlab.envs.bandits.pulls import lines, numbers
from rewardlab.envs.world import Card, Columns, Rules, State


class Course(Rules):
    """T pulls of K arms whose means are `course` [T, K]; `_follow` gives it to them.

    The observation is the last pull, for a mean over all pulls would mix what was with what is: which arm it was, what
    it paid, and how much of the episode is over. Who needs more remembers it.
    """

    torch: ClassVar[bool] = True
    arms: int
    pulls: int
    pay: Pay
    course: np.ndarray

    def _follow(self, course: np.ndarray, pay: Pay) -> None:
        pay.check_means(course, "a course")
        self.course, self.pay = course, pay  # [T, K]
        low, high = pay.reach(course)
        bounds = np.zeros((2, self.arms + 2), dtype=np.float32)
        bounds[1], bounds[:, -2] = 1.0, (min(low, 0.0), high)
        self.action_space = spaces.Discrete(self.arms)
        self.observation_space = spaces.Box(bounds[0], bounds[1], dtype=np.float32)
        best = course.max(1)
        self._tables = Tables(means=course, regret=best[:, None] - course, best=course.argmax(1))

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Gaussian pay takes a logarithm and a cosine, which differ between platforms in the last digit."""
        return self.pay.deviation is None

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        pulled = xp.zeros_like(rng.seed[:n])
        rows = xp.stack([pulled] * self.arms, axis=1)
        own = {"pulled": pulled, "counts": rows, "totals": xp.astype(rows, xp.float64)}
        return {**own, "arm": xp.full_like(pulled, -1), "paid": xp.astype(pulled, xp.float64)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, table = rng.xp, self._tables(rng.device)
        row, t = numbers(len(action), rng), state["pulled"] % self.pulls
        reward, lost = self.pay.draw(table["means"][t, action], rng), table["regret"][t, action]
        counts, totals = (xp.asarray(state[key], copy=True) for key in ("counts", "totals"))
        counts[row, action] += 1
        totals[row, action] += reward
        after = {"pulled": state["pulled"] + 1, "counts": counts, "totals": totals}
        after |= {"arm": xp.astype(action, xp.int64) + 0, "paid": reward + 0.0}
        columns = {"pseudo_regret": lost, "best_arm": table["best"][t], "success": lost == 0.0}
        return after, reward, after["pulled"] == self.pulls, columns

    def look(self, state: State) -> Tree:
        xp, arm = namespace(state["arm"]), state["arm"]
        which = xp.stack([xp.astype(arm == k, xp.float64) for k in range(self.arms)], axis=1)
        rest = xp.stack([state["paid"], state["pulled"] / self.pulls], axis=1)
        return xp.astype(xp.concat([which, rest], axis=1), xp.float32)

    @property
    def optimal_value(self) -> float:
        """The expected return of who pulls a best arm of each moment."""
        return float(self.course.max(1).sum())

    @property
    def best_fixed_value(self) -> float:
        """The expected return of the best arm that is pulled T times."""
        return float(self.course.sum(0).max())

    @property
    def variation(self) -> float:
        """V, how far the means move in all, by the largest move of each round."""
        return float(np.abs(np.diff(self.course, axis=0)).max(1, initial=0.0).sum())

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of one who knows the course: the state is how often was pulled, 0..T; gamma = 1."""
        return clockwork(self.course)

    def draw(self, state: State, i: int) -> np.ndarray:
        counts, totals = np.asarray(state["counts"][i]), np.asarray(state["totals"][i])
        pulled = int(state["pulled"][i])
        spread = self.pay.deviation or 0.0
        low, high = min(0.0, self.course.min() - spread), max(1.0, self.course.max() + spread)
        title = f"pull {pulled} of {self.pulls}    paid {totals.sum():.4g}"
        now = self.course[min(pulled, self.pulls - 1)]
        return arms(title, counts, totals / np.maximum(counts, 1), now, low=low, high=high)

    def text(self, state: State, i: int) -> str:
        return lines(state, i, self.pulls, None)

    def _described(self, summary: str, source: str) -> Card:
        k, t = self.arms, self.pulls
        return Card(
            summary=summary,
            observation={
                f"arm[{k}]": "one-hot, the arm of the last pull; zeros before the first",
                "paid": "what it paid, 0 before the first pull",
                "time": f"pulls of this episode / {t}, 0..1",
            },
            action={"action": f"the arm to pull, 0..{k - 1}"},
            reward=f"The true reward is the pay of the pulled arm, whose mean moves: {self.pay}.",
            info={
                "pseudo_regret": "largest mean of this round minus the mean of the pulled arm, >= 0",
                "best_arm": f"the arm with the largest mean in this round, 0..{k - 1}",
                "success": "True if a best arm of this round was pulled",
            },
            random_return=float(self.course.mean(1).sum()),
            optimal_return=self.optimal_value,
            source=source,
        )
