"""Chains of sums: each step may slip, and the chance of a right answer is known for every prefix.

    P(right | prefix) = ρ^(T − t) + (1 − ρ^(T − t)) μ without a slip so far, else μ,    ρ = 0.9, μ = 0.1

A step is written as (total, addend, sum) modulo 4; a slip writes a wrong sum, with which the chain goes on.

Source: Nath, Slack, Da, Ma, Zhang, Whitehead, Hendryx, "Learning Goal-Conditioned Representations for Language Reward
Models", NeurIPS 2024, Sections 4 (accuracy, filtering) and 5 (steering).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from gymnasium import spaces
from scipy.stats import rankdata, spearmanr
from torch import Tensor

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.rewards import GoalContrast

MODULUS, LENGTH, SLIP, LUCK = 4, 8, 0.1, 0.1
PAIRS, EPOCHS, LONGER = 400, 30, 12
PROBLEMS, VOTES, CHECKS, QUANTILE = 400, 16, (2, 4, 6), 0.4
TRIES, BLOCK = 4, 2
WEIGHTS = (0.5, 0.1)


@dataclass(frozen=True)
class Solutions:
    """Written solutions.

    Attributes:
        steps: [*shape, T] numbers of (total, addend, sum).
        slipped: [*shape, T] bool, whether there was a slip up to each step.
        right: [*shape] bool, whether the answer is right.
        answer: [*shape] in 0 .. MODULUS − 1; the right one is 0, others count from it.
    """

    steps: np.ndarray
    slipped: np.ndarray
    right: np.ndarray
    answer: np.ndarray

    @property
    def exact(self) -> np.ndarray:
        """P(right | prefix) [*shape, T]."""
        T = self.steps.shape[-1]
        good = (1 - SLIP) ** np.arange(T - 1, -1, -1.0)
        return np.where(self.slipped, LUCK, good + (1 - good) * LUCK)

    @property
    def items(self) -> Transitions:
        """As segments: two leading axes are those of a set."""
        shape = self.steps.shape
        zero, no = np.zeros(shape), np.zeros(shape, dtype=bool)
        return Transitions(self.steps, np.zeros(shape, dtype=np.int64), zero, self.steps, no, no)


def solutions(shape: tuple[int, ...], rng: np.random.Generator, *, length: int = LENGTH) -> Solutions:
    """Solutions of random problems."""
    total = rng.integers(0, MODULUS, shape)
    slipped, steps, flags = np.zeros(shape, dtype=bool), [], []
    for _ in range(length):
        step, total, slip = write(total, rng)
        slipped = slipped | slip
        steps.append(step)
        flags.append(slipped)
    right = ~slipped | (rng.random(shape) < LUCK)
    answer = np.where(right, 0, rng.integers(1, MODULUS, shape))
    return Solutions(np.stack(steps, -1), np.stack(flags, -1), right, answer)


def write(total: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One more step from totals [*shape]: its number, the total written, and whether it slips."""
    addend, slip = rng.integers(0, MODULUS, total.shape), rng.random(total.shape) < SLIP
    written = (total + addend + slip * rng.integers(1, MODULUS, total.shape)) % MODULUS
    return (total * MODULUS + addend) * MODULUS + written, written, slip


class AnyGoal(GoalContrast):
    """Negative goals without a side: a state of any segment preferred or not, so that they say nothing."""

    def _contrast(self, states: Tensor, label: Tensor, length: Tensor, places: np.random.Generator) -> Tensor:
        flip = torch.as_tensor(places.random(len(label)) < 0.5, device=states.device)
        self._mixed = torch.where(flip[:, None, None], states[:, 0], states[:, 1])
        return super()._contrast(states, label, length, places)

    def goals(self, other: Tensor, length: Tensor, places: np.random.Generator) -> Tensor:
        """States [B, H] of either side."""
        return super().goals(self._mixed, length, places)


