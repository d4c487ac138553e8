"""Length as a cue of comparisons, and what scores are used for.

Lengths: qualities of three domains, of which the better response is the longer one in 80 % of all pairs; some labels go
by length alone.

Source: Zang, Dong, Zhang, Cao, Liu, Ding, Wu, Ma, Duan, Zhang, Chen, Lin, Wang, "InternLM-XComposer2.5-Reward: A Simple
Yet Effective Multi-Modal Reward Model", Findings of ACL 2025.
"""

from functools import partial
from typing import Any

import numpy as np
import torch

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.preference_noise_peers import area
from rewardlab.core import nets
from rewardlab.core.batch import Transitions
from rewardlab.core.responses import expected, tilted
from rewardlab.rewards import IXCReward, vector_items

INPUTS, DOMAINS = 6, 3
OPTIONS: dict[str, Any] = {"hidden": (32,), "lr": 3e-3, "action": False}


class Lengths:
    """Pairs of one seed.

    Args:
        seed: of qualities and pairs.
        pairs: over all domains.
    """

    def __init__(self, seed: int, *, pairs: int = 3000) -> None:
        self.rng = np.random.default_rng([seed, 87])
        self._weights = self.rng.normal(size=INPUTS) + self.rng.normal(size=(DOMAINS, INPUTS))
        self.items = self.compared(pairs, longer=0.8)

    def quality(self, x: np.ndarray) -> np.ndarray:
        """[...] of features [..., D]."""
        return ((x[..., -DOMAINS:] @ self._weights) * x[..., :INPUTS]).sum(-1)

    def responses(self, count: int, group: int) -> np.ndarray:
        """Features [count, group, D] without lengths that mean anything: content, length, domain."""
        x = self.rng.normal(size=(count, group, INPUTS))
        kind = np.eye(DOMAINS)[self.rng.integers(0, DOMAINS, count)]
        length = self.rng.uniform(1, 4, (count, group, 1))
        return np.concatenate([x, length, np.repeat(kind[:, None], group, 1)], -1)

    def compared(self, count: int, *, longer: float) -> Transitions:
        """Pairs with labels of which a tenth goes by length alone; the better one is the longer in this share."""
        x = self.responses(count, 2)
        q = self.quality(x)
        first = q[:, 0] > q[:, 1]
        length = np.sort(x[..., INPUTS], -1)
        longer_first = np.where(self.rng.random(count) < longer, first, ~first)
        x[..., INPUTS] = np.where(longer_first[:, None], length[:, ::-1], length)
        label = np.where(self.rng.random(count) < 0.1, longer_first, first) * 1.0
        return vector_items(
            x, label=label, length=x[..., INPUTS], truth=first * 1.0, domain=x[:, 0, -DOMAINS:].argmax(-1)
        )


def right(model: IXCReward, items: Transitions) -> np.ndarray:
    """Which pairs the model orders as the quality does, [P] bool."""
    scores = model.segment_scores(items).numpy().mean(0)
    return np.asarray((scores[:, 0] > scores[:, 1]) == (items.info["truth"] > 0.5))


def lengths(seed: int, *, ratio: float, domain: int | None = None, epochs: int = 12) -> Measured:
    """A model of all pairs or of one domain, and what its three uses are worth.

    Args:
        seed: of everything.
        ratio: of the rule.
        domain: the only one that is learned from.
        epochs: of the fit.
    """
    task = Lengths(seed)
    items = task.items if domain is None else task.items.rows(np.flatnonzero(task.items.info["domain"] == domain))
    model = IXCReward(ratio=ratio, seed=seed, **OPTIONS)
    model.fit(items, epochs=epochs if domain is None else DOMAINS * epochs)
    flipped = task.compared(2000, longer=0.0)
    fair = task.compared(2000, longer=0.5)
    hits = right(model, fair)
    macro = np.mean([hits[fair.info["domain"] == d].mean() for d in range(DOMAINS)])
    alone = task.responses(2000, 1)
    s = model.segment_scores(vector_items(alone)).numpy().mean(0)[:, 0]
    out = {"flipped": 100 * right(model, flipped).mean(), "macro": 100 * macro}
    out["partial"] = abs(_partial(s, alone[:, 0, INPUTS], task.quality(alone)[:, 0]))
    # someone's training set: the best of 8 responses, and a tenth of it spoiled by the worst
    lists = task.responses(1000, 8)
    q = task.quality(lists)
    spoiled = task.rng.random(1000) < 0.1
    place = np.where(spoiled, q.argmin(-1), q.argmax(-1))
    samples = vector_items(np.take_along_axis(lists, place[:, None, None], 1))
    s = model.segment_scores(samples).numpy().mean(0)[:, 0]
    taken = np.take_along_axis(q, place[:, None], 1)[:, 0]
    out["auc"] = 100 * area(-s[spoiled], -s[~spoiled])
    out["cleaned"] = 100 * taken[model.clean(samples, quantile=0.1)].mean() / taken.mean()
    # right is what lies among the best fifth of all responses
    good = q > np.quantile(q, 0.8)
    for n in (1, 2, 4, 8):
        best = model.best(vector_items(lists[:, :n]))
        out[f"best of {n}"] = 100 * np.take_along_axis(good[:, :n], best[:, None], 1).mean()
    out["bound of 8"] = 100 * good.any(-1).mean()
    # the policy that gains most by the scores beside a divergence from even odds
    s = model.segment_scores(vector_items(lists)).numpy().mean(0)
    policy = tilted(np.full(s.shape, 1 / s.shape[-1]), s / s.std(), 0.5)
    out |= {"policy": expected(policy, q).mean(), "written": expected(policy, lists[..., INPUTS]).mean()}
    return {k: float(v) for k, v in out.items()}


