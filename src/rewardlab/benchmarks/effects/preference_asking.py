"""Strategies of asking: how many answers they need; and ranked factors beside a weighted sum that was tuned.

    cells of a grid have types, a segment's utility is linear in how often it visits each
    labels = answers until the direction of the weights is known to a cosine of 0.95, and stays known

Source: Bıyık, Palan, Landolfi, Losey, Sadigh, "Asking Easy Questions: A User-Friendly Approach to Active Reward
Learning", CoRL 2019, Section 5 (answers to an alignment); Bukharin, Li, He, Zhao, "Deep Reinforcement Learning from
Hierarchical Preference Design", ICML 2025, Section 5 (one outcome is chosen here, for a control task).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from scipy.stats import spearmanr

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference import (
    BradleyTerry,
    Disagreement,
    Diverse,
    Entropy,
    ExpectedChange,
    Heron,
    InformationGain,
    KCentre,
    NoisyTeacher,
    Queries,
    Shortlist,
    Teacher,
    Uniform,
)
from rewardlab.rewards.preference.cutting import segment_features
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


OUTCOMES = 200
SCALES = np.array([1.0, 1e3, 1e-3])
IMPORTANCE = np.array([1.0, 0.3, 0.1])
"""What factors are truly worth, in units of their deviations."""
RESCALED = np.array([1.0, 1024.0, 1.0])
GRID = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Weights that are tried for a factor beside the first, in units of what scales alone would suggest."""


def outcomes(seed: int) -> np.ndarray:
    """Factors [OUTCOMES, 3] of what can be chosen: how much is done, how cheaply, how smoothly; the first costs."""
    rng = np.random.default_rng(seed)
    done = rng.normal(size=OUTCOMES)
    cheap, smooth = (-0.5 * done + rng.normal(size=OUTCOMES) for _ in range(2))
    return np.stack([done, cheap, smooth], -1) * SCALES


def worth(z: np.ndarray) -> np.ndarray:
    """True returns [OUTCOMES]: 1 for the best outcome, 0 for the mean one."""
    u = (z / z.std(0)) @ IMPORTANCE
    return np.asarray((u - u.mean()) / (u.max() - u.mean()))


Teach = Callable[[Transitions], np.ndarray]


def learned(z: np.ndarray, seed: int, teach: Teach, *, epochs: int = 20) -> tuple[np.ndarray, float]:
    """What a reward model thinks of each outcome, [N], after a label of every pair.

    Also its accuracy on pairs that its members were not fitted to.
    """
    rng = np.random.default_rng(seed)
    every = np.stack(np.triu_indices(len(z), 1), -1)
    pairs = chosen(z, rng.permuted(rng.permutation(every), axis=1))
    label = teach(pairs)
    model = BradleyTerry(action=False, hidden=(), lr=0.1, batch_size=1024, error=0.0, seed=seed)
    log = model.fit(pairs.paying(pairs.reward, label=label).rows(np.flatnonzero(np.isfinite(label))), epochs=epochs)
    return array(model.segment_scores(chosen(z, np.arange(len(z))[:, None])).mean(0)[:, 0]), log[-1]["held_out"]


def chosen(z: np.ndarray, index: np.ndarray) -> Transitions:
    """Outcomes [P, G] as segments of one step: one-hot numbers are observed, factors stand in `info`."""
    obs, none = np.eye(len(z), dtype=np.float32)[index][:, :, None], np.zeros((*index.shape, 1), dtype=bool)
    zero = np.zeros((*index.shape, 1))
    return Transitions(obs, zero, zero, obs, ~none, none, {"factors": z[index][:, :, None]})


def by_rank(margins: tuple[float, float, float] = (0.5, 0.3, 0.1)) -> Teach:
    """Labels by the three factors in order of importance."""
    teacher = Heron([partial(_factor, k=k) for k in range(3)], margins, dominant=1.0)
    return lambda pairs: array(teacher(pairs))


def _factor(outcomes: Transitions, k: int) -> np.ndarray:
    return np.asarray(outcomes.info["factors"][..., k])


