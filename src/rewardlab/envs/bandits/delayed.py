"""Delayed bandit: what a pull pays comes later, with or without a word about which pull it was.

    pull t pays r_t ~ law of arm a_t at step t + d_t,    d_t ~ delay law;    regret of a pull = max_k μ_k − μ_a

Three kinds of feedback: "labelled" says for each pay that arrives which arm it is of; "anonymous" shows only the sum of
what arrives; "end" pays the sum of all pulls with the last one. The regret is that of the pulls, whatever arrives.

Source: Joulani, György, Szepesvári, "Online Learning under Delayed Feedback", ICML 2013, Section 2; Pike-Burke,
Agrawal, Szepesvári, Grünewälder, "Bandits with Delayed, Aggregated Anonymous Feedback", ICML 2018, Section 2.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import Tables
from rewardlab.envs.bandits.pay import Pay, check_arms, clockwork
from rewardlab.envs.bandits.picture import arms
from rewardlab.envs.bandits.pulls import numbers
from rewardlab.envs.world import Card, Columns, Rules, State

FEEDBACK = ("labelled", "anonymous", "end")
DELAYS = ("fixed", "uniform", "geometric")


@dataclass
class DelayedBandit(Rules):
    """K arms, T pulls, and pay that is on its way for up to D steps.

    What is still on its way when the episode ends never arrives, but for "end", where nothing is lost.

    Args:
        feedback: "labelled", "anonymous" or "end".
        law: the delays, drawn for each pull: "fixed", always `delay`; "uniform", 0..2 `delay` alike; "geometric",
            P(d) = p (1 − p)^d with mean `delay`, and all that would take longer than `longest` takes `longest`.
        delay: mean of the law in steps, >= 0; a whole number, or a half one for "uniform". Unused with "end".
        longest: cut of the geometric law, at least 1.
        arms: K >= 2, where `means` does not say it.
        means: [K] the mean pay of each arm; None to draw them once: from N(0, 1), or from [0, 1) for Bernoulli pay.
        deviation: standard deviation of Gaussian pay; None for pay of 0 or 1.
        instance: seed of the drawn means.
        pulls: T >= 1, pulls per episode.

    Raises:
        BadOption: for feedback, delays, means or sizes that do not exist.
    """

    feedback: str = "labelled"
    law: str = "geometric"
    delay: float = 10.0
    longest: int = 50
    arms: int = 5
    means: Sequence[float] | None = None
    deviation: float | None = None
    instance: int = 0
    pulls: int = 500

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name, value, known in (("feedback", self.feedback, FEEDBACK), ("law", self.law, DELAYS)):
            if value not in known:
                raise _bad(f"{name}={value!r}", f"one of {', '.join(known)}", nearest(str(value), known))
        self.pay = Pay(self.deviation, where="DelayedBandit")
        if self.means is not None:
            self.means = tuple(float(m) for m in self.means)
            self.arms = len(self.means)
        check_arms(self.arms, self.pulls, "DelayedBandit")
        rng = np.random.default_rng(self.instance)
        drawn = rng.random(self.arms) if self.deviation is None else rng.normal(size=self.arms)
        self._means = drawn if self.means is None else np.array(self.means)  # [K]
        self.pay.check_means(self._means, self.means)
        self.delays = self._chances()  # [D + 1]
        self._tables = Tables(
            means=self._means, regret=self._means.max() - self._means, below=np.cumsum(self.delays)[:-1]
        )
        self.action_space = spaces.Discrete(self.arms)
        self.observation_space = self._space()

    def _chances(self) -> np.ndarray:
        """[D + 1] how often a pay takes 0..D steps."""
        delay, steps = self.delay, 2 * self.delay if self.law == "uniform" else self.delay
        if not 0 <= delay < math.inf or (self.law != "geometric" and steps != int(steps)):
            raise _bad(f"delay={delay!r}", "a whole number >= 0, a half one for uniform, any for geometric")
        if self.longest < 1:
            raise _bad(f"longest={self.longest!r}", "at least 1")
        if self.law == "fixed":
            return np.eye(int(delay) + 1)[int(delay)]
        if self.law == "uniform":
            return np.full(int(steps) + 1, 1.0 / (int(steps) + 1))
        stay = delay / (1.0 + delay)
        chance = np.cumprod(np.full(self.longest + 1, stay)) / max(stay, 1e-300) * (1.0 - stay)
        chance[-1] = 1.0 - chance[:-1].sum()
        return chance if stay else np.ones(1)

    def _space(self) -> spaces.Box:
        k, (low, high) = self.arms, self.pay.reach(self._means)
        low, at_once = min(low, 0.0), self.pulls if self.feedback == "end" else min(self.pulls, len(self.delays))
        if self.feedback == "labelled":
            bounds = [(0.0, 1.0)] * (2 * k) + [(low, high)] * k
        else:
            bounds = [(0.0, 1.0)] * k + [(low * at_once, high * at_once), (low * self.pulls, high * self.pulls)]
        lowest, highest = np.array(bounds, dtype=np.float32).T
        return spaces.Box(lowest, highest, dtype=np.float32)

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Gaussian pay takes a logarithm and a cosine, which differ between platforms in the last digit."""
        return self.deviation is None

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        pulled = xp.zeros_like(rng.seed[:n])
        rows, slots = xp.stack([pulled] * self.arms, axis=1), xp.stack([pulled] * len(self.delays), axis=1)
        zero = xp.astype(pulled, xp.float64)
        return {
            "pulled": pulled,
            "counts": rows,  # [n, K] pulls
            "arrived": rows + 0,  # [n, K] pulls whose pay has arrived
            "totals": xp.astype(rows, xp.float64),  # [n, K] pay that has arrived
            "arm": slots - 1,  # [n, D + 1] the last pulls in a ring
            "due": slots - 1,  # [n, D + 1] the steps at which their pay arrives
            "owed": xp.astype(slots, xp.float64),  # [n, D + 1] their pay
            "came": zero,  # [n] what the last step paid
            "saved": zero + 0.0,  # [n] with "end": what all pulls have paid so far
        }

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, table = rng.xp, self._tables(rng.device)
        row, t = numbers(len(action), rng), state["pulled"]
        drawn, lost = self.pay.draw(table["means"][action], rng), table["regret"][action]
        after = {key: xp.asarray(value, copy=True) for key, value in state.items()}
        after["pulled"] = t + 1
        after["counts"][row, action] += 1
        over = after["pulled"] == self.pulls
        columns = {"pseudo_regret": lost, "best_arm": xp.full_like(t, self.best_arm), "success": lost == 0.0}
        columns["drawn"] = drawn + 0.0
        if self.feedback == "end":
            after["saved"] = after["saved"] + drawn
            after["came"] = xp.where(over, after["saved"], 0.0)
            columns["outstanding"] = xp.where(over, 0, t + 1)
            columns["outstanding_pay"] = xp.where(over, 0.0, after["saved"])
            return after, after["came"] + 0.0, over, columns
        took = xp.sum(xp.astype(table["below"] <= rng.uniform()[:, None], xp.int64), axis=1)
        slot = t % len(self.delays)
        after["arm"][row, slot], after["due"][row, slot], after["owed"][row, slot] = action, t + took, drawn
        here, later = after["due"] == t[:, None], after["due"] > t[:, None]
        paid = xp.where(here, after["owed"], 0.0)
        whose = xp.where(here, after["arm"], -1)
        for k in range(self.arms):  # an arm may come twice, which adding by its number would count once
            own = whose == k
            after["arrived"][:, k] += xp.sum(xp.astype(own, xp.int64), axis=1)
            after["totals"][:, k] += xp.sum(xp.where(own, paid, 0.0), axis=1)
        after["came"] = xp.sum(paid, axis=1)
        columns["outstanding"] = xp.sum(xp.astype(later, xp.int64), axis=1)
        columns["outstanding_pay"] = xp.sum(xp.where(later, after["owed"], 0.0), axis=1)
        if self.feedback == "labelled":
            columns |= {"arrived_arm": whose, "arrived_pay": paid}
        return after, after["came"] + 0.0, over, columns

    def look(self, state: State) -> Tree:
        xp = namespace(state["pulled"])
        shares = state["counts"] / self.pulls
        if self.feedback == "labelled":
            means = state["totals"] / xp.clip(state["arrived"], min=1)
            return xp.astype(xp.concat([shares, state["arrived"] / self.pulls, means], axis=1), xp.float32)
        total = xp.sum(state["totals"], axis=1) if self.feedback == "anonymous" else state["came"]
        rest = xp.stack([state["came"], total], axis=1)
        return xp.astype(xp.concat([shares, rest], axis=1), xp.float32)

    # -- what is known -------------------------------------------------------------------------------------------------

    @property
    def best_arm(self) -> int:
        """The arm with the largest mean; the first of equals."""
        return int(self._means.argmax())

    @property
    def arriving(self) -> np.ndarray:
        """[T] how likely the pay of each pull arrives before the end."""
        if self.feedback == "end":
            return np.ones(self.pulls)
        left = self.pulls - 1 - np.arange(self.pulls)
        return np.minimum(np.cumsum(self.delays), 1.0)[np.minimum(left, len(self.delays) - 1)]

    @property
    def optimal_value(self) -> float:
        """The expected return of who pulls a best arm T times; no policy has a larger one."""
        return float(self.arriving.sum() * self._means.max())

    def to_mdp(self) -> Any:
        """The `TabularMDP` of one who knows the means and books pay with its pull: the expected returns are equal."""
        return clockwork(self.arriving[:, None] * self._means)

    def draw(self, state: State, i: int) -> np.ndarray:
        counts, totals = np.asarray(state["counts"][i]), np.asarray(state["totals"][i])
        seen = totals / np.maximum(np.asarray(state["arrived"][i]), 1)
        title = f"pull {int(state['pulled'][i])} of {self.pulls}    arrived {float(state['came'][i]):.4g}"
        spread = self.deviation or 0.0
        low, high = min(0.0, self._means.min() - spread), max(1.0, self._means.max() + spread)
        shown = seen if self.feedback == "labelled" else np.zeros(self.arms)
        return arms(title, counts, shown, self._means, low=low, high=high)

    def text(self, state: State, i: int) -> str:
        lines = [f"pull {int(state['pulled'][i])} of {self.pulls}, {float(state['came'][i]):.3f} arrived last"]
        for k in range(self.arms):
            n, m = int(state["counts"][i][k]), int(state["arrived"][i][k])
            told = f", {m} paid {float(state['totals'][i][k]) / m:.3f} each" if m else ", none paid yet"
            lines.append(f"arm {k}: {n} {'pull' if n == 1 else 'pulls'}{told if self.feedback == 'labelled' else ''}")
        return "\n".join(lines)

    def card(self) -> Card:
        k, t, slots = self.arms, self.pulls, len(self.delays)
        observation = {f"share[{k}]": f"pulls of each arm in this episode / {t}, 0..1"}
        info = {
            "pseudo_regret": "largest mean minus the mean of the pulled arm, >= 0",
            "best_arm": f"the arm with the largest mean, 0..{k - 1}",
            "success": "True if a best arm was pulled",
            "drawn": "what this pull pays, now or later: the truth, which agents must not read",
            "outstanding": "pulls whose pay is still on its way",
            "outstanding_pay": "the sum of that pay: the truth",
        }
        if self.feedback == "labelled":
            observation[f"arrived[{k}]"] = f"pulls of each arm whose pay has arrived / {t}, 0..1"
            observation[f"mean[{k}]"] = "mean of the pay that has arrived, 0 before the first"
            info["arrived_arm"] = f"[{slots}] the arms whose pay arrives now, -1 elsewhere"
            info["arrived_pay"] = f"[{slots}] what arrives of each, 0 elsewhere"
        else:
            observation |= {"paid": "what the last step paid", "total": "what all steps have paid"}
        when = "with the last pull" if self.feedback == "end" else f"{self.delay:g} steps later, by a {self.law} law"
        return Card(
            summary=f"{k} arms, {t} pulls an episode; pay comes {when}, {self.feedback}.",
            observation=observation,
            action={"action": f"the arm to pull, 0..{k - 1}"},
            reward=f"The true reward is the sum of the pay that arrives; that of a pull is {self.pay}.",
            info=info,
            random_return=float(self.arriving.sum() * self._means.mean()),
            optimal_return=self.optimal_value,
            source="Joulani, György, Szepesvári, Online Learning under Delayed Feedback, ICML 2013",
        )


def _bad(what: str, expected: str, mend: str = "") -> BadOption:
    return BadOption(what, where="DelayedBandit", expected=expected, mend=mend)
