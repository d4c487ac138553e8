"""Ranked factors beside a weighted sum that was tuned, and beside their lexicographic order.

    one of 200 outcomes is chosen: the one that a reward model of comparisons likes best

Source: Bukharin, Li, He, Zhao, "Deep Reinforcement Learning from Hierarchical Preference Design", ICML 2025, Section 5
(one outcome is chosen here, for a control task).
"""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np
from scipy.stats import spearmanr

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference import BradleyTerry, Heron, Teacher

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


def learned(z: np.ndarray, seed: int, teach: Teach, *, epochs: int = 20, members: int = 3) -> tuple[np.ndarray, float]:
    """What a reward model thinks of each outcome, [N], after a label of every pair.

    Also its accuracy on pairs that its members were not fitted to.
    """
    rng = np.random.default_rng(seed)
    every = np.stack(np.triu_indices(len(z), 1), -1)
    pairs = chosen(z, rng.permuted(rng.permutation(every), axis=1))
    label = teach(pairs)
    model = BradleyTerry(action=False, members=members, hidden=(), lr=0.1, batch_size=1024, error=0.0, seed=seed)
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
    score, held_out = learned(z, seed, by_rank((0.0, 0.0, 0.0)), members=8)  # each pair is in 5 bootstraps
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
    """Ranked factors: what they earn, what other units cost, and whether their order is found."""
    return [_ranks(), _order()]


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
        Arm("reward model", "labels without margins", each(ordered), 10.0),
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
