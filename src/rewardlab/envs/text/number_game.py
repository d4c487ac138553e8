"""The rules of games with numbers and operations, and what can be known of every state by search.

    fewest(S) = min over allowed choices C ⊆ S with target ∈ R(C) of |C| − 1

R(C) are the values of expressions that use each number of C once (see `expressions`). Where numbers may be used freely,
a choice may hold one as often as it likes, up to `count` numbers in all.
"""

import re
from dataclasses import dataclass
from itertools import combinations, product

from rewardlab.envs.text import expressions
from rewardlab.envs.text.expressions import Value, whole

USES = ("all", "some", "free")
LINE = re.compile(r"\s*(-?[0-9]{1,9})\s*([-+*/])\s*(-?[0-9]{1,9})\s*=\s*(-?[0-9]{1,12})\s*\.?\s*")
_ANSWER = re.compile(r"\s*(?:answer\s*:|#)?([^=:#]*)(?:=\s*(-?[0-9]{1,9})\s*)?\.?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Goal:
    """What is asked.

    Attributes:
        numbers: those that one has, in ascending order.
        target: what to make of them.
    """

    numbers: tuple[int, ...]
    target: int


@dataclass(frozen=True)
class NumberGame:
    """What is allowed.

    Attributes:
        count: numbers that one has.
        operations: some of "+-*/".
        fractions: whether a division may leave a remainder.
        use: "all", each number exactly once; "some", each at most once; "free", each as often as one likes.
    """

    count: int
    operations: str
    fractions: bool
    use: str

    def choices(self, numbers: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The multisets of at least two numbers that an expression may use, the small ones first."""
        if self.use == "all":
            return [tuple(sorted(numbers))] if len(numbers) > 1 else []
        sizes = range(2, max(len(numbers), self.count if self.use == "free" else 0) + 1)
        if self.use == "free":
            distinct = sorted(set(numbers))
            return [c for size in sizes for c in sorted({tuple(sorted(p)) for p in product(distinct, repeat=size)})]
        return [c for size in sizes for c in sorted(set(combinations(sorted(numbers), size)))]

    def expression(self, goal: Goal) -> str:
        """A solution as one expression, as short as can be; "" if there is none."""
        for chosen in self.choices(goal.numbers):
            if found := expressions.find(whole(chosen), (goal.target, 1), self.operations, self.fractions):
                return found
        return ""

    def solutions(self, goal: Goal) -> list[str]:
        """All expressions that reach the target, a+b and b+a being one."""
        found: set[str] = set()
        for chosen in self.choices(goal.numbers):
            found |= expressions.every(whole(chosen), self.operations, self.fractions).get((goal.target, 1), set())
        return sorted(found)

    def fewest(self, left: tuple[int, ...], target: int) -> int:
        """By how few operations on what is left the target can be reached, −1 if it cannot."""
        for chosen in self.choices(left):
            if expressions.reaches(whole(chosen), (target, 1), self.operations, self.fractions):
                return len(chosen) - 1
        return -1

    def value(self, line: str, goal: Goal) -> Value | None:
        """The value of an expression, None if it is none, is not allowed, or claims another value."""
        match = _ANSWER.fullmatch(line) if len(line) <= expressions.LONGEST else None
        found = match and expressions.read(match[1], operations=self.operations, fractions=self.fractions)
        if not match or not found or len(found[1]) < 2 or (match[2] and (int(match[2]), 1) != found[0]):
            return None
        value, leaves = found
        if self.use == "free":
            return value if set(leaves) <= set(goal.numbers) else None
        rest = list(goal.numbers)
        for x in leaves:
            if x not in rest:
                return None
            rest.remove(x)
        return None if rest and self.use == "all" else value

    def replaced(self, line: str, left: tuple[int, ...]) -> tuple[tuple[int, ...], int] | None:
        """What is left after an operation such as 3+4=7, and its result; None if it is wrong or not allowed."""
        match = LINE.fullmatch(line)
        if not match or match[2] not in self.operations:
            return None
        a, b, result = int(match[1]), int(match[3]), int(match[4])
        rest = list(left)
        for x in (a, b):
            if x not in rest:
                return None
            rest.remove(x)
        if expressions.combine((a, 1), match[2], (b, 1)) != (result, 1):
            return None
        return tuple(sorted([*rest, result])), result

    def done(self, after: tuple[tuple[int, ...], int], goal: Goal) -> bool:
        """Whether an operation, given by what it left and its result, has reached the target."""
        return after[1] == goal.target and (self.use == "some" or len(after[0]) == 1)

    def next(self, left: tuple[int, ...], goal: Goal) -> str:
        """An operation after which the target can be reached by the fewest, "" if there is none."""
        now, best = self.fewest(left, goal.target), ""
        for i, j in combinations(range(len(left)), 2):
            rest = [x for k, x in enumerate(left) if k not in (i, j)]
            for a, sign, b, value in expressions.pairs((left[i], 1), (left[j], 1), self.operations, False):
                after = tuple(sorted([*rest, value[0]]))
                line = f"{a[0]}{sign}{b[0]}={value[0]}"
                if self.done((after, value[0]), goal):
                    return line
                if not best and self.fewest(after, goal.target) == now - 1 >= 0:
                    best = line
        return best
