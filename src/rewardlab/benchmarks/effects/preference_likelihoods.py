"""Which loss for which judgement: ratings and graded preferences of the same pairs.

    q = f(x),    rating = round(clip(q + noise)),    preference = round(clip(c (q_1 − q_2) + noise)),  some of it turned

RatedPairs: a hidden quality of vectors, rated 0 to 4 and compared −3 to 3 by five annotators of whom each is careless
at times.

Source: Wang, Bukharin, Delalleau, Egert, Shen, Zeng, Kuchaiev, Dong, "HelpSteer2-Preference: Complementing Ratings with
Preferences", ICLR 2025.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.rewards import (
    BradleyTerry,
    MarginBradleyTerry,
    RatingRegression,
    ScaledBradleyTerry,
    SegmentModel,
    agreed,
    extrapolated,
    vector_items,
)


@dataclass(frozen=True)
class RatedPairs:
    """Sizes and noises of the task.

    Attributes:
        inputs: of the quality.
        pairs: that are judged; as many ratings as responses.
        tests: pairs without noise.
        annotators: of each preference; three of each rating.
        rating_noise: deviation, in units of the quality, whose own deviation is 1.2.
        preference_noise: deviation of a preference, in its units.
        careless: chance that a preference is turned round.
        best_of: responses of which the best is picked.
    """

    inputs: int = 10
    pairs: int = 600
    tests: int = 2000
    annotators: int = 5
    rating_noise: float = 0.8
    preference_noise: float = 1.0
    careless: float = 0.15
    best_of: int = 16


class Judged:
    """What annotators said of one seed's pairs.

    Args:
        task: its sizes.
        seed: of quality, pairs and annotators.

    Attributes:
        x: [P, 2, D].
        ratings: [P, 2] in 0 .. 4.
        preferences: [P, A] in −3 .. 3.
    """

    def __init__(self, task: RatedPairs, seed: int) -> None:
        self.task, self.rng = task, np.random.default_rng([seed, 7])
        self._inner = self.rng.normal(size=(task.inputs, 24)) / np.sqrt(task.inputs) * 1.5
        self._outer = self.rng.normal(size=24)
        sample = np.tanh(self.rng.normal(size=(4000, task.inputs)) @ self._inner) @ self._outer
        self._mean, self._scale = sample.mean(), sample.std()
        self.x = self.rng.normal(size=(task.pairs, 2, task.inputs))
        q = self.quality(self.x)
        told = q[..., None] + task.rating_noise * self.rng.normal(size=(*q.shape, 3))
        self.ratings = np.round(np.clip(told, 0, 4)).mean(-1)
        gap = 1.2 * (q[:, :1] - q[:, 1:])
        seen = gap + task.preference_noise * self.rng.normal(size=(task.pairs, task.annotators))
        turned = np.where(self.rng.random(seen.shape) < task.careless, -1.0, 1.0)
        self.preferences = np.round(np.clip(turned * seen, -3, 3))

    def quality(self, x: np.ndarray) -> np.ndarray:
        """Of vectors [..., D]: mean 2, deviation 1.2."""
        return 2 + 1.2 * (np.tanh(x @ self._inner) @ self._outer - self._mean) / self._scale

    def rated(self) -> Transitions:
        """All responses with their ratings."""
        return vector_items(self.x, rating=self.ratings)

    def compared(self, *, filtered: bool = True) -> Transitions:
        """The pairs that are no ties, with label and strength: of the three that agree best, or of all annotators."""
        if filtered:
            label, strength = agreed(self.preferences)
        else:
            mean = self.preferences.mean(1)
            strength = np.floor(np.abs(mean) + 0.5)
            label = np.where(strength > 0, (mean > 0) * 1.0, np.nan)
        kept = strength > 0
        return vector_items(self.x[kept], label=label[kept], strength=strength[kept])

    def tested(self, model: SegmentModel) -> Measured:
        """Accuracy over pairs in percent, and the quality of the best of 16 by the model's scores."""
        rng, t = np.random.default_rng(99), self.task
        x = rng.normal(size=(t.tests, 2, t.inputs))
        s, q = model.segment_scores(vector_items(x)).numpy().mean(0), self.quality(x)
        lists = rng.normal(size=(t.tests // 4, t.best_of, t.inputs))
        best = model.segment_scores(vector_items(lists)).numpy().mean(0).argmax(-1)
        picked = np.take_along_axis(self.quality(lists), best[:, None], -1)
        hits = (s[:, 0] > s[:, 1]) == (q[:, 0] > q[:, 1])
        return {"accuracy": 100 * float(hits.mean()), "best_of": float(picked.mean())}


OPTIONS: dict[str, Any] = {"hidden": (32, 32), "members": 3, "lr": 3e-3, "action": False}


Stage = tuple[SegmentModel, str]
"""A model, and what it is fitted to: "rated", "compared", or "raw", without a choice of annotators."""


def stages(
    seed: int, *, make: Callable[[], list[Stage]], epochs: int, beyond: float = 0.0, task: RatedPairs | None = None
) -> Measured:
    """Models one after another, each from the weights of the one before, and what the last is worth.

    Args:
        seed: of the task and the networks.
        make: the stages.
        epochs: of each.
        beyond: how far the last stage is extrapolated.
        task: its sizes.
    """
    judged = Judged(task or RatedPairs(), seed)
    data = {"rated": judged.rated(), "compared": judged.compared(), "raw": judged.compared(filtered=False)}
    states: list[dict[str, Any]] = [{}]
    for model, on in make():
        model.seed = seed
        model.load_state_dict(states[-1])
        model.fit(data[on], epochs=epochs)
        states.append(model.state_dict())
    if beyond:
        model.load_state_dict(extrapolated(states[-2], states[-1], beyond))
    return judged.tested(model)


def regression() -> Stage:
    """On ratings."""
    return RatingRegression(**OPTIONS), "rated"


def plain(on: str = "compared") -> Stage:
    """Bradley-Terry."""
    return BradleyTerry(error=0.0, **OPTIONS), on


def margin() -> Stage:
    """Bradley-Terry with margins."""
    return MarginBradleyTerry(**OPTIONS), "compared"


def scaled() -> Stage:
    """Scaled Bradley-Terry."""
    return ScaledBradleyTerry(**OPTIONS), "compared"


SIDES: dict[str, Callable[[], list[Stage]]] = {
    "regression, then scaled": lambda: [regression(), scaled()],
    "regression": lambda: [regression()],
    "Bradley-Terry": lambda: [plain()],
    "margin": lambda: [margin()],
    "scaled": lambda: [scaled()],
    "regression, then Bradley-Terry": lambda: [regression(), plain()],
    "regression, then margin": lambda: [regression(), margin()],
    "scaled, then regression": lambda: [scaled(), regression()],
    "without a choice of annotators": lambda: [plain("raw")],
}


@cache
def reference(seed: int, task: RatedPairs) -> Measured:
    """What Bradley-Terry with 15 epochs makes of a seed."""
    return stages(seed, make=SIDES["Bradley-Terry"], epochs=15, task=task)


def beside(
    seed: int, *, make: Callable[[], list[Stage]], epochs: int, beyond: float = 0.0, task: RatedPairs | None = None
) -> Measured:
    """What `stages` measures, and the gains over `reference`: seeds differ more than losses do."""
    task = task or RatedPairs()
    found, base = stages(seed, make=make, epochs=epochs, beyond=beyond, task=task), reference(seed, task)
    return {**found, **{f"{k}_gain": v - base[k] for k, v in found.items()}}


def effects() -> list[Effect]:
    """Every loss alone and after another, with 15 and 30 epochs a stage."""
    t, name, (ours, *_) = RatedPairs(), "ExPO of it", SIDES
    arms = [
        Arm(side, f"{epochs} epochs a stage", each(partial(beside, make=make, epochs=epochs)), 0.04 * epochs)
        for side, make in SIDES.items()
        for epochs in (15, 30)
    ]
    arms += [
        Arm(name, f"a = {a:g}", each(partial(beside, make=SIDES[ours], epochs=15, beyond=a)), 0.6) for a in (0.25, 0.5)
    ]
    right, best = "more pairs are told right than", f"the best of {t.best_of} is better than"
    behind = "is at most 2 in 85 behind"
    alone = ("regression", "Bradley-Terry", "margin", "scaled")
    claims = [Claim(f"{right} by {other} alone", "accuracy_gain", ours, other) for other in alone]
    claims += [Claim(f"{best} by {other} alone", "best_of_gain", ours, other) for other in alone]
    claims += [
        Claim(f"{right} with margins after regression", "accuracy_gain", ours, "regression, then margin"),
        Claim(f"{right} in the other order", "accuracy_gain", ours, "scaled, then regression"),
        Claim(f"regression {behind}", "accuracy", "regression", "Bradley-Terry", times=0.976),
        Claim(f"Bradley-Terry {behind}", "accuracy", "Bradley-Terry", "regression", times=0.976),
        Claim(f"{right} without a choice of annotators", "accuracy_gain", "Bradley-Terry", list(SIDES)[-1]),
        Claim("extrapolation makes it better", "accuracy_gain", name, ours),
    ]
    about = (
        f"{t.pairs} pairs, rated 0 to 4 by three and compared by {t.annotators} annotators, each turned round with "
        f"probability {t.careless:g}; accuracy in percent over pairs without noise, the quality of the best of "
        f"{t.best_of} (mean 2, deviation 1.2), and gains of both over Bradley-Terry on the same seed"
    )
    return [Effect("preference_likelihoods_ratings", about, arms, claims)]
