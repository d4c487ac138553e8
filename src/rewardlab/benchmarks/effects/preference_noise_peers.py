"""Models that pick each other's pairs, where two of five labels are wrong.

    label = 1(w · x > 0),  turned round with probability `noise`;    pairs (x, −x)

A policy is the best of 64 responses by a model.

Source: Zhang, Jing, Zhang, Xi, Dou, Weng, Li, Wang, Chai, Hong, Gui, Zhang, "Two Minds Better Than One: Collaborative
Reward Modeling for LLM Alignment", arXiv 2505.10597, 2025.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.rewards import CRM, vector_items


def area(signal: np.ndarray, noise: np.ndarray) -> float:
    """How often a number of `signal` is above one of `noise`, equals for a half: the area under the curve."""
    order = np.sort(noise)
    below, up_to = (np.searchsorted(order, signal, side) for side in ("left", "right"))
    return float((below + up_to).mean() / (2 * len(noise)))


class Alone(CRM):
    """Every model picks its own pairs: the same without a peer."""

    def review(self, margins: Tensor) -> Tensor:
        return super().review(margins.roll(-1, 0))


@dataclass(frozen=True)
class OddPairs:
    """Sizes of the task.

    Attributes:
        inputs: of the preference.
        pairs: that are learned from.
        noise: share of wrong labels.
        epochs: of the fit.
        tests: pairs without noise.
    """

    inputs: int = 20
    pairs: int = 4000
    noise: float = 0.4
    epochs: int = 60
    tests: int = 4000


ODD: dict[str, Any] = {"hidden": (256,), "lr": 1e-3, "weight_decay": 0.0, "action": False}
"""One hidden layer; a pair (x, −x) makes the score odd."""
PEERS: dict[str, Callable[..., CRM]] = {
    "peers": partial(CRM, **ODD),
    "alone": partial(Alone, **ODD),
    "all pairs": lambda noise, seed: CRM(noise=0.0, seed=seed, **ODD),
    "peers, easy pairs first": partial(CRM, stages=3, **ODD),
}


def reviewed(
    seed: int, *, side: str, task: OddPairs, ahead: Mapping[str, float] | None = None, believed: float = 0.4
) -> Measured:
    """What two models learn of odd pairs.

    Args:
        seed: of the task and the networks.
        side: of `PEERS`.
        task: its sizes.
        ahead: name -> points that are added to the accuracy under this name, for claims about differences.
        believed: the share of wrong labels that is assumed.
    """
    rng, t = np.random.default_rng([seed, 153]), task
    w = rng.normal(size=t.inputs)
    x, test = (rng.normal(size=(n, t.inputs)).astype(np.float32) for n in (t.pairs, t.tests))
    wrong = rng.random(t.pairs) < t.noise
    data, clean = (
        vector_items(np.stack([a, -a], 1), label=np.where(f, a @ w <= 0, a @ w > 0) * 1.0)
        for a, f in ((x, wrong), (test, np.zeros(t.tests, dtype=bool)))
    )
    model = PEERS[side](noise=believed, seed=seed)
    model.fit(data, epochs=t.epochs)
    accuracy = 100 * float((model.margins(clean) > 0).float().mean())
    margin = model.margins(data).mean(0).numpy()
    top = np.argsort(-margin)[: round(0.6 * t.pairs)]
    lists = rng.normal(size=(64, 64, t.inputs)).astype(np.float32)
    flat = lists.reshape(-1, t.inputs)
    scores = model.segment_scores(vector_items(np.stack([flat, -flat], 1))).numpy().mean(0)
    chosen = (scores[:, 0] - scores[:, 1]).reshape(64, 64).argmax(-1)
    gold = lists @ w
    reached = np.take_along_axis(gold, chosen[:, None], 1).mean() / gold.max(-1).mean()
    out = {"accuracy": accuracy, "clean": 100 * float(1 - wrong[top].mean()), "gold": 100 * float(reached)}
    out |= {"auc": 100 * area(margin[~wrong], margin[wrong])} if wrong.any() else {}
    return out | {name: accuracy + points for name, points in (ahead or {}).items()}


def effects() -> list[Effect]:
    """Peers, the curriculum, and what they cost where no label is wrong."""
    full, small = OddPairs(), OddPairs(pairs=1500, epochs=30)
    clean = OddPairs(pairs=1500, epochs=30, noise=0.0)
    ahead = {
        "peers": {"15 behind": -15.0, "half a point ahead": 0.5, "one point ahead": 1.0},
        "alone": {"half a point ahead": 0.0},
        "all pairs": {"15 behind": 0.0, "one point ahead": 0.0},
    }

    def arms(names: tuple[str, ...], task: OddPairs, seconds: float) -> list[Arm]:
        where = f"{task.pairs} pairs"
        return [Arm(s, where, each(partial(reviewed, side=s, task=task, ahead=ahead.get(s))), seconds) for s in names]

    three = ("peers", "alone", "all pairs")
    more = "more pairs are told right than by"
    return [
        Effect(
            "preference_noise_peers",
            f"{full.pairs} odd pairs, 40 % wrong, {full.epochs} epochs; accuracy of single models in percent, the "
            "share of right labels among the 60 % of largest margins, the area under the curve of margins, and the "
            "gold of the best of 64 beside the largest",
            [*arms(three, full, 5.0), Arm("bound", "", each(lambda seed: {"auc": 85.0}), 0.0)],
            [
                Claim(f"{more} a model of all pairs, by 15 points", "15 behind", "peers", "all pairs"),
                Claim("at most half a point behind own picks", "half a point ahead", "peers", "alone"),
                Claim(f"{more} own picks", "accuracy", "peers", "alone"),
                Claim("a policy is better than by a model of all pairs", "gold", "peers", "all pairs"),
                Claim("margins tell right from wrong labels, area 0.85", "auc", "peers", "bound"),
                Claim("margins tell right from wrong labels better", "auc", "peers", "all pairs"),
            ],
        ),
        Effect(
            "preference_noise_curriculum",
            f"{small.pairs} odd pairs, 40 % wrong, {small.epochs} epochs",
            arms(("peers", "peers, easy pairs first"), small, 1.5),
            [Claim(f"{more} all at once", "accuracy", "peers, easy pairs first", "peers")],
        ),
        Effect(
            "preference_noise_clean",
            f"{clean.pairs} odd pairs, none wrong although some are thought so, {clean.epochs} epochs",
            [
                Arm(
                    "peers",
                    f"{b:g} thought wrong",
                    each(partial(reviewed, side="peers", task=clean, ahead=ahead["peers"], believed=b)),
                    1.5,
                )
                for b in (0.4, 0.1)
            ]
            + arms(("all pairs",), clean, 1.5),
            [Claim("at most one point is lost", "one point ahead", "peers", "all pairs")],
        ),
    ]
