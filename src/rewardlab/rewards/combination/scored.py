"""Rule-based reward of parsed answers.

    R = f(parse(a), c_1, ..., c_K),    c_k the info columns of the step

Pays what a rule says of one answer and what is known of its task: a right choice, a box near the true one, a number
within tolerance. A rule that cannot be argued with is hard to hack, where one exists.

Source: DeepSeek-AI, "DeepSeek-R1: Incentivizing Reasoning Capability in LLMs via Reinforcement Learning", arXiv
2501.12948, 2025, Section 2.2.2 (rule-based rewards).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadReward
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.answers import paid, parsed, told


@dataclass
class Scored(Reward):
    """Pays f(answer, *columns), a pure function of one answer, row by row.

    Args:
        rule: f: the parsed answer and one value of each column -> a number; NaN shows.
        columns: the info columns that it is given, as rows of NumPy arrays.
        parse: what makes an answer of an action; the action itself if None. It should give None for what it cannot
            read, and the rule should pay 0 for that.
        title: the part's name in logs.

    Raises:
        BadOption: for a rule that cannot be called, or columns that are no names.
        BadReward: when called, if the rule gives anything but a number.
        MissingColumn: when called, for a column that the environment does not give.
    """

    rule: Callable[..., float]
    columns: tuple[str, ...] = ()
    parse: Callable[[Any], Any] | None = None
    title: str = "scored"
    knowledge: ClassVar[str] = "a rule for right answers"

    def __post_init__(self) -> None:
        if not callable(self.rule):
            raise BadOption(f"rule={self.rule!r}", where="Scored", expected="a function of an answer and columns")
        if isinstance(self.columns, str) or not all(isinstance(c, str) for c in self.columns):
            raise BadOption(f"columns={self.columns!r}", where="Scored", expected="a tuple of names", mend='("truth",)')
        self.columns = tuple(self.columns)

    def __call__(self, batch: Transitions) -> Array:
        answers = parsed(batch, self.parse)
        known = [told(batch, c, by="Scored") for c in self.columns]
        return paid([self._pay(*row) for row in zip(answers, *known, strict=True)], batch)

    def _pay(self, *row: Any) -> float:
        value = self.rule(*row)
        if not isinstance(value, (bool, int, float, np.number, np.bool_)):
            raise BadReward(f"the rule gave {value!r}", where=self.title, expected="a number for each answer")
        return float(value)

    @property
    def name(self) -> str:
        return self.title
