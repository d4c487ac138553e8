"""Objectives that a person can read, weighed by the prompt, and what raters give to length.

    rating_i = a_i + ½ length + noise,    P(1 ≻ 2 | type) = σ(w_type · (a_1 − a_2) + bias (length_1 − length_2))

MultiAttr: responses of countable attributes, prompts of four types which weigh them differently, ratings of which most
are missing, and raters who like length a little.

Source: Wang, Xiong, Xie, Zhao, Zhang, "Interpretable Preferences via Multi-Objective Reward Modeling and
Mixture-of-Experts", EMNLP Findings 2024.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.rewards import ArmoRM, BradleyTerry, response_items

NAMES = ("correct", "clear", "kind", "vivid", "safe", "long")
WEIGHTS = np.array(  # of the types, and no weight for length
    [
        [3.0, 1.0, 0.3, 0.2, 0.5, 0],
        [0.3, 0.5, 3.0, 1.0, 0.2, 0],
        [0.2, 1.0, 0.5, 3.0, 0.3, 0],
        [1.0, 0.3, 0.2, 0.5, 3.0, 0],
    ]
)


@dataclass(frozen=True)
class MultiAttr:
    """Sizes and noises of the task.

    Attributes:
        noise: numbers of a prompt that say nothing.
        rated: responses with ratings, of which a share `missing` is not there.
        pairs: that are compared.
        tests: pairs without noise or bias.
        bias: what raters give to a deviation of length.
    """

    noise: int = 4
    rated: int = 1000
    missing: float = 0.6
    pairs: int = 1200
    tests: int = 2000
    bias: float = 0.3


class Rated:
    """One seed's responses.

    Args:
        task: its sizes.
        seed: of all draws.
    """

    def __init__(self, task: MultiAttr, seed: int) -> None:
        self.task, self._rng = task, np.random.default_rng([seed, 31])
        self._mix = self._rng.normal(size=(6, 6)) / np.sqrt(6) + np.eye(6)  # attributes are not what the encoder shows

    def prompts(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Types [P], and prompts [P, 4 + noise]."""
        kind = self._rng.integers(0, 4, count)
        return kind, np.concatenate([np.eye(4)[kind], self._rng.normal(size=(count, self.task.noise))], -1)

    def ratings(self) -> Transitions:
        """Responses with ratings in which length counts."""
        t = self.task
        _, prompts = self.prompts(t.rated)
        a = self._rng.normal(size=(t.rated, 1, 6))
        told = a + 0.5 * a[..., 5:] * (np.arange(6) < 5) + 0.3 * self._rng.normal(size=a.shape)
        told[self._rng.random(told.shape) < t.missing] = np.nan
        return response_items(prompts, a @ self._mix, ratings=told)

    def compared(self) -> Transitions:
        """Pairs with labels of raters who like length."""
        t = self.task
        kind, prompts = self.prompts(t.pairs)
        a = self._rng.normal(size=(t.pairs, 2, 6))
        worth = (a * WEIGHTS[kind][:, None]).sum(-1) + t.bias * a[..., 5]
        label = self._rng.random(t.pairs) < 1 / (1 + np.exp(worth @ [-1, 1]))
        return response_items(prompts, a @ self._mix, label=label * 1.0)

    def tests(self, *, adverse: bool = False) -> Transitions:
        """Pairs on new prompts with true labels; adverse ones have the worse response longer."""
        kind, prompts = self.prompts(self.task.tests)
        a = self._rng.normal(size=(self.task.tests, 2, 6))
        worth = (a * WEIGHTS[kind][:, None]).sum(-1)
        if adverse:
            long = 2.0 + np.abs(self._rng.normal(size=self.task.tests))
            a[..., 5] = np.where(worth > worth[:, ::-1], -long[:, None], long[:, None])
        return response_items(prompts, a @ self._mix, label=(worth[:, 0] > worth[:, 1]) * 1.0)


