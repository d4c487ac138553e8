"""Tables of responses to prompts, and the laws by which they are drawn.

Everything about a table is known, so that every expectation over it is a finite sum: `rewardlab.core.responses` takes
its arrays as they are. A law is a function of a generator and of its own options; the same seed gives the same table.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.responses import softmax


@dataclass(frozen=True, eq=False, repr=False)
class Responses:
    """P prompts with K responses each, and all that is known of them.

    Args:
        rewards: [P, K, m] the m rewards of each response, or [P, K] for m = 1.
        reference: [P, K] the reference policy; None for a uniform one.
        prompts: [P] how often each prompt is asked; None for equally often.
        weights: [m] what each reward is worth in what is paid; None for 1 each.
        features: [P, K, d] what a model may see of a response, or None.
        correct: [P, K] bool, the right responses; None for the best ones.
        costs: [P, K] the cost of a response, or None.
        gold: [P, K] the true reward, where `rewards` are proxies of it, or None.
        columns: name -> [P, K, ...], further `info` columns of a response.

    Raises:
        BadOption: for shapes that disagree, numbers that are not finite, or laws that do not sum to 1.
    """

    rewards: np.ndarray  # [P, K, m]
    reference: Any = None  # [P, K]
    prompts: Any = None  # [P]
    weights: Any = None  # [m]
    features: np.ndarray | None = None  # [P, K, d]
    correct: Any = None  # [P, K] bool
    costs: np.ndarray | None = None  # [P, K]
    gold: np.ndarray | None = None  # [P, K]
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)  # [P, K, ...]

    def __post_init__(self) -> None:
        rewards = np.array(self.rewards, dtype=np.float64)
        rewards = rewards[:, :, None] if rewards.ndim == 2 else rewards
        if rewards.ndim != 3 or 0 in rewards.shape:
            raise _bad(f"rewards of shape {rewards.shape}", "[P, K] or [P, K, m], none of them 0")
        p, k, m = rewards.shape
        own: dict[str, Any] = {
            "rewards": rewards,
            "reference": _law(self.reference, (p, k), "reference"),
            "prompts": _law(self.prompts, (p,), "prompts"),
            "weights": np.ones(m) if self.weights is None else np.array(self.weights, dtype=np.float64),
        }
        shapes = {"rewards": (p, k, m), "weights": (m,), "costs": (p, k), "gold": (p, k), "features": (p, k)}
        for name in ("costs", "gold", "features"):
            given = getattr(self, name)
            own[name] = None if given is None else np.array(given, dtype=np.float64)
        for name, shape in shapes.items():
            x = own[name]
            if x is None:
                continue
            if x.shape[: len(shape)] != shape or x.ndim != len(shape) + (name == "features"):
                raise _bad(f"{name} of shape {x.shape}", f"{list(shape)}{' and a last axis d' * (name == 'features')}")
            if not np.isfinite(x).all():
                raise _bad(f"{name} that are not all finite", "finite numbers")
        target = own["gold"] if own["gold"] is not None else rewards @ own["weights"]
        right = target == target.max(1, keepdims=True) if self.correct is None else np.array(self.correct)
        if right.dtype != bool or right.shape != (p, k):
            raise _bad(f"correct of shape {right.shape} and dtype {right.dtype}", f"[{p}, {k}] bool")
        columns = {name: np.array(x) for name, x in self.columns.items()}
        for name, x in columns.items():
            if x.shape[:2] != (p, k):
                raise _bad(f"the column {name!r} of shape {x.shape}", f"[{p}, {k}, ...]")
        for name, value in {**own, "correct": right, "columns": columns}.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        p, k, m = self.rewards.shape
        return f"Responses({p} prompts x {k} responses, {m} {'reward' if m == 1 else 'rewards'})"


def draw_table(
    law: str,
    seed: int,
    *,
    prompts: int | None = None,
    responses: int | None = None,
    options: Mapping[str, Any] | None = None,
    where: str,
) -> Responses:
    """The table of a law of `LAWS`; sizes that are None are the law's own.

    Raises:
        BadOption: for a law, size or option that does not exist.
    """
    if law not in LAWS:
        raise BadOption(f"law={law!r}", where=where, expected=f"one of {', '.join(LAWS)}", mend=nearest(law, LAWS))
    build = LAWS[law]
    sizes = {name: n for name, n in (("prompts", prompts), ("responses", responses)) if n is not None}
    check_sizes(where, **sizes)
    given = {**sizes, **(options or {})}
    known = [name for name in inspect.signature(build).parameters if name != "rng"]
    for name in given:
        if name not in known:
            raise BadOption(
                f"{name!r} with law={law!r}",
                where=where,
                expected=f"options of this law: {', '.join(known)}",
                mend=nearest(name, known),
            )
    return build(np.random.default_rng(seed), **given)


def check_sizes(where: str, **sizes: int) -> None:
    """Raises BadOption for a size that is not an integer of at least 1."""
    for name, n in sizes.items():
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            raise BadOption(f"{name}={n!r}", where=where, expected="an integer of at least 1")


def skewed(rng: np.random.Generator, prompts: int, responses: int, skew: float) -> np.ndarray:
    """A reference policy [P, K] proportional to exp(skew · N(0, 1)); uniform for skew = 0."""
    _demand(np.isfinite(skew) and skew >= 0, f"skew={skew!r}", "a finite number >= 0")
    return softmax(skew * rng.normal(size=(prompts, responses)))


def normal(
    rng: np.random.Generator, *, prompts: int = 20, responses: int = 10, objectives: int = 1, skew: float = 1.0
) -> Responses:
    """Rewards from N(0, 1)."""
    check_sizes("normal", objectives=objectives)
    rewards = rng.normal(size=(prompts, responses, objectives))
    return Responses(rewards, skewed(rng, prompts, responses, skew))


def uniform(
    rng: np.random.Generator, *, prompts: int = 20, responses: int = 10, objectives: int = 1, skew: float = 1.0
) -> Responses:
    """Rewards from [0, 1)."""
    check_sizes("uniform", objectives=objectives)
    rewards = rng.random((prompts, responses, objectives))
    return Responses(rewards, skewed(rng, prompts, responses, skew))


def features(
    rng: np.random.Generator,
    *,
    prompts: int = 10,
    responses: int = 20,
    dimension: int = 5,
    skew: float = 0.0,
    rare: float | None = None,
) -> Responses:
    """Rewards φ · w that are linear in features from N(0, 1), |w| = 1; the best response may be rare: it has this mass.

    Raises:
        BadOption: for `rare` outside (0, 1) or `dimension` below 1.
    """
    check_sizes("features", dimension=dimension)
    _demand(rare is None or 0 < rare < 1, f"rare={rare!r}", "None, or a number between 0 and 1")
    phi, w = rng.normal(size=(prompts, responses, dimension)), rng.normal(size=dimension)
    rewards = phi @ (w / np.linalg.norm(w))
    reference = skewed(rng, prompts, responses, skew)
    if rare is not None and responses > 1:
        best = np.arange(responses) == rewards.argmax(1)[:, None]
        others = np.where(best, 0.0, reference)
        reference = np.where(best, rare, (1 - rare) * others / others.sum(1, keepdims=True))
    return Responses(rewards, reference, features=phi)


def line(
    rng: np.random.Generator,
    *,
    responses: int = 100,
    peak: float = 50.0,
    mean: float = 20.0,
    spread: float = 8.0,
    width: float = 8.0,
) -> Responses:
    """Bins on a line: the reference is Gaussian-shaped around `mean`, the reward around `peak`, where it is 1.

    Nothing is drawn. A peak of 24 lies near the reference's mode, one of 50 far in its tail.

    Raises:
        BadOption: for a `spread` or `width` that is not above 0.
    """
    _demand(spread > 0 and width > 0, f"spread={spread!r} and width={width!r}", "numbers above 0")
    bins = np.arange(responses)
    reward = np.exp(-((bins - peak) ** 2) / (2 * width**2))
    return Responses(reward[None], softmax(-((bins - mean) ** 2) / (2 * spread**2))[None])


def correct(
    rng: np.random.Generator,
    *,
    prompts: int = 200,
    responses: int = 5,
    share: float = 0.6,
    count: int = 1,
    concentration: float = 1.0,
) -> Responses:
    """Pay 1 for a right response, else 0; the reference is a Dirichlet draw whose mode is right in a share of prompts.

    Args:
        rng: where the table comes from.
        prompts: P >= 1.
        responses: K >= 2.
        share: of the prompts whose most probable response is right, rounded to whole prompts, 0..1.
        count: right responses of a prompt, 1..K - 1.
        concentration: of the Dirichlet law, above 0.

    Raises:
        BadOption: for numbers outside these ranges.
    """
    _demand(0 <= share <= 1, f"share={share!r}", "a share of the prompts, 0..1")
    _demand(1 <= count < responses, f"count={count!r} of {responses} responses", "at least 1, and fewer than all")
    _demand(concentration > 0, f"concentration={concentration!r}", "a number above 0")
    reference = rng.dirichlet(np.full(responses, float(concentration)), size=prompts)
    led = rng.permutation(prompts) < round(share * prompts)
    order = rng.random((prompts, responses))
    # The mode comes first where it is right, and last where it is not.
    np.put_along_axis(order, reference.argmax(1)[:, None], np.where(led, -1.0, 2.0)[:, None], 1)
    right = order.argsort(1).argsort(1) < count
    return Responses(right.astype(np.float64), reference, correct=right)


def front(rng: np.random.Generator, *, prompts: int = 50, responses: int = 200, skew: float = 0.0) -> Responses:
    """Two objectives below a concave front: a quarter of a circle, and an eighth beyond it on either side.

    Angles from −45° to 135°, so that the front has a best point for every direction between; swapping the objectives
    changes nothing in the law.
    """
    angle = np.pi * (rng.random((prompts, responses)) - 0.25)
    radius = rng.random((prompts, responses)) ** 0.25  # most responses lie close to the front
    rewards = radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    return Responses(rewards, skewed(rng, prompts, responses, skew))


def cost(
    rng: np.random.Generator, *, prompts: int = 40, responses: int = 20, unsafe: float = 0.5, skew: float = 0.5
) -> Responses:
    """Helpful responses are partly unsafe: `unsafe` of the better half, a tenth of that of the others.

    The reward is from N(0, 1); the cost is the chance of harm, in [0.5, 1) for an unsafe response and in [0, 0.1) for a
    safe one. Right is the best safe response; the worst response of a prompt is always safe.

    Raises:
        BadOption: for `unsafe` outside [0, 1].
    """
    _demand(0 <= unsafe <= 1, f"unsafe={unsafe!r}", "a share, 0..1")
    helpful = rng.normal(size=(prompts, responses))
    rank = helpful.argsort(1).argsort(1)
    chance = np.where(2 * rank >= responses, unsafe, 0.1 * unsafe) * (rank > 0)
    bad = rng.random((prompts, responses)) < chance
    size = rng.random((prompts, responses))
    costs = np.where(bad, 0.5 + 0.5 * size, 0.1 * size)
    safest = np.where(bad, -np.inf, helpful)
    right = safest == safest.max(1, keepdims=True)
    return Responses(helpful, skewed(rng, prompts, responses, skew), costs=costs, correct=right)


LAWS: Mapping[str, Callable[..., Responses]] = {
    f.__name__: f for f in (normal, uniform, features, line, correct, front, cost)
}
"""Name of a law -> the function that draws its table."""


def _law(given: np.ndarray | None, shape: tuple[int, ...], name: str) -> np.ndarray:
    if given is None:
        return np.full(shape, 1.0 / shape[-1])
    law = np.array(given, dtype=np.float64)
    if law.shape != shape or not (law >= 0).all() or not np.allclose(law.sum(-1), 1.0, rtol=0, atol=1e-9):
        raise _bad(f"{name} of shape {law.shape}", f"probabilities {list(shape)} that sum to 1 over the last axis")
    return law


def _demand(holds: Any, what: str, expected: str) -> None:
    if not holds:
        raise _bad(what, expected)


def _bad(what: str, expected: str) -> BadOption:
    return BadOption(what, where="Responses", expected=expected)