def _partial(a: np.ndarray, b: np.ndarray, given: np.ndarray) -> float:
    """The correlation of a and b [n] at a fixed third."""
    rest, other = (v - np.polyval(np.polyfit(given, v, 3), given) for v in (a, b))
    return float(np.corrcoef(rest, other)[0, 1])


def valued(seed: int, *, copied: bool, updates: int = 20) -> Measured:
    """The loss of a critic in its first updates: states are responses of which half of the content is not there yet."""
    task = Lengths(seed)
    model = IXCReward(seed=seed, **OPTIONS)
    model.fit(task.items, epochs=8)
    whole = vector_items(task.responses(64 * updates, 1))
    paid = torch.as_tensor(np.asarray(model(whole))[:, 0, 0])
    begun = whole.obs[:, :, 0].copy()
    begun[..., INPUTS // 2 : INPUTS] = 0
    x = model.encoded(vector_items(begun))[:, 0, 0]
    critic = model.critic()
    if not copied:
        fresh = model.network(x.shape[-1], nets.child_seed(seed, 9))
        nets.load_weights(critic.module, nets.weights(fresh))
    fit = nets.Fit(critic, 1e-3)
    losses = [fit(((critic(a) - b) ** 2).mean())["loss"] for a, b in zip(x.split(64), paid.split(64), strict=True)]
    return {"loss": float(np.mean(losses))}


def effects() -> list[Effect]:
    """Length and critics."""
    inf = float("inf")
    rule, none = "with the rule", "without"
    arms = [Arm(rule, "ratio 1.5", each(partial(lengths, ratio=1.5)), 0.6)]
    arms += [Arm(none, "", each(partial(lengths, ratio=inf)), 0.9)]
    arms += [Arm(f"domain {d} alone", "", each(partial(lengths, ratio=1.5, domain=d)), 0.6) for d in range(DOMAINS)]
    arms += [
        Arm("bound", "", each(lambda seed: {"flipped": 85.0, "partial": 0.1, "auc": 95.0, "policy": 0.0}), 0.0),
        Arm("a bad one", "", each(lambda seed: {"flipped": 65.0}), 0.0),
        Arm("the raw set", "", each(lambda seed: {"cleaned": 100.0}), 0.0),
        *(Arm(f"one of {n}", "", each(partial(_of, n=n)), 0.6) for n in (1, 4)),
    ]
    return [
        Effect(
            "preference_noise_length",
            "3000 pairs of three domains, the better one longer in 80 %; accuracy in percent where the better one is "
            "the shorter, the correlation of score and length at fixed quality, and what the scores are used for; the "
            "quality of a cleaned set in percent of the raw one",
            arms,
            [
                Claim("85 % are told right where the better one is shorter", "flipped", rule, "bound"),
                Claim("without the rule at most 65 %", "flipped", none, "a bad one", higher=False),
                Claim("and fewer than with it", "flipped", rule, none),
                Claim("scores and lengths go together by 0.1 at most", "partial", rule, "bound", higher=False),
                Claim("less than without the rule", "partial", rule, none, higher=False),
                Claim("a spoiled tenth is found, area 0.95", "auc", rule, "bound"),
                Claim("a cleaned set is better than the raw one", "cleaned", rule, "the raw set"),
                Claim("a policy is better than even odds, whose quality is 0", "policy", rule, "bound"),
                Claim("a policy is better than without the rule", "policy", rule, none),
                Claim("and writes less", "written", rule, none, higher=False),
                Claim("the best of 8 is right more often than of 4", "best of 8", rule, "one of 4"),
                Claim("the best of 4 is right more often than one", "best of 4", rule, "one of 1"),
                *(
                    Claim(f"over all domains better than domain {d} alone", "macro", rule, f"domain {d} alone")
                    for d in range(DOMAINS)
                ),
            ],
        ),
        Effect(
            "preference_noise_critic",
            "half responses and what the whole ones are paid; the loss over the first 20 updates",
            [Arm(n, "", each(partial(valued, copied=c)), 0.4) for n, c in (("a copy", True), ("random", False))],
            [Claim("a critic that copies the reward model errs less", "loss", "a copy", "random", higher=False)],
        ),
    ]


def _of(seed: int, *, n: int) -> Measured:
    found = lengths(seed, ratio=1.5)
    return {f"best of {2 * n if n > 1 else 4}": found[f"best of {n}"]}
