"""A library of skills: found by what they say, chosen by what they earned, extended and pruned.

    choice = argmax_{k ∈ top(t)} m(t, k) + c √(ln Σ_j n(t, j) / n(t, k)),    m ← m + (R − m) / n

For each sub-task t in words, top(t) are the skills with the most similar descriptions, and m(t, k) is the mean return
of sub-task t while skill k was followed, n(t, k) times. A skill's score is by how much it earned more than its
sub-tasks do on the whole, so that one that is called in bad situations is not blamed for them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from rewardlab.agents.search.skills import BASIC, Skill, compose, embed, mutate
from rewardlab.core.errors import BadCheckpoint, BadOption


@dataclass
class Record:
    """What is known of one sub-task.

    Attributes:
        count: skill's number -> how often it was followed.
        mean: skill's number -> mean return.
        squares: skill's number -> sum of squared deviations from it.
    """

    count: dict[int, int] = field(default_factory=dict)
    mean: dict[int, float] = field(default_factory=dict)
    squares: dict[int, float] = field(default_factory=dict)


@dataclass
class Library:
    """Skills by number; a number is never used twice.

    Args:
        skills: number -> skill.
        origin: number of a written skill -> (its sub-task, its parent's number).
        records: sub-task -> what is known of it.
        made: numbers used so far.
    """

    skills: dict[int, Skill] = field(default_factory=lambda: dict(enumerate(BASIC)))
    origin: dict[int, tuple[str, int]] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        if not self.skills:
            raise BadOption("no skills", where="Library", expected="at least one to begin with")
        self.made = max(self.made, max(self.skills) + 1)

    def retrieve(self, task: str, k: int) -> list[int]:
        """The numbers of the k skills most similar to a sub-task, the most similar first, of equals the older."""
        numbers = list(self.skills)
        like = embed([self.skills[i].text for i in numbers]) @ embed([task])[0]
        return [numbers[i] for i in np.argsort(-like, kind="stable")[:k]]

    def evidence(self, task: str, numbers: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Means [k] (0 before the first) and counts [k] of skills for a sub-task."""
        held = self.records.get(task, Record())
        return np.array([held.mean.get(i, 0.0) for i in numbers]), np.array([held.count.get(i, 0) for i in numbers])

    def reflect(self, task: str, number: int, scores: Sequence[float]) -> None:
        """Take in the returns of a sub-task, one after the other; those of a skill that is gone are forgotten."""
        if number not in self.skills:
            return
        held = self.records.setdefault(task, Record())
        for score in scores:
            held.count[number] = held.count.get(number, 0) + 1
            before = held.mean.get(number, 0.0)
            held.mean[number] = now = before + (float(score) - before) / held.count[number]
            held.squares[number] = held.squares.get(number, 0.0) + (float(score) - before) * (float(score) - now)

    def better(self, task: str, one: int, other: int, margin: float) -> bool:
        """Whether a skill earned more than another for a sub-task, by `margin` standard errors of the difference.

        False if it was not tried itself; True if the other was not, or is gone.
        """
        held = self.records.get(task, Record())
        if one not in held.count:
            return False
        if other not in held.count:
            return True
        error = sum(held.squares[i] / held.count[i] ** 2 for i in (one, other))
        return held.mean[one] - held.mean[other] > margin * error**0.5

    def score(self, number: int) -> float:
        """Mean return less that of the same sub-tasks by all skills; 0 before the first use."""
        total, uses = 0.0, 0
        for held in self.records.values():
            n = held.count.get(number, 0)
            if n:
                every = sum(held.count.values())
                whole = sum(held.count[i] * held.mean[i] for i in held.count) / every
                total, uses = total + n * (held.mean[number] - whole), uses + n
        return total / uses if uses else 0.0

    def uses(self, number: int) -> int:
        """How often a skill was followed, for all sub-tasks."""
        return sum(held.count.get(number, 0) for held in self.records.values())

    def write(self, task: str, parent: int, rng: np.random.Generator, *, size: float) -> int:
        """Store a new skill for a sub-task, and return its number.

        One time in three whom to attack, or where to stand, comes from another skill first; then the weights take a
        normal step.
        """
        child = self.skills[parent]
        others = [s for i, s in self.skills.items() if i != parent]
        if others and rng.random() < 1 / 3:
            other = others[rng.integers(len(others))]
            child = compose(child, other) if rng.random() < 0.5 else compose(other, child)
        number, self.made = self.made, self.made + 1
        base = self.skills[parent].name.partition(" #")[0]
        self.skills[number] = mutate(child, rng, size=size, name=f"{base} #{number}", text=f"{task}: {base}")
        self.origin[number] = (task, parent)
        return number

    def drop(self, number: int) -> None:
        """Forget a skill and what it earned; the last one stays."""
        if len(self.skills) > 1 and number in self.skills:
            del self.skills[number]
            self.origin.pop(number, None)
            for held in self.records.values():
                held.count.pop(number, None)
                held.mean.pop(number, None)
                held.squares.pop(number, None)

    def prune(self, *, floor: float, trials: int, most: int, spare: Collection[int] = ()) -> list[int]:
        """Drop the skills with a score below `floor` after `trials` uses, then the lowest scores beyond `most`.

        Of equal scores the younger goes. Those to `spare` make room last: they were hardly tried yet, and would else
        be the first. Returns the numbers that are gone.
        """
        gone = [i for i in self.skills if self.uses(i) >= trials and self.score(i) < floor]
        gone = gone[: len(self.skills) - 1]
        rest = sorted((i for i in self.skills if i not in gone), key=lambda i: (i in spare, self.score(i), -i))
        gone += rest[: max(len(rest) - most, 0)]
        for i in gone:
            self.drop(i)
        return gone

    def state(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {
            "skills": [[i, s.name, s.text, list(s.weights)] for i, s in self.skills.items()],
            "origin": [[i, *o] for i, o in self.origin.items()],
            "records": [
                [t, [[i, r.count[i], r.mean[i], r.squares[i]] for i in r.count]] for t, r in self.records.items()
            ],
            "made": self.made,
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """The library whose `state` it is.

        Raises:
            BadCheckpoint: for something else.
        """
        try:
            records = {
                t: Record({e[0]: int(e[1]) for e in r}, {e[0]: float(e[2]) for e in r}, {e[0]: float(e[3]) for e in r})
                for t, r in state["records"]
            }
            return cls(
                {int(i): Skill(name, text, tuple(w)) for i, name, text, w in state["skills"]},
                {int(i): (str(t), int(p)) for i, t, p in state["origin"]},
                records,
                int(state["made"]),
            )
        except (KeyError, TypeError, ValueError) as e:
            raise BadCheckpoint(f"{type(e).__name__}: {e}", where="Library", expected="the state of one") from None


def ucb(means: np.ndarray, counts: np.ndarray, c: float) -> np.ndarray:
    """The numbers [k] by which to choose: m + c √(ln Σn / n), infinite for what was never tried."""
    total = max(int(counts.sum()), 1)
    width = np.sqrt(np.log(total) / np.maximum(counts, 1))
    return np.where(counts > 0, means + c * width, np.inf)


def shares(means: np.ndarray, counts: np.ndarray, c: float, n: int) -> np.ndarray:
    """n choices [n] that are made at once, one after the other by UCB; each counts before its return is known."""
    counts, chosen = counts.copy(), np.empty(n, dtype=np.int64)
    for i in range(n):
        chosen[i] = ucb(means, counts, c).argmax()
        counts[chosen[i]] += 1
    return chosen
