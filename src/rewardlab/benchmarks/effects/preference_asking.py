"""Strategies of asking: how many answers they need; and what each kind of feedback tells.

    cells of a grid have types, a segment's utility is linear in how often it visits each
    labels = answers until the direction of the weights is known to a cosine of 0.95, and stays known

Source: Bıyık, Palan, Landolfi, Losey, Sadigh, "Asking Easy Questions: A User-Friendly Approach to Active Reward
Learning", CoRL 2019, Section 5 (answers to an alignment); Jeon, Milli, Dragan, "Reward-Rational (Implicit) Choice: A
Unifying Formalism for Reward Learning", NeurIPS 2020, Section 4 (kinds of feedback side by side).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference import (
    Choice,
    Correction,
    Disagreement,
    Diverse,
    Entropy,
    ExpectedChange,
    InformationGain,
    KCentre,
    NoisyTeacher,
    Pairwise,
    Queries,
    Ranking,
    Rating,
    Shortlist,
    Uniform,
    fit_linear,
    fragment,
    respond,
)
from rewardlab.rewards.preference.cutting import segment_features
from rewardlab.rewards.preference.feedback import Feedback
from rewardlab.rewards.preference.strategies.kernel import Strategy

TYPES, SIDE, LENGTH = 8, 10, 5
STRENGTH = 2.0
"""Deviation of the true weights: how sure answers are."""
GOAL, HOLD, MOST = 0.95, 20, 400
REPEATS = 4
"""Tasks of a seed, whose mean is one measurement."""
STRATEGIES: dict[str, Callable[[], Strategy]] = {
    "uniform": Uniform,
    "disagreement": Disagreement,
    "entropy": Entropy,
    "expected change": ExpectedChange,
    "information gain": InformationGain,
}
BATCHES: dict[str, Callable[[], Strategy]] = {
    "uniform": Uniform,
    "k-centre": KCentre,
    "information gain": InformationGain,
    "information gain, diverse": lambda: Diverse(InformationGain()),
    "disagreement, then k-centre": lambda: Shortlist(Disagreement(), KCentre(), times=5),
}


def walk(rng: np.random.Generator, *, steps: int = 400, rows: int = 4) -> Transitions:
    """A random walk over cells whose types are rarer the higher their number; one-hot types are observed.

    Args:
        rng: of the map and of the walk.
        steps, rows: T and N.
    """
    weights = 1 / (1 + np.arange(TYPES)) ** 1.5
    kinds = rng.choice(TYPES, (SIDE, SIDE), p=weights / weights.sum())
    kinds.flat[rng.permutation(SIDE * SIDE)[:TYPES]] = np.arange(TYPES)  # each is somewhere
    at, moves = rng.integers(0, SIDE, (rows, 2)), np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
    seen = []
    for _ in range(steps):
        seen.append(np.eye(TYPES)[kinds[at[:, 0], at[:, 1]]])
        at = np.clip(at + moves[rng.integers(0, 4, rows)], 0, SIDE - 1)
    obs, none = np.stack(seen), np.zeros((steps, rows), dtype=bool)
    return Transitions(obs, np.zeros((steps, rows, 0)), np.zeros((steps, rows)), obs, none, none)


@dataclass
class Posterior:
    """Weights of a linear utility: a normal law around the most likely ones, and members drawn from it.

    Args:
        rng: of the members.
        members: how many.
        prior: deviation of each weight before any answer.
    """

    rng: np.random.Generator
    members: int = 100
    prior: float = STRENGTH

    def __post_init__(self) -> None:
        self.w, self.curvature = np.zeros(TYPES), np.eye(TYPES) / self.prior**2
        self._draw()

    def fit(self, gaps: np.ndarray, label: np.ndarray) -> None:
        """Newton's steps to the most likely weights, from differences of features [n, D] and labels [n]."""
        for _ in range(30):
            p = 1 / (1 + np.exp(-gaps @ self.w))
            self.curvature = (gaps * (p * (1 - p))[:, None]).T @ gaps + np.eye(TYPES) / self.prior**2
            step = np.linalg.solve(self.curvature, gaps.T @ (label - p) - self.w / self.prior**2)
            self.w = self.w + step * min(1.0, 2.0 / max(float(np.linalg.norm(step)), 1e-12))
            if np.abs(step).max() < 1e-8:
                break
        self._draw()

    def _draw(self) -> None:
        noise = self.rng.normal(size=(TYPES, self.members))
        self.drawn = self.w + np.linalg.solve(np.linalg.cholesky(self.curvature).T, noise).T  # [K, D]

    def probabilities(self, pairs: Transitions) -> np.ndarray:
        """P(first better) [K, C] by each member."""
        return np.asarray(1 / (1 + np.exp(-self.drawn @ differences(pairs).T)))


def centred(w: np.ndarray) -> np.ndarray:
    """Weights [D] less their mean."""
    return np.asarray(w - w.mean())


def differences(pairs: Transitions) -> np.ndarray:
    """By how much visits of types differ within each pair, [P, D]."""
    visits = LENGTH * segment_features(pairs)
    return np.asarray(visits[:, 0] - visits[:, 1])


