"""Countdown: make a target out of a few numbers, in one expression or by one operation in each message.

    V(S) = 1 if the target lies in R(S), the values of all expressions over the numbers S that are left, else 0

Everything is exact: expressions are read as fractions, and an exhaustive search knows all solutions, whether what is
left can still reach the target, and by how few operations. Games of 24 and open-ended expressions are settings of it.

Source: Gandhi, Lee, Grand, Liu, Cheng, Sharma, Goodman, "Stream of Search (SoS): Learning to Search in Language",
COLM 2024, Section 3; Yao, Yu, Zhao, Shafran, Griffiths, Cao, Narasimhan, "Tree of Thoughts", NeurIPS 2023, Section 4.1
(24 line by line).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text import expressions
from rewardlab.envs.text.chains import split
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.text.number_game import LINE, USES, Goal, NumberGame
from rewardlab.envs.world import Card

_TRIES = 2000


@dataclass
class Countdown(Dialogue):
    """Make the target from the numbers.

    Args:
        count: numbers that one has, 2..5.
        largest: they are drawn from 1..largest, 2..100.
        target: what to make, 1..999; 0 for one that is drawn with the numbers.
        most: the largest target that is drawn, 5..999.
        operations: "+" and others of "-*/".
        fractions: a division may leave a remainder; else it must come out even.
        use: "all", each number exactly once; "some", each at most once; "free", each as often as one likes.
        by: "answer", one expression in one message; "line", one operation in each message, such as 3+4=7, which
            replaces both numbers by the result.
        spare: messages beyond the `count` − 1 that an operation each takes, 0..20.

    Raises:
        BadOption: for values outside these ranges, "line" with "free" or with fractions, and for a target that no
            numbers reach.
    """

    count: int = 3
    largest: int = 9
    target: int = 0
    most: int = 99
    operations: str = "+-*"
    fractions: bool = False
    use: str = "all"
    by: str = "answer"
    spare: int = 1

    columns = {"valid": False, "distance": -1.0, "left": 0, "solvable": False, "fewest": -1}

    def __post_init__(self) -> None:
        for name, known in (("use", USES), ("by", ("answer", "line"))):
            if getattr(self, name) not in known:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="Countdown", expected=f"one of {known}")
        ranges = (("count", 2, 5), ("largest", 2, 100), ("target", 0, 999), ("most", 5, 999), ("spare", 0, 20))
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="Countdown", expected=f"{low}..{high}")
        if "+" not in self.operations or set(self.operations) - set("+-*/"):
            raise BadOption(f"operations={self.operations!r}", where="Countdown", expected='"+" and others of "-*/"')
        if self.by == "line" and (self.use == "free" or self.fractions):
            raise BadOption(
                f"by='line' with use={self.use!r}, fractions={self.fractions!r}",
                where="Countdown",
                expected="each number once, and whole results",
                mend='by="answer"',
            )
        self.game = NumberGame(self.count, self.operations, self.fractions, self.use)
        self.turns = 1 if self.by == "answer" else self.count - 1 + self.spare
        self.said = 160 if self.by == "answer" else 40
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Goal:
        for _ in range(_TRIES):
            numbers = tuple(sorted(int(x) for x in rng.integers(1, self.largest + 1, size=self.count)))
            target = self.target or self._made(numbers, rng)
            goal = Goal(numbers, target)
            if 1 <= target <= (self.target or self.most) and (not self.target or self.game.expression(goal)):
                return goal
        raise BadOption(
            f"target={self.target}: none in {_TRIES} draws of {self.count} numbers up to {self.largest} reaches it",
            where="Countdown",
            expected="a target within reach",
            mend="target=0",
        )

    def _made(self, numbers: tuple[int, ...], rng: np.random.Generator) -> int:
        """What random operations on the numbers make; 0 where that is no whole number."""
        size = self.count if self.use == "all" else int(rng.integers(2, self.count + 1))
        values = [(int(x), 1) for x in rng.choice(numbers, size=size, replace=self.use == "free")]
        while len(values) > 1:
            i, j = (int(k) for k in rng.choice(len(values), size=2, replace=False))
            sign = str(rng.choice(list(self.operations)))
            found = expressions.combine(values[i], sign, values[j])
            if found is None or (sign == "/" and not self.fractions and found[1] != 1):
                return 0
            values = [v for k, v in enumerate(values) if k not in (i, j)] + [found]
        return values[0][0] if values[0][1] == 1 else 0

    def key(self, task: Goal) -> Any:
        return task.numbers, task.target

    def prompt(self, task: Goal) -> str:
        if self.brief:
            return ",".join(map(str, task.numbers)) + f">{task.target}"
        once = {
            "all": "each number exactly once",
            "some": "each number at most once",
            "free": "no other numbers, each as often as you like",
        }[self.use]
        signs = " ".join(self.operations)
        even = "" if self.fractions or "/" not in self.operations else " Divisions must come out even."
        form = (
            "Write one expression."
            if self.by == "answer"
            else "Write one operation in each message, such as 3+4=7; its result replaces the two numbers."
        )
        numbers = ", ".join(map(str, task.numbers))
        return f"Make {task.target} from {numbers}, with {signs} and {once}.{even} {form}"

    # -- how it is judged ----------------------------------------------------------------------------------------

    def begin(self, task: Goal) -> tuple[int, ...]:
        return task.numbers

    def hear(self, task: Goal, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        if self.by == "line":
            return self._operation(task, memory, said)
        found = self._value(said, task)
        success = found == (task.target, 1)
        columns = {
            "valid": found is not None,
            "distance": abs(found[0] / found[1] - task.target) if found else -1.0,
            "left": 0,
            "solvable": success,
            "fewest": 0 if success else -1,
        }
        return Heard("", {"outcome": float(success)}, True, success, memory, found is not None, columns)

    def _operation(self, task: Goal, left: tuple[int, ...], said: str) -> Heard:
        lines = split(said)
        after = self.game.replaced(lines[0], left) if len(lines) == 1 else None
        understood = len(lines) == 1 and bool(LINE.fullmatch(lines[0]))
        now = left if after is None else after[0]
        success = after is not None and self.game.done(after, task)
        ops = 0 if success else self.game.fewest(now, task.target)
        columns = {
            "valid": after is not None,
            "distance": float(min(abs(x - task.target) for x in now)),
            "left": len(now),
            "solvable": ops >= 0,
            "fewest": ops,
        }
        numbers = (",".join if self.brief else ", ".join)(map(str, now))
        reply = "" if success else numbers if self.brief else f"left: {numbers}"
        if after is None:
            reply = f"no;{reply}" if self.brief else f"that cannot be done; {reply}"
        over = success or len(now) == 1
        return Heard(reply, {"outcome": float(success)}, over, success, now, understood, columns)

    def _value(self, said: str, task: Goal) -> expressions.Value | None:
        """The value of the last line, None if it is no expression that is allowed."""
        lines = split(said)
        return self.game.value(lines[-1], task) if lines else None

    def check(self, said: str, task: Goal) -> bool:
        """Does the last line reach the target; with "line": do these operations, one a line?"""
        if self.by == "answer":
            return self._value(said, task) == (task.target, 1)
        left, success = task.numbers, False
        for line in split(said):
            after = None if success else self.game.replaced(line, left)
            if after is None:
                return False
            left, success = after[0], self.game.done(after, task)
        return success

    def expert(self, task: Goal, memory: Any, rng: np.random.Generator) -> str:
        return self.game.expression(task) if self.by == "answer" else self.game.next(memory, task) or "no"

    def examples(self) -> Sequence[Example]:
        task, loose = Goal((2, 3, 3), 8), self.use != "all"
        if self.by == "line":
            right = ["3+3=6\n2+6=8", "3+3=6;6+2=8", " 2 + 3 = 5 \n5+3=8.", "03+2=5\n5+3=08"]
            wrong = ["", "8", "3+3+2=8", "3+3=6", "3+3=6\n6+3=9", "3+5=8", "2+3=6\n6+3=9", "3+3=6\n6+2=8\n8+0=8",
                     "3+3=6\n\uff16+2=8", "6+2=8\n3+3=6", "9" * 5000]  # fmt: skip
            more = [("3+3=6\n6+2=8\nthat is all", False)]
        else:
            right = ["2+3+3", "3+2+3", "(3+3)+2", " 3 + (2+3) ", "answer: 2+3+3", "2+3+3=8", "I try\n3+3+2 = 8.",
                     "((2)+((3)+3))", "#2+3+3", "02+3+3"]  # fmt: skip
            wrong = ["", "8", "2+3+4", "2+3+3=9", "2+3+3+", "(2+3+3", "2+3+3)", "2 3 3", "5+3", "23+3", "+2+3+3",
                     "\uff12+3+3", "\\u{32}+3+3", "2+3+3\nsorry", "2*(3+3", "9" * 5000, "(" * 3000]  # fmt: skip
            more = [("3+3+2+9-9", False), ("2+2+2+2", self.use == "free"), ("2+3+3=8=8", False)]
            if "*" in self.operations:
                more.append(("2*3", False))
                task_of_six = Goal((2, 3, 7), 6)
                return [
                    *(Example(s, task, True) for s in right),
                    *(Example(s, task, False) for s in wrong),
                    *(Example(s, task, passes) for s, passes in more),
                    Example("2*3", task_of_six, loose),
                ]
        return [
            *(Example(s, task, True) for s in right),
            *(Example(s, task, False) for s in wrong),
            *(Example(s, task, passes) for s, passes in more),
        ]

    def vocabulary(self) -> Sequence[str]:
        return (*"0123456789+-*/()=,>;", "no") if self.brief else super().vocabulary()

    def card(self) -> Card:
        form = (
            "one expression on the last line"
            if self.by == "answer"
            else "one operation, such as 3+4=7, in each message"
        )
        return Card(
            summary="Make a target out of a few numbers.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: {form}"},
            reward="1 when the target is reached",
            info={
                "valid": "True if the expression or operation is allowed and right",
                "distance": "from its value, or the nearest number left, to the target; -1 without one",
                "left": "numbers left after an operation",
                "solvable": "True while the target can be reached from what is left: the exact value",
                "fewest": "operations that this takes at least, -1 if it cannot be",
                **self.told(),
            },
            optimal_return=1.0,
            source="Gandhi et al., Stream of Search (SoS), COLM 2024",
        )