def tell(
    seed: int,
    *,
    correct: bool = True,
    gated: bool = True,
    even: bool = False,
    task: MultiAttr | None = None,
    epochs: int = 15,
) -> Measured:
    """Accuracies in percent of ArmoRM, and the least cosine of its weights with those of a type.

    Args:
        seed: of task and model.
        correct: whether length is taken off the objectives.
        gated: whether the gate sees the prompt.
        even: the plain mean of the objectives in place of a gate.
        task: its sizes.
        epochs: of the gate.
    """
    world = Rated(task or MultiAttr(), seed)
    model = ArmoRM(
        objectives=NAMES, verbosity="long" if correct else None, features=_response, hidden=(64,), lr=3e-3, seed=seed
    )

    def seen(items: Transitions) -> Transitions:
        return items if gated else replace(items, obs=0 * items.obs)

    model.fit_heads(seen(world.ratings()))
    if not even:
        model.fit_gate(seen(world.compared()), epochs=epochs)
    found = {}
    for name, adverse in (("accuracy", False), ("adverse", True)):
        test = seen(world.tests(adverse=adverse))
        scores = model.scores(test)[:, :, 0].mean(-1) if even else model.segment_scores(test)
        found[name] = 100 * float(((scores[:, 0] > scores[:, 1]) == (test.info["label"] > 0.5)).mean())
    kind, prompts = world.prompts(400)
    g = model.weights(seen(response_items(prompts, np.zeros((400, 1, 6)))))[:, 0, 0, :5]
    learned = np.stack([(g / np.ptp(model._range, 0)[:5])[kind == k].mean(0) for k in range(4)])  # of raw ratings
    truth = WEIGHTS[:, :5]
    cosine = (learned * truth).sum(-1) / np.linalg.norm(learned, axis=-1) / np.linalg.norm(truth, axis=-1)
    return found | {"cosine": float(cosine.min())}


def single(seed: int, *, task: MultiAttr | None = None, epochs: int = 40) -> Measured:
    """Accuracies in percent of one Bradley-Terry network on prompt and response."""
    world = Rated(task or MultiAttr(), seed)
    model = BradleyTerry(error=0.0, members=1, hidden=(64, 64), lr=3e-3, seed=seed)
    world.ratings()
    model.fit(world.compared(), epochs=epochs)
    found = {}
    for name, adverse in (("accuracy", False), ("adverse", True)):
        test = world.tests(adverse=adverse)
        found[name] = 100 * float(((model.probabilities(test)[0] > 0.5) == (test.info["label"] > 0.5)).mean())
    return found


def _response(batch: Transitions) -> np.ndarray:
    return np.asarray(batch.action)


def effects() -> list[Effect]:
    """The gate and the correction, and what is left without each."""
    t, ours = MultiAttr(), "ArmoRM"
    sides: dict[str, dict[str, bool]] = {
        ours: {},
        "without correction": {"correct": False},
        "one weight for all prompts": {"gated": False},
        "even weights": {"even": True},
    }
    arms = [Arm(side, "default", each(partial(tell, **options)), 0.7) for side, options in sides.items()]  # type: ignore[arg-type]
    arms += [Arm("Bradley-Terry", "40 epochs", each(single), 0.9)]  # 15 and 40 were tried; ArmoRM has 15
    arms += [Arm("0.95", "a number", each(lambda seed: {"cosine": 0.95}), 0.0)]
    about = (
        f"six attributes, four types of prompts, {t.rated} responses, {100 * t.missing:g} % of their ratings missing, "
        f"{t.pairs} comparisons by raters who like length; accuracy in percent on new prompts without noise, and on "
        "adverse pairs, whose worse response is longer"
    )
    claims = [
        Claim("the gate's weights have a cosine above 0.95 with the true ones, for every type", "cosine", ours, "0.95"),
        Claim(
            "is right 10 in 75 more than one weight for all prompts",
            "accuracy",
            ours,
            "one weight for all prompts",
            times=1.13,
        ),
        Claim("is right more than even weights", "accuracy", ours, "even weights"),
        Claim("is right no less than one network", "accuracy", ours, "Bradley-Terry"),
        Claim("on adverse pairs the correction gains 15 in 75", "adverse", ours, "without correction", times=1.2),
        Claim("on adverse pairs it beats one network", "adverse", ours, "Bradley-Terry"),
    ]
    return [Effect("preference_people_objectives", about, arms, claims)]
