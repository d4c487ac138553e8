"""Stochastic bandit: K arms whose pay is drawn afresh at each pull.

    r ~ N(μ_a, σ²),  or  r ~ Bernoulli(μ_a);    regret of a pull = max_k μ_k − μ_a

The smallest task in which to explore is worth something and costs something. The means stay the same in all episodes
and rows, so that the regret of every pull is known exactly. The defaults are the 10-armed testbed.

Source: Robbins, "Some Aspects of the Sequential Design of Experiments", Bulletin of the AMS 1952; Sutton, Barto,
"Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 2.3 (the 10-armed testbed).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, tensor
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.picture import arms
from rewardlab.envs.world import Card, Columns, Rules, State

_FARTHEST = 8.6  # standard deviations: 53 random bits give no normal number beyond √(106 ln 2) = 8.58


@dataclass
class StochasticBandit(Rules):
    """K arms, T pulls, one best arm.

    The observation is what all earlier pulls of the episode have shown, and enough to act on: per arm its share of the
    T pulls, then per arm the mean of what it has paid.

    Args:
        arms: K >= 2, where `means` does not say it.
        means: [K] the mean pay of each arm; None to draw them once: from N(0, 1), or from [0, 1) for Bernoulli pay.
        deviation: standard deviation σ >= 0 of Gaussian pay; None for pay of 0 or 1, whose deviation
            √(μ(1 − μ)) follows from the mean.
        instance: seed of the drawn means.
        pulls: T >= 1, pulls per episode.

    Raises:
        BadOption: for fewer than two arms, means that are not finite or, for Bernoulli pay, outside [0, 1].
    """

    arms: int = 10
    means: Sequence[float] | None = None
    deviation: float | None = 1.0
    instance: int = 0
    pulls: int = 100

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        given = self.deviation
        if given is not None and not 0.0 <= given < math.inf:
            raise _bad(f"deviation={given!r}", "a finite number >= 0, or None for Bernoulli pay")
        if self.pulls < 1:
            raise _bad(f"pulls={self.pulls!r}", "at least 1")
        if self.means is not None:
            self.means = tuple(float(m) for m in self.means)
            self.arms = len(self.means)
        if self.arms < 2:
            raise _bad(f"{self.arms} arms", "at least 2")
        if self.means is None:
            rng = np.random.default_rng(self.instance)
            self._means = rng.random(self.arms) if given is None else rng.normal(size=self.arms)  # [K]
        else:
            self._means = np.array(self.means)
        if not np.isfinite(self._means).all():
            raise _bad(f"means={self.means}", "finite numbers")
        if given is None and not ((self._means >= 0) & (self._means <= 1)).all():
            raise _bad(
                f"means={self.means} for Bernoulli pay", "numbers in [0, 1]", "give a deviation for Gaussian pay"
            )
        # The bounds of the means hold surely, and are round so that they do not tell which arms there are.
        reach = 0.0 if given is None else max(1, math.ceil(np.abs(self._means).max() + _FARTHEST * given))
        low = np.repeat([0.0, -reach], self.arms).astype(np.float32)
        high = np.repeat([1.0, 1.0 if given is None else reach], self.arms).astype(np.float32)
        self.action_space = spaces.Discrete(self.arms)
        self.observation_space = spaces.Box(low, high, dtype=np.float32)
        best = self._means.max()
        self._tables: dict[Any, tuple[Array, Array]] = {None: (self._means, best - self._means)}

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Gaussian pay takes a logarithm and a cosine, which differ between platforms in the last digit."""
        return self.deviation is None

    def _on(self, device: Any) -> tuple[Array, Array]:
        if device not in self._tables:
            means, regret = self._tables[None]
            self._tables[device] = tensor(means, device=device), tensor(regret, device=device)
        return self._tables[device]

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        pulled = xp.zeros_like(rng.seed[:n])
        rows = xp.stack([pulled] * self.arms, axis=1)
        shown = xp.astype(xp.concat([rows, rows], axis=1), xp.float32)
        return {"pulled": pulled, "counts": rows, "totals": xp.astype(rows, xp.float64), "shown": shown}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, k = rng.xp, self.arms
        means, regret = self._on(rng.device)
        if self.deviation is None:
            reward = xp.astype(rng.uniform() < means[action], xp.float64)
        else:
            reward = means[action] + self.deviation * rng.normal()
        # Flat copies: a pull changes one entry of each, and two of what is shown.
        own = {key: xp.reshape(xp.asarray(state[key], copy=True), (-1,)) for key in ("counts", "totals", "shown")}
        row = xp.arange(len(action), device=rng.device) if rng.device is not None else np.arange(len(action))
        cell = row * k + action
        count, total = own["counts"][cell] + 1, own["totals"][cell] + reward
        own["counts"][cell], own["totals"][cell] = count, total
        own["shown"][cell + row * k] = xp.astype(count / self.pulls, xp.float32)
        own["shown"][cell + row * k + k] = xp.astype(total / count, xp.float32)
        after = {key: xp.reshape(value, (len(action), -1)) for key, value in own.items()}
        after["pulled"] = state["pulled"] + 1
        lost = regret[action]
        columns = {"pseudo_regret": lost, "best_arm": xp.full_like(row, self.best_arm), "success": lost == 0.0}
        return after, reward, after["pulled"] == self.pulls, columns

    def look(self, state: State) -> Tree:
        return state["shown"] + 0.0

    @property
    def best_arm(self) -> int:
        """The arm with the largest mean; the first of equals."""
        return int(self._means.argmax())

    def draw(self, state: State, i: int) -> np.ndarray:
        counts, totals = np.asarray(state["counts"][i]), np.asarray(state["totals"][i])
        title = f"pull {int(state['pulled'][i])} of {self.pulls}    paid {totals.sum():.4g}"
        spread = 0.0 if self.deviation is None else self.deviation
        low, high = min(0.0, self._means.min() - spread), max(1.0, self._means.max() + spread)
        return arms(title, counts, totals / np.maximum(counts, 1), self._means, low=low, high=high)

    def text(self, state: State, i: int) -> str:
        counts, totals = state["counts"][i], state["totals"][i]
        over = int(state["pulled"][i]) == self.pulls  # who plays must not be told before
        lines = []
        for k in range(self.arms):
            n = int(counts[k])
            paid = f"paid {float(totals[k]) / n:.3f} each" if n else "not pulled yet"
            best = " (best)" if k == self.best_arm else ""
            true = f", true mean {self._means[k]:.3f}{best}" if over else ""
            lines.append(f"arm {k}: {n} {'pull' if n == 1 else 'pulls'}, {paid}{true}")
        return "\n".join([f"pull {int(state['pulled'][i])} of {self.pulls}", *lines])

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of one who knows the means: the state is how often was pulled, 0..T; gamma = 1."""
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        states = self.pulls + 1
        after = np.minimum(np.repeat(np.arange(states), self.arms) + 1, self.pulls)
        P = sparse.csr_array((np.ones(len(after)), after, np.arange(len(after) + 1)), shape=(len(after), states))
        R = np.tile(self._means, (states, 1))
        return TabularMDP(P, R, gamma=1.0, initial=0, terminal=np.arange(states) == self.pulls)

    def card(self) -> Card:
        k, t, best = self.arms, self.pulls, float(self._means.max())
        law = (
            "1 with the arm's mean as probability, else 0"
            if self.deviation is None
            else f"a normal number with the arm's mean and standard deviation {self.deviation:g}"
        )
        paid = "0..1" if self.deviation is None else "in units of reward"
        return Card(
            summary=f"{k} arms, {t} pulls an episode; each arm pays by a law of its own that never changes.",
            observation={
                f"share[{k}]": f"pulls of each arm in this episode / {t}, 0..1",
                f"mean[{k}]": f"mean pay of each arm in this episode, 0 before its first pull, {paid}",
            },
            action={"action": f"the arm to pull, 0..{k - 1}"},
            reward=f"The true reward is the pay of the pulled arm: {law}.",
            info={
                "pseudo_regret": "largest mean minus the mean of the pulled arm, >= 0",
                "best_arm": f"the arm with the largest mean, 0..{k - 1}",
                "success": "True if a best arm was pulled",
            },
            random_return=t * float(self._means.mean()),
            optimal_return=t * best,
            source="Sutton, Barto, Reinforcement Learning: An Introduction, 2nd edition, 2018, Section 2.3",
        )


def _bad(what: str, expected: str, mend: str = "") -> BadOption:
    return BadOption(what, where="StochasticBandit", expected=expected, mend=mend)