def labels_needed(rng: np.random.Generator, strategy: Strategy, *, count: int, most: int) -> int:
    """Labels of one task until the cosine is `GOAL`, and is so after all of the `HOLD` that follow; at most `most`."""
    truth = centred(rng.normal(size=TYPES) * STRENGTH)  # a constant on all types is never seen
    steps, model = walk(rng), Posterior(rng)
    teacher = NoisyTeacher(lambda b: b.obs @ truth, temperature=1.0, spread=1.0, seed=int(rng.integers(2**31)))
    ask = Queries(strategy, length=LENGTH, candidates=max(1, 100 // count))
    gaps, answers, reached = np.zeros((0, TYPES)), np.zeros(0), 0
    while len(answers) < most:
        pairs = ask(steps, model, count, rng, begin=0)
        gaps, answers = np.concatenate([gaps, differences(pairs)]), np.concatenate([answers, teacher(pairs)])
        model.fit(gaps, answers)
        w = centred(model.w)
        if w @ truth < GOAL * np.linalg.norm(w) * np.linalg.norm(truth):
            reached = 0
        elif not reached:
            reached = len(answers)
        elif len(answers) >= reached + HOLD:
            return reached
    return reached or most


def asking(seed: int, *, strategy: Callable[[], Strategy], count: int, most: int = MOST) -> Measured:
    """The mean number of labels over some tasks, which are the same for every strategy."""
    found = [
        labels_needed(np.random.default_rng([seed, k]), strategy(), count=count, most=most) for k in range(REPEATS)
    ]
    return {"labels": float(np.mean(found))}


KINDS: dict[str, tuple[Feedback, int]] = {
    "comparison": (Pairwise(), 2),
    "best of four": (Choice(), 4),
    "ranking of four": (Ranking(), 4),
    "one of thirty": (Choice(), 30),
    "rating": (Rating((-6.0, -2.0, 2.0, 6.0)), 1),
    "correction": (Correction((0.0, 1.0, 1.0, 1.0)), 4),
    "stop": (Choice(), LENGTH),
}
"""A kind of feedback and how many options its queries have; what is stopped is one segment."""


def told(seed: int, *, kind: str, queries: int = 100) -> Measured:
    """How well so many responses of a kind tell the weights: the mean cosine over some tasks."""
    feedback, options = KINDS[kind]
    found = []
    for k in range(5 * REPEATS):
        rng = np.random.default_rng([seed, k])
        truth = centred(rng.normal(size=TYPES) * STRENGTH)
        segments = fragment(walk(rng), length=LENGTH)
        if kind == "stop":
            x = segments.obs[rng.integers(0, len(segments), queries)].cumsum(1)  # [N, T, D]
        else:
            x = LENGTH * segment_features(segments)[rng.integers(0, len(segments), (queries, options))]  # [N, G, D]
        w = centred(fit_linear([(feedback, x, respond(feedback, x @ truth, rng))], ridge=1 / STRENGTH**2))
        found.append(w @ truth / np.linalg.norm(w) / np.linalg.norm(truth))
    return {"cosine": float(np.mean(found))}


def effects() -> list[Effect]:
    """Answers that strategies need, one by one and in batches, and what kinds of feedback tell."""
    return [_one_by_one(), _batches(), _kinds()]


def _one_by_one() -> Effect:
    arms = [
        Arm(name, "one by one", each(partial(asking, strategy=make, count=1)), 4.0) for name, make in STRATEGIES.items()
    ]
    claims = [
        Claim("information gain needs 0.6 of the answers that uniform asking needs", "labels", "information gain",
              "uniform", False, 0.6),
        Claim("disagreement needs fewer than uniform asking", "labels", "disagreement", "uniform", False),
        Claim("expected change needs fewer than uniform asking", "labels", "expected change", "uniform", False),
        Claim("entropy asks about what is alike and needs more than uniform asking", "labels", "entropy", "uniform"),
    ]  # fmt: skip
    about = f"visits of {TYPES} types of cells, rare ones among them; answers until the cosine stays above {GOAL:g}"
    return Effect("preference_asking_one_by_one", about, arms, claims)


def _batches() -> Effect:
    arms = [
        Arm(name, "ten at a time", each(partial(asking, strategy=make, count=10)), 1.0)
        for name, make in BATCHES.items()
    ]
    claims = [
        Claim(f"{name} needs fewer answers than uniform asking", "labels", name, "uniform", False)
        for name in BATCHES
        if name != "uniform"
    ]
    claims.append(
        Claim("diversity makes batches of information gain better", "labels", "information gain, diverse",
              "information gain", False)
    )  # fmt: skip
    about = "the walk of the first effect, ten questions between two fits, chosen among a hundred"
    return Effect("preference_asking_batches", about, arms, claims)


def _kinds() -> Effect:
    arms = [Arm(kind, "100 responses", each(partial(told, kind=kind)), 1.0) for kind in KINDS]
    claims = [
        Claim("the best of four tells more than a comparison", "cosine", "best of four", "comparison"),
        Claim("their ranking tells more than the best", "cosine", "ranking of four", "best of four"),
        Claim("so does one of thirty", "cosine", "one of thirty", "best of four"),
        Claim("a rating in five steps tells more than a comparison", "cosine", "rating", "comparison"),
        Claim("a correction with an effort tells less than a free choice", "cosine", "best of four", "correction"),
        Claim("a stop tells less than a comparison of whole segments", "cosine", "comparison", "stop"),
    ]
    about = "the walk of the first effect, random queries, one hidden utility for every kind of feedback"
    return Effect("preference_asking_kinds", about, arms, claims)