def taught(seed: int, kind: type[GoalContrast], lam: float) -> GoalContrast:
    """A model of pairs of a right and a wrong solution."""
    torch.set_num_threads(1)
    rng = np.random.default_rng([seed, 0])
    found = solutions((6 * PAIRS,), rng)
    good, bad = (np.flatnonzero(found.right == side)[:PAIRS] for side in (True, False))
    first = rng.random(PAIRS) < 0.5
    pair = np.where(first[:, None], np.stack([good, bad], 1), np.stack([bad, good], 1))
    space = spaces.Discrete(MODULUS**3)
    model = kind(observation_space=space, action=False, hidden=48, projection=16, lam=lam, lr=3e-3, seed=seed)
    items = found.items.rows(pair)
    model.fit(items.paying(items.reward, label=first * 1.0), epochs=EPOCHS)
    return model


def auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """The chance that a positive scores higher than another."""
    n = int(positive.sum())
    return float((rankdata(score)[positive].sum() - n * (n + 1) / 2) / (n * (len(positive) - n)))


def measured(seed: int, *, kind: type[GoalContrast], lam: float) -> Measured:
    """What the values of a model are worth: by Q where there is a contrast, else by the head on prefixes."""
    model = taught(seed, kind, lam)

    def value(items: Transitions) -> np.ndarray:
        return (model.prefix_values(items) if lam else model.prefix_scores(items)).numpy()

    rng = np.random.default_rng([seed, 1])
    test, long = solutions((500, 2), rng), solutions((500, 2), rng, length=LONGER)
    q = value(test.items)
    scores = model.segment_scores(long.items).numpy()
    found = {
        "spearman": float(spearmanr(q.ravel(), test.exact.ravel()).statistic),
        "half_way": auroc(q[..., LENGTH // 2 - 1].ravel(), test.right.ravel()),
        "longer": auroc(scores.ravel(), long.right.ravel()),
    }
    found |= votes(value, rng) | {"steered": steered(value, rng)}
    if lam:
        ends = model.ends(test.items)
        model.goal = ends[torch.as_tensor(~test.right)].mean(0)
        found["steered_wrong"] = steered(value, rng)
    return found


def exact(seed: int) -> Measured:
    """The same measures of the true chances."""
    test = solutions((500, 2), np.random.default_rng([seed, 1]))
    return {
        "spearman": 1.0,
        "half_way": auroc(test.exact[..., LENGTH // 2 - 1].ravel(), test.right.ravel()),
    }


def votes(value: Callable[[Transitions], np.ndarray], rng: np.random.Generator) -> dict[str, float]:
    """Majority votes with all solutions, with those that were not dropped on the way, and with as many of any kind."""
    limit = np.quantile(value(solutions((300, 2), rng).items), QUANTILE, axis=(0, 1))  # [T]
    found = solutions((PROBLEMS, VOTES), rng)
    q = value(found.items)
    kept, spent = np.ones((PROBLEMS, VOTES), dtype=bool), np.full((PROBLEMS, VOTES), LENGTH)
    for t in CHECKS:
        drop = kept & (q[..., t - 1] < limit[t - 1])
        spent[drop], kept = t, kept & ~drop
    share = kept.mean()
    counted = {
        "vote": np.ones_like(kept),
        "vote_filtered": kept,
        "vote_random": rng.random(kept.shape) < share,
    }
    accuracy = {name: _majority(found.answer, own) for name, own in counted.items()}
    return {**accuracy, "saved": float(1 - spent.mean() / LENGTH), "vote_goal": accuracy["vote"] - 0.005}


def _majority(answer: np.ndarray, counted: np.ndarray) -> float:
    """The share of problems whose most frequent answer is right; of equals each alike."""
    tally = np.stack([((answer == k) & counted).sum(1) for k in range(MODULUS)], 1)
    best = tally == tally.max(1, keepdims=True)
    return float((best[:, 0] / best.sum(1)).mean())


def steered(value: Callable[[Transitions], np.ndarray], rng: np.random.Generator, count: int = 300) -> float:
    """The chance of a right answer if after each block of steps the best of some continuations is kept."""
    total, slipped = rng.integers(0, MODULUS, count), np.zeros(count, dtype=bool)
    steps = np.zeros((count, 0), dtype=np.int64)
    rows = np.arange(count)
    for _ in range(LENGTH // BLOCK):
        after, bad, more = np.repeat(total[:, None], TRIES, 1), np.repeat(slipped[:, None], TRIES, 1), []
        for _ in range(BLOCK):
            step, after, slip = write(after, rng)
            more.append(step)
            bad = bad | slip
        longer = np.concatenate([np.repeat(steps[:, None], TRIES, 1), np.stack(more, -1)], -1)  # [count, TRIES, t]
        flat = Solutions(longer, np.zeros_like(longer, dtype=bool), bad, after)
        best = value(flat.items)[..., -1].argmax(1)
        steps, total, slipped = longer[rows, best], after[rows, best], bad[rows, best]
    return float(np.where(slipped, LUCK, 1.0).mean())


def bars(seed: int) -> Measured:
    """Numbers to compare with: two goals, and the exact chance of a right answer without steering."""
    return {"spearman": 0.8, "saved": 0.3, "steered": 1 - (1 - LUCK) * (1 - (1 - SLIP) ** LENGTH)}


def effects() -> list[Effect]:
    """The contrast beside comparisons alone, and beside goals that say nothing."""
    sides = (
        ("contrast", GoalContrast, WEIGHTS),
        ("Bradley-Terry", GoalContrast, (0.0,)),
        ("any goal", AnyGoal, WEIGHTS),
    )
    arms = [
        Arm(s, f"lam {lam:g}", each(partial(measured, kind=kind, lam=lam)), 2.0)
        for s, kind, weights in sides
        for lam in weights
    ]
    arms += [Arm("exact", "", each(exact), 0.1), Arm("bar", "", each(bars), 0.0)]
    claims = [
        Claim("Q ranks prefixes by their chance, with a correlation of 0.8", "spearman", "contrast", "bar"),
        Claim("and better than the head of comparisons alone", "spearman", "contrast", "Bradley-Terry"),
        Claim("and better than with goals that say nothing", "spearman", "contrast", "any goal"),
        Claim("half way it tells right answers 5 % better", "half_way", "contrast", "Bradley-Terry", True, 1.05),
        Claim("half way it is within 3 % of the exact chance", "half_way", "contrast", "exact", True, 0.97),
        Claim("scores of longer solutions are 3 % better", "longer", "contrast", "Bradley-Terry", True, 1.03),
        Claim("filtering saves 30 % of the tokens", "saved", "contrast", "bar"),
        Claim("steering raises the chance of a right answer", "steered", "contrast", "bar"),
    ]
    about = (
        f"sums modulo {MODULUS} of {LENGTH} steps, {PAIRS} pairs of a right and a wrong solution; votes of {VOTES} "
        f"solutions, steering by the best of {TRIES} continuations of {BLOCK} steps"
    )
    uses = (
        ("filtered votes lose at most half a point", "vote_filtered"),
        ("and less than by dropping as many at random", "vote_by_filter"),
        ("another goal lowers the chance of a right answer", "steered"),
    )
    parts = [
        Arm(side, "lam 0.5", each(partial(one_side, without=without)), 2.0)
        for side, without in (("with Q", False), ("without", True))
    ]
    told = [Claim(says, name, "with Q", "without") for says, name in uses]
    return [
        Effect("preference_structure_goals", about, arms, claims),
        Effect("preference_structure_goal_uses", about, parts, told),
    ]


def one_side(seed: int, *, without: bool) -> Measured:
    """Votes and steered chances of one model: those that Q gives, or what each is compared with."""
    found = measured(seed, kind=GoalContrast, lam=0.5)
    other = {
        "vote_filtered": ("vote_filtered", "vote_goal"),
        "vote_by_filter": ("vote_filtered", "vote_random"),
        "steered": ("steered", "steered_wrong"),
    }
    return {name: found[pair[without]] for name, pair in other.items()}
