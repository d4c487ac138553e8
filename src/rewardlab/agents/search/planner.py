"""A planner in words: situations told in a sentence, and a scripted answer that says what to do about each.

A proposer maps texts to texts, situations to sub-tasks: a language model can stand in for `scripted`.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np

from rewardlab.agents.loops.units import ATTACK, Field, Table, legal, living

Propose = Callable[[list[str]], Sequence[str]]
NEAR = 3  # cells within which an own unit counts as near

SEARCH = "go to the middle and search for the enemy, stay together with the own units"
GATHER = "regroup: go to the other own units before the enemy comes"
CLOSE = "approach the enemy and attack together with other units"
STRIKE = "attack the weakest enemy within reach until it falls"
DODGE = "attack from a distance and step back from enemies"
ESCAPE = "retreat out of reach of the enemies to save health"


def situations(table: Table, field: Field) -> np.ndarray:
    """[B, 6] numbers of each unit: ranged, health in thirds 1..3, enemies known, within its reach, that reach it, and
    own units near."""
    row, team = np.arange(len(table.me)), field.team
    ally, foe = living(table, field)
    far = np.abs(table.away).max(2)
    kind = table.kind[row, table.me]
    whole = np.array(field.health)[kind]
    reached = (foe & (far[:, team:] <= np.array(field.reach)[table.kind[:, team:]])).sum(1)
    thirds = np.ceil(3 * table.health[row, table.me] / whole).astype(np.int64)
    near = (ally & (far[:, :team] <= NEAR)).sum(1)
    return np.stack([kind, thirds, foe.sum(1), legal(table, field)[:, ATTACK:].sum(1), reached, near], axis=1)


def words(situation: np.ndarray) -> str:
    """A situation [6] in a sentence."""
    kind, thirds, known, within, reached, near = (int(x) for x in situation)
    return (
        f"I am a {('melee', 'ranged')[kind]} unit with {thirds} of 3 thirds of my health. I know of {known} enemies: "
        f"{within} within my reach, {reached} that reach me. {near} own units are near."
    )


def scripted(texts: Sequence[str]) -> list[str]:
    """Sub-tasks for situations as `words` tells them."""
    return [_answer(text) for text in texts]


def _answer(text: str) -> str:
    thirds, _, known, within, reached, near = (int(x) for x in re.findall(r"\d+", text))
    if not known:
        return SEARCH
    if thirds == 1 and reached:
        return ESCAPE
    if "ranged" in text and reached and within:
        return DODGE
    if within:
        return STRIKE
    return CLOSE if near else GATHER