def ranked(seed: int) -> Measured:
    """HERON: factors in order of importance, no weights."""
    z = outcomes(seed)
    before, after = (worth(z)[learned(x, seed, by_rank())[0].argmax()] for x in (z, z * RESCALED))
    return {"return": float(before), "kept": float(after / before)}


def ordered(seed: int) -> Measured:
    """No margins, and factors of which many outcomes share the first two: is the best one found?"""
    rng = np.random.default_rng(seed)
    z = np.stack([rng.integers(0, 11, OUTCOMES), rng.integers(0, 2, OUTCOMES), -rng.permutation(OUTCOMES)], -1).astype(
        float
    )
    score, held_out = learned(z, seed, by_rank((0.0, 0.0, 0.0)))
    best = np.lexsort(z[:, ::-1].T)[-1]
    return {
        "found": float(score.argmax() == best),
        "held_out": held_out,
        "rank correlation": float(spearmanr(score, z[:, 0]).statistic),
    }


def summed(seed: int) -> Measured:
    """A weighted sum by a designer who knows all scales and takes the best of 25 pairs of weights."""
    z = outcomes(seed)
    weights = [np.array([1.0, *pair]) / SCALES for pair in product(GRID, GRID)]
    value = worth(z)
    w = max(weights, key=lambda w: value[np.argmax(z @ w)])
    before, after = value[np.argmax(z @ w)], value[np.argmax(z * RESCALED @ w)]
    return {"return": float(before), "kept": float(after / before)}


def plain(seed: int) -> Measured:
    """A reward model of comparisons by the sum that weighs all factors alike, with scales known."""
    z = outcomes(seed)
    teacher = Teacher(lambda b: b.info["factors"] @ (1 / SCALES))
    return {"return": float(worth(z)[learned(z, seed, lambda b: array(teacher(b)))[0].argmax()])}


def effects() -> list[Effect]:
    """Answers that strategies need one by one and in batches; ranked factors beside a weighted sum."""
    return [_one_by_one(), _batches(), _ranks(), _order()]


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


def _ranks() -> Effect:
    arms = [
        Arm("HERON", "margins 0.5, 0.3, 0.1", each(ranked), 6.0),
        Arm("weighted sum", "the best of 25", each(summed), 0.01),
        Arm("comparisons by a plain sum", "all factors alike", each(plain), 6.0),
        Arm("exactly as before", "", each(lambda seed: {"return": 1.0, "kept": 1.0}), 0.0),
    ]
    claims = [
        Claim("without weights, HERON earns 95 % of the best of 25 weighted sums", "return", "HERON", "weighted sum",
              True, 0.95),
        Claim("and more than a model of comparisons by a plain sum", "return", "HERON", "comparisons by a plain sum"),
        Claim("a factor in other units costs HERON nothing", "kept", "HERON", "exactly as before", True, 0.999),
        Claim("it costs the tuned sum 30 % and more", "kept", "weighted sum", "exactly as before", False, 0.7),
    ]  # fmt: skip
    about = (
        f"one of {OUTCOMES} outcomes is chosen; three factors of scales {SCALES.tolist()}, true weights "
        f"{IMPORTANCE.tolist()} of their deviations; then the second factor is multiplied by {RESCALED[1]:g}"
    )
    return Effect("preference_asking_ranks", about, arms, claims)


def _order() -> Effect:
    sure = {"found": 1.0, "held_out": 1.0, "rank correlation": 1.0}
    arms = [
        Arm("reward model", "labels without margins", each(ordered), 3.0),
        Arm("the order itself", "", each(lambda seed: sure), 0.0),
    ]
    claims = [
        Claim(
            "the model likes the lexicographic optimum best", "found", "reward model", "the order itself", True, 0.99
        ),
        Claim("it agrees with 90 % of held-out labels", "held_out", "reward model", "the order itself", True, 0.9),
        Claim(
            "its scores rise with the first factor", "rank correlation", "reward model", "the order itself", True, 0.9
        ),
    ]
    about = (
        f"one of {OUTCOMES} outcomes with tests passed 0 .. 10, an error or none, and a length; every pair is labelled"
    )
    return Effect("preference_asking_order", about, arms, claims)
