"""The stochastic bandit in words: for language models, and in tokens for small policies.

    history    each pull: arm, pay
    summary    each arm: n_k pulls, mean x̄_k
    guide      each arm: n_k, x̄_k and the bonus √(c ln t / n_k), so that UCB1 pulls the largest x̄_k + bonus

It measures whether a policy explores by what it reads. The three forms ask for less and less of it: to remember and
count, to weigh, to add and compare.

Source: Nie, Su, Chang, Lee, Chi, Le, Chen, "EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration", ICML
2025, Sections 3 and 5 (domains, forms and guides); Krishnamurthy, Harris, Foster, Zhang, Slivkins, "Can Large Language
Models Explore In-Context?", NeurIPS 2024, Section 2 (one arm ahead of all others by a gap).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.bandits.stochastic import StochasticBandit
from rewardlab.envs.bandits.words import NAMES, Tokens, Told, check_digits, shown
from rewardlab.envs.rules import Card, State


@dataclass
class StochasticBanditText(Told):
    """One reads the task and the pulls so far, and answers with the name of an arm.

    Args:
        form: "history", "summary" or "guide".
        domain: what arms are called, "labels" (B, C, ...) or "products".
        exploration: c >= 0 of the guide.
        digits: significant digits of numbers, 1..17.
        arms: K >= 2, at most 24 labels or 26 products.
        means: as in `StochasticBandit`; so are the others.
        deviation: as there; None for pay of 0 or 1.
        instance: as there.
        pulls: as there.
        gap: as there, but None only beside `means` that are given.

    Attributes:
        bandit: the bandit in numbers.
        names: [K] what the arms are called.

    Raises:
        BadOption: for a form, a domain or digits that do not exist, more arms than names, and as `StochasticBandit`.
    """

    form: str = "history"
    domain: str = "labels"
    exploration: float = 2.0
    digits: int = 9
    arms: int = 5
    means: Sequence[float] | None = None
    deviation: float | None = None
    instance: int = 0
    pulls: int = 200
    gap: float | None = 0.5

    def __post_init__(self) -> None:
        where = "StochasticBanditText"
        check_digits(self.digits, where)
        if self.domain not in NAMES:
            known = ", ".join(NAMES)
            raise BadOption(
                f"domain={self.domain!r}", where=where, expected=f"one of {known}", mend=nearest(self.domain, NAMES)
            )
        if not 0.0 <= self.exploration < math.inf:
            raise BadOption(f"exploration={self.exploration!r}", where=where, expected="a finite number >= 0")
        gap = None if self.means is not None else self.gap
        self.bandit: StochasticBandit = StochasticBandit(
            self.arms, self.means, self.deviation, self.instance, self.pulls, gap
        )
        self.arms = self.bandit.arms
        if self.arms > len(NAMES[self.domain]):
            raise BadOption(f"{self.arms} arms", where=where, expected=f"at most {len(NAMES[self.domain])}")
        self.names = NAMES[self.domain][: self.arms]
        self._tell()

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """The bonus takes a logarithm, which differs between platforms in the last digit."""
        return self.bandit.exact and self.form != "guide"

    def prompt(self) -> str:
        things = "buttons" if self.domain == "labels" else "products to show"
        pays = "1 or 0" if self.deviation is None else "a number"
        told = {
            "history": "Below stands each choice so far with what it paid.",
            "summary": "Below stands how often each was chosen, and what it paid on average.",
            "guide": "Below stands how often each was chosen, its mean pay, and a bonus for what is still unknown of "
            "it; the largest sum of mean and bonus is a good choice.",
        }
        return (
            f"There are {self.arms} {things}: {', '.join(self.names)}. Each choice pays {pays} by chance; each of them "
            f"has a mean pay of its own that never changes. You choose {self.pulls} times. Earn as much as you can. "
            f"{told[self.form]} Answer with one name."
        )

    def body(self, state: State, i: int) -> str:
        t = int(state["pulled"][i])
        head = f"{t} of {self.pulls} chosen"
        if self.form == "history":
            pulls = zip(state["arms"][i][:t].tolist(), state["pays"][i][:t].tolist(), strict=True)
            return "\n".join([head, *(f"{self.names[k]} {shown(pay, self.digits)}" for k, pay in pulls)])
        counts, means = state["counts"][i], state["totals"][i] / np.maximum(state["counts"][i], 1)
        bonus = self.bonus(counts, t)
        lines = [head]
        for k, name in enumerate(self.names):
            value = f"mean {shown(means[k], self.digits)}"
            if self.form == "guide":
                lines.append(f"{name}: chosen {counts[k]}, {value}, bonus {shown(bonus[k], self.digits)}")
            else:
                lines.append(f"{name}: chosen {counts[k]}" + (f", {value}" if counts[k] else ""))
        return "\n".join(lines)

    def bonus(self, counts: np.ndarray, t: int) -> np.ndarray:
        """√(c ln t / n) [K] for counts [K] after t pulls, infinite for arms that were never pulled."""
        bonus = math.sqrt(self.exploration * math.log(max(t, 2))) * (1.0 / np.sqrt(np.maximum(counts, 1)))
        return np.where(counts > 0, bonus, np.inf)

    def longest(self) -> int:
        name = max(map(len, self.names))
        number = 1 if self.deviation is None else self.digits + 7  # sign, point, exponent
        head = len(f"{self.pulls} of {self.pulls} chosen")
        if self.form == "history":
            return head + self.pulls * (name + number + 2)
        rest = 2 * (self.digits + 7) + len(": chosen , mean , bonus ") + len(str(self.pulls))
        return head + self.arms * (name + rest + 1)

    def to_mdp(self) -> Any:
        """That of the bandit in numbers."""
        return self.bandit.to_mdp()

    def card(self) -> Card:
        return _card(self, {"text": f"the task and what was seen so far, as a {self.form}"}, _ANSWERED)


@dataclass
class StochasticBanditTokens(Tokens):
    """The same for small policies: what was seen as characters by number, arms by number.

    Args:
        form: "history", "summary" or "guide".
        domain: what arms are called, "labels" or "products".
        exploration: c >= 0 of the guide.
        digits: significant digits of numbers, 1..17.
        arms: K >= 2, at most 24 labels or 26 products.
        means: as in `StochasticBandit`; so are the others.
        deviation: as there; None for pay of 0 or 1.
        instance: as there.
        pulls: as there.
        gap: as there, but None only beside `means` that are given.

    Attributes:
        view: the text view.

    Raises:
        BadOption: as `StochasticBanditText`.
    """

    form: str = "history"
    domain: str = "labels"
    exploration: float = 2.0
    digits: int = 4
    arms: int = 5
    means: Sequence[float] | None = None
    deviation: float | None = None
    instance: int = 0
    pulls: int = 200
    gap: float | None = 0.5

    def __post_init__(self) -> None:
        told = (self.form, self.domain, self.exploration, self.digits)
        view = StochasticBanditText(*told, self.arms, self.means, self.deviation, self.instance, self.pulls, self.gap)
        self.arms = view.arms
        self._number(view)

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """As of the text view."""
        return self.view.exact

    def card(self) -> Card:
        view: Any = self.view
        seen = {"tokens": f"[{view.longest()}] what was seen so far as a {self.form}: characters by number, 0 for none"}
        return _card(view, seen, {})


_ANSWERED = {
    "arm": "the arm that was pulled",
    "said": "the answer",
    "understood": "True if the answer named one arm; else chance chose one",
}


def _card(view: StochasticBanditText, observation: dict[str, str], info: dict[str, str]) -> Card:
    numeric = view.bandit.card()
    action = {"name": f"one of {', '.join(view.names)}"} if info else dict(numeric.action)
    return Card(
        summary=f"{view.arms} arms by name, {view.pulls} pulls an episode; what was seen is told as a {view.form}.",
        observation=observation,
        action=action,
        reward=numeric.reward,
        info={**numeric.info, **info},
        random_return=numeric.random_return,
        optimal_return=numeric.optimal_return,
        source="Nie et al., EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration, ICML 2025",
    )
