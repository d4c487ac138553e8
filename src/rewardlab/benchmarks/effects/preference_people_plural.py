"""Many people with few tastes: mixtures of prototypes against one reward for all and one for each.

    u_i(x) = −½ ‖x − a_g(i)‖²,    P(1 ≻ 2 by i) = σ(u_i(x_1) − u_i(x_2))

PluralPref: three ideal points among vectors of 16 numbers, 100 people with 50 noisy judgements each.

Source: Chen, Chen, Rege, Vinayak, "PAL: Pluralistic Alignment Framework for Learning from Heterogeneous Preferences",
2024 (seen and unseen people and pairs).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.rewards import PALA, VPL, BradleyTerry, vector_items


@dataclass(frozen=True)
class PluralPref:
    """Sizes of the task.

    Attributes:
        width: numbers of an item.
        groups: ideal points.
        people, pairs: who are seen, and how much each judges.
        new, few: who are not, and how much each judges.
        tests: pairs without noise, for each person.
    """

    width: int = 16
    groups: int = 3
    people: int = 100
    pairs: int = 50
    new: int = 12
    few: int = 20
    tests: int = 200


class Plural:
    """One seed's people.

    Args:
        task: its sizes.
        seed: of ideal points, people and pairs.

    Attributes:
        group: [people + new].
        seen: judgements of the seen people.
    """

    def __init__(self, task: PluralPref, seed: int) -> None:
        self.task, self._rng = task, np.random.default_rng([seed, 21])
        self._ideal = 0.8 * self._rng.normal(size=(task.groups, task.width))
        self.group = np.arange(task.people + task.new) % task.groups
        self.seen = self.judged(np.repeat(np.arange(task.people), task.pairs))

    def judged(self, who: np.ndarray, *, sure: bool = False) -> Transitions:
        """A pair for each of `who` [P], with their label; `sure` without noise."""
        x = self._rng.normal(size=(len(who), 2, self.task.width))
        gap = -0.5 * ((x - self._ideal[self.group[who]][:, None]) ** 2).sum(-1) @ [1, -1]
        label = (gap > 0) * 1.0 if sure else (self._rng.random(len(who)) < 1 / (1 + np.exp(-gap))) * 1.0
        return vector_items(x, label=label, annotator=who)

    def some(self, person: int, count: int, *, sure: bool = False) -> Transitions:
        """Judgements of one person."""
        return self.judged(np.full(count, person), sure=sure)


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """How well two groupings [B] agree: 1 for the same, 0 on the mean of random ones.

    Source: Hubert, Arabie, "Comparing Partitions", Journal of Classification 1985, Eq. 5.
    """
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)

    def pairs(x: np.ndarray) -> float:
        return float((x * (x - 1) / 2).sum())

    both, a, b, all_ = pairs(table), pairs(table.sum(1)), pairs(table.sum(0)), pairs(table.sum(keepdims=True))
    chance, most = a * b / all_, (a + b) / 2
    return (both - chance) / (most - chance) if most > chance else 1.0


def accuracy(reward: object, test: Transitions) -> float:
    """In percent."""
    chance = reward.probabilities(test)[0]  # type: ignore[attr-defined]
    return 100 * float(((chance > 0.5) == (test.info["label"] > 0.5)).mean())


def pal(seed: int, *, prototypes: int, task: PluralPref | None = None, epochs: int = 20) -> Measured:
    """PAL-A with K prototypes."""
    t = task or PluralPref()
    world = Plural(t, seed)
    model = PALA(
        annotators=t.people, prototypes=prototypes, dim=t.width, lr=1e-2, batch_size=256, action=False, seed=seed
    )
    model.fit(world.seen, epochs=epochs)
    found = {"groups": adjusted_rand(world.group[: t.people], model.people.argmax(1))}
    seen = [accuracy(model.for_annotator(k), world.some(k, t.tests, sure=True)) for k in range(0, t.people, 5)]
    new = range(t.people, t.people + t.new)
    unseen = [accuracy(model.for_user(world.some(k, t.few)), world.some(k, t.tests, sure=True)) for k in new]
    known, unknown = float(np.mean(seen)), float(np.mean(unseen))
    return found | {"seen": known, "unseen": unknown, "behind": known - unknown}


def pooled(seed: int, *, task: PluralPref | None = None, epochs: int = 15) -> Measured:
    """One reward for all."""
    t = task or PluralPref()
    world = Plural(t, seed)
    model = plain(seed, 256)
    model.fit(world.seen, epochs=epochs)
    tests = [accuracy(model, world.some(k, t.tests, sure=True)) for k in range(t.people, t.people + t.new)]
    return {"unseen": float(np.mean(tests)), "seen": float(np.mean(tests))}


def alone(seed: int, *, task: PluralPref | None = None, epochs: int = 40) -> Measured:
    """A reward for each new person, from their own few judgements."""
    t = task or PluralPref()
    world, found = Plural(t, seed), []
    for k in range(t.people, t.people + t.new):
        model = plain(seed, t.few)
        model.fit(world.some(k, t.few), epochs=epochs)
        found.append(accuracy(model, world.some(k, t.tests, sure=True)))
    return {"unseen": float(np.mean(found))}


def grouped(seed: int, *, task: PluralPref | None = None, epochs: int = 25) -> Measured:
    """A reward for each true group, from the judgements of all its people."""
    t = task or PluralPref()
    world, found = Plural(t, seed), []
    for g in range(t.groups):
        model = plain(seed, 128)
        model.fit(world.seen.rows(world.group[world.seen.info["annotator"]] == g), epochs=epochs)
        new = [k for k in range(t.people, t.people + t.new) if world.group[k] == g]
        found += [accuracy(model, world.some(k, t.tests, sure=True)) for k in new]
    return {"unseen": float(np.mean(found))}


def latent(seed: int, *, task: PluralPref | None = None, epochs: int = 8) -> Measured:
    """VPL, from the same judgements."""
    t = task or PluralPref()
    world = Plural(t, seed)
    model = VPL(z_dim=4, hidden=(64, 64), lr=3e-3, batch_size=16, context=t.few, action=False, seed=seed)
    model.fit(world.seen, epochs=epochs)
    new = range(t.people, t.people + t.new)
    unseen = [accuracy(model.for_user(world.some(k, t.few)), world.some(k, t.tests, sure=True)) for k in new]
    return {"unseen": float(np.mean(unseen))}


def plain(seed: int, batch_size: int) -> BradleyTerry:
    """A Bradley-Terry model without people."""
    options = {"error": 0.0, "members": 1, "hidden": (64,), "lr": 1e-2, "action": False}
    return BradleyTerry(batch_size=batch_size, seed=seed, **options)  # type: ignore[arg-type]


def effects() -> list[Effect]:
    """PAL with too few, enough and too many prototypes, and what else there is."""
    t, ours = PluralPref(), "PAL, 3 prototypes"
    arms = [
        Arm(f"PAL, {k} prototype{'s' * (k > 1)}", "default", each(partial(pal, prototypes=k)), 1.5)
        for k in (1, 2, 3, 5)
    ]
    others = {"one for all": pooled, "one for each": alone, "one for each group": grouped, "VPL": latent}
    arms += [Arm(side, "default", each(run), 1.5) for side, run in others.items()]
    arms += [Arm("a bound", "a number", each(lambda seed: {"groups": 0.95, "behind": 3.0}), 0.0)]
    about = (
        f"{t.groups} ideal points in {t.width} numbers, {t.people} people with {t.pairs} noisy judgements each; "
        f"accuracy in percent on pairs without noise, of seen people and of {t.new} new ones after {t.few} judgements"
    )
    claims = [
        Claim("shares tell the groups, adjusted Rand above 0.95", "groups", ours, "a bound"),
        Claim("new people are at most 3 points behind seen ones", "behind", ours, "a bound", higher=False),
        Claim("one prototype is worse", "unseen", ours, "PAL, 1 prototype"),
        Claim("two prototypes are worse", "unseen", ours, "PAL, 2 prototypes"),
        Claim("five prototypes cost no more than 2 in 85", "unseen", "PAL, 5 prototypes", ours, times=0.976),
        Claim("new people gain 10 in 65 over a reward of their own", "unseen", ours, "one for each", times=1.15),
        Claim("new people gain over one reward for all", "unseen", ours, "one for all"),
        Claim(
            "new people do as well as if groups were known, but for 3 in 90",
            "unseen",
            ours,
            "one for each group",
            times=0.967,
        ),
        Claim("new people do no worse than with VPL", "unseen", ours, "VPL"),
    ]
    return [Effect("preference_people_plural", about, arms, claims)]
