"""Skills: small programs that act by a table of entities, with a description in words and an embedding of it.

    f(table, self) = argmax_{a legal} w · φ(a, table),    sim(x, y) = e(x) · e(y),    e = hashed words / norm

A skill is a weight for each of twelve things that can be said of an action. So a skill is changed by a step in its
weights, and two skills are joined by taking how to walk from one and whom to attack from the other.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.units import ATTACK, STEPS, WAIT, Field, Table, legal, living
from rewardlab.core.errors import BadOption

FEATURES = (
    "near",  # minus the distance of the nearest enemy, from where one would stand
    "weak_near",  # minus that of the weakest enemy
    "fit",  # minus how far the nearest enemy is from being exactly within reach
    "danger",  # minus the number of enemies that reach one there
    "together",  # minus the mean distance of the own units
    "aside",  # how far from the line between the own units and the nearest enemy, 0..1
    "search",  # minus the distance of the middle of the field, while no enemy is known
    "fire",  # 1 for an attack
    "finish",  # 1 if the enemy would fall
    "weakness",  # minus the enemy's health, 1 for that of an unhurt melee unit
    "shared",  # how many own units reach the enemy too
    "soft",  # 1 if the enemy is ranged
)
WALK = 7  # so many features tell where to stand, the others whom to attack
WIDTH = 256  # D of an embedding
SILENT = frozenset(
    ["a", "and", "at", "for", "from", "in", "is", "it", "its", "of", "on", "or", "that", "the", "them", "to", "with"]
)  # words that say nothing about what is meant


@dataclass(frozen=True)
class Skill:
    """A rule of action.

    Args:
        name: short.
        text: what it does, in words; what it is found by.
        weights: [12] one for each of `FEATURES`.

    Raises:
        BadOption: for another number of weights, or weights that are not finite.
    """

    name: str
    text: str
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", tuple(float(w) for w in self.weights))
        if len(self.weights) != len(FEATURES) or not np.isfinite(self.weights).all():
            raise BadOption(
                f"weights={self.weights!r}", where="Skill", expected=f"{len(FEATURES)} finite numbers: {FEATURES}"
            )


def rule(name: str, text: str, **weights: float) -> Skill:
    """A skill by the weights that are not 0."""
    return Skill(name, text, tuple(weights.get(f, 0.0) for f in FEATURES))


BASIC = (
    rule(
        "focus fire",
        "attack the weakest enemy within reach, together with other units, until it falls",
        near=1.0, weak_near=1.0, search=1.0, fire=8.0, finish=3.0, weakness=4.0, shared=1.0,
    ),
    rule(
        "kite",
        "attack from a distance and step back from enemies that come near",
        fit=2.0, danger=2.0, search=1.0, fire=3.0, finish=3.0, weakness=1.0,
    ),
    rule(
        "retreat",
        "go away from all enemies, out of their reach, to save health",
        near=-2.0, danger=3.0, together=0.5, finish=1.0,
    ),
    rule(
        "regroup",
        "go to the other own units and stay together with them",
        near=0.2, together=2.0, search=0.5, fire=4.0, finish=1.0,
    ),
    rule(
        "flank",
        "approach the enemy from the side and attack",
        near=2.0, aside=3.0, search=1.0, fire=5.0, finish=3.0, soft=2.0,
    ),
)  # fmt: skip
"""What a library begins with; the weights are ours."""


def appraise(table: Table, field: Field) -> tuple[np.ndarray, np.ndarray]:
    """φ(a, table) [B, A, 12], and which actions make sense [B, A]: legal, and not into somebody who stands there."""
    row, team = np.arange(len(table.me)), field.team
    reaches = np.array(field.reach)[table.kind]  # [B, U]
    mine = table.kind[row, table.me]
    ally, foe = living(table, field)
    gap = table.away[:, None] - STEPS[:, None]  # [B, 5, U, 2] from each of five cells to all units
    far = np.abs(gap).max(-1)
    some = foe.any(1, keepdims=True)
    range_to = np.where(foe[:, None], far[..., team:], 99)  # [B, 5, E]
    nearest = np.where(some, range_to.min(2), 0)
    points = np.where(foe, table.health[:, team:] * 100 + far[:, WAIT, team:], 9999)
    weak = np.where(some, far[row[:, None], np.arange(5), team + points.argmin(1)[:, None]], 0)
    fit = np.where(some, np.abs(nearest - np.array(field.reach)[mine][:, None]), 0)
    danger = (range_to <= reaches[:, None, team:]).sum(2)
    friends = np.maximum(ally.sum(1), 1)[:, None]
    together = (far[..., :team] * ally[:, None]).sum(2) / friends
    middle = np.abs(table.place[:, None] + STEPS - (field.side - 1) / 2).max(2)
    stand = [-nearest, -weak, -fit, -danger, -together, _aside(table, gap, ally, foe, range_to), -middle * ~some]
    where = np.stack([np.broadcast_to(x, nearest.shape) for x in stand], axis=2).astype(float)  # [B, 5, 7]

    target = table.health[:, team:]
    between = np.abs(table.away[:, None, team:] - table.away[:, :team, None]).max(-1)  # [B, team, E]
    shared = (ally[:, :, None] & (between <= reaches[:, :team, None])).sum(1)
    falls = target <= np.array(field.damage)[mine][:, None]
    attack = np.stack(
        [np.ones(target.shape), falls, -target / max(field.health), shared, table.kind[:, team:]], axis=2
    )  # [B, E, 5]
    phi = np.zeros((len(row), field.actions, len(FEATURES)))
    phi[:, :ATTACK, :WALK] = where
    phi[:, ATTACK:, :WALK] = where[:, WAIT:]
    phi[:, ATTACK:, WALK:] = attack
    stands = (table.known & (table.health > 0))[:, None] & (table.age == 0)[:, None] & (gap == 0).all(-1)
    sense = legal(table, field)
    sense[:, :WAIT] &= ~stands[:, :WAIT].any(2)
    return phi, sense


def _aside(table: Table, gap: np.ndarray, ally: np.ndarray, foe: np.ndarray, range_to: np.ndarray) -> np.ndarray:
    """[B, 5] the sine between the line own units - nearest enemy and the line cell - nearest enemy."""
    team, row = ally.shape[1], np.arange(len(ally))
    chosen = team + range_to[:, WAIT].argmin(1)
    friends = np.maximum(ally.sum(1), 1)[:, None]
    centre = (table.away[:, :team] * ally[..., None]).sum(1) / friends  # [B, 2] from the unit
    axis, line = table.away[row, chosen] - centre, gap[row, :, chosen]  # [B, 2], [B, 5, 2]
    cross = np.abs(axis[:, None, 0] * line[..., 1] - axis[:, None, 1] * line[..., 0])
    size = np.hypot(axis[:, 0], axis[:, 1])[:, None] * np.hypot(line[..., 0], line[..., 1])
    there = foe.any(1, keepdims=True) & ally.any(1, keepdims=True) & (size > 0)
    return np.where(there, cross / np.where(size > 0, size, 1.0), 0.0)


def act(weights: np.ndarray, table: Table, field: Field) -> np.ndarray:
    """The actions [B] of B units that follow the skills of weights [B, 12] or [12], the lowest of equals."""
    phi, sense = appraise(table, field)
    score = (phi @ weights) if weights.ndim == 1 else np.einsum("bad,bd->ba", phi, weights)
    return np.where(sense, score, -np.inf).argmax(1)


def embed(texts: Sequence[str]) -> np.ndarray:
    """[n, 256] of length 1 (0 for a text without words): words, hashed to signed places and summed."""
    out = np.zeros((len(texts), WIDTH))
    for i, text in enumerate(texts):
        for word in set(re.findall(r"\w+", text.lower())) - SILENT:
            code = zlib.crc32(word.encode())
            out[i, code % WIDTH] += 1.0 if code & 0x10000 else -1.0
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def mutate(skill: Skill, rng: np.random.Generator, *, size: float = 1.0, name: str = "", text: str = "") -> Skill:
    """The skill with a normal step of `size` in about half of its weights, and in one at least."""
    moved = rng.random(len(FEATURES)) < 0.5
    moved[rng.integers(len(FEATURES))] = True
    step = rng.normal(size=len(FEATURES)) * size * moved
    return Skill(name or skill.name, text or skill.text, tuple(np.array(skill.weights) + step))


def compose(walk: Skill, attack: Skill, *, name: str = "", text: str = "") -> Skill:
    """A skill that stands where `walk` would and attacks whom `attack` would."""
    return Skill(
        name or f"{walk.name} and {attack.name}",
        text or f"{walk.text}; {attack.text}",
        walk.weights[:WALK] + attack.weights[WALK:],
    )
