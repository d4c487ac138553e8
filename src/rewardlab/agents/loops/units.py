"""Units on a field: what a team's observations say, as one table of entities for each unit.

An observation [team, 2 + 6 U] holds for each own unit its place, −1..1, and six numbers for each of U units, the own
ones first: known, rows and columns away (shares of the field), health 0..1, age of the news (1 for 100 steps), ranged.
An action is one number for each own unit: 0 up, 1 right, 2 down, 3 left, 4 wait, 5 + j attack enemy j.
"""

from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from rewardlab.core.errors import BadOption, BadSpace

STEPS = np.array([[-1, 0], [0, 1], [1, 0], [0, -1], [0, 0]])  # rows and columns of the first five actions
WAIT, ATTACK = 4, 5
_FEATURES = 6


@dataclass(frozen=True)
class Field:
    """What a team knows of the rules before the battle; pairs are of melee and of ranged units.

    Args:
        team: own units.
        enemies: enemy units.
        side: cells of a side of the field.
        health: points of an unhurt unit.
        damage: points that an attack takes.
        reach: cells, as a king walks.

    Raises:
        BadOption: for numbers that are not positive, or no pairs.
    """

    team: int
    enemies: int
    side: int = 12
    health: tuple[int, int] = (12, 8)
    damage: tuple[int, int] = (3, 2)
    reach: tuple[int, int] = (1, 3)

    def __post_init__(self) -> None:
        for name in ("team", "enemies", "side"):
            if getattr(self, name) < (2 if name == "side" else 1):
                raise BadOption(f"{name}={getattr(self, name)!r}", where="Field", expected="a positive number")
        for name in ("health", "damage", "reach"):
            pair = getattr(self, name)
            if len(pair) != 2 or min(pair) <= 0:
                raise BadOption(f"{name}={pair!r}", where="Field", expected="two positive numbers: melee and ranged")

    @property
    def actions(self) -> int:
        """A, the actions of one unit."""
        return ATTACK + self.enemies


@dataclass(frozen=True)
class Table:
    """What B units know, each of U units; places and health in cells and points.

    Attributes:
        me: [B] which unit it is.
        alive: [B] whether it lives.
        place: [B, 2] its row and column.
        known: [B, U] of whom it has news.
        away: [B, U, 2] rows and columns from it to them.
        health: [B, U] their points.
        age: [B, U] steps since that was seen.
        kind: [B, U] 0 melee, 1 ranged.
    """

    me: np.ndarray
    alive: np.ndarray
    place: np.ndarray
    known: np.ndarray
    away: np.ndarray
    health: np.ndarray
    age: np.ndarray
    kind: np.ndarray


def sizes(observation: spaces.Space, action: spaces.Space, *, where: str) -> tuple[int, int]:
    """Own units and enemies, as the spaces of a battle tell them.

    Raises:
        BadSpace: for spaces of another kind of environment.
    """
    many = np.asarray(action.nvec).ravel() if isinstance(action, spaces.MultiDiscrete) else np.zeros(0, dtype=int)
    shape = observation.shape if isinstance(observation, spaces.Box) else None
    team, enemies = len(many), int(many[0]) - ATTACK if len(many) else 0
    if not team or enemies < 1 or (many != many[0]).any() or shape != (team, 2 + _FEATURES * (team + enemies)):
        raise BadSpace(
            f"observations {observation} and actions {action}",
            where=where,
            expected="Box [team, 2 + 6 (team + enemies)] and MultiDiscrete [5 + enemies] for each of the team",
            mend="rewardlab/GridSkirmish-v0 is such a battle",
        )
    return team, enemies


def read(obs: np.ndarray, field: Field) -> Table:
    """The tables of B = n · team units for observations [n, team, 2 + 6 U], unit after unit of each row."""
    n, team, units = len(obs), field.team, field.team + field.enemies
    own, rest = obs[..., :2].reshape(-1, 2), obs[..., 2:].reshape(n * team, units, _FEATURES)
    kind = rest[..., 5].astype(np.int64)
    me = np.tile(np.arange(team), n)
    age = np.rint(rest[..., 4] * 100).astype(np.int64)
    known = rest[..., 0] > 0
    row = np.arange(n * team)
    return Table(
        me=me,
        alive=known[row, me] & (age[row, me] == 0),  # the dead see nothing, themselves neither
        place=np.rint((own + 1) / 2 * (field.side - 1)).astype(np.int64),
        known=known,
        away=np.rint(rest[..., 1:3] * (field.side - 1)).astype(np.int64),
        health=np.rint(rest[..., 3] * np.array(field.health)[kind]).astype(np.int64),
        age=age,
        kind=kind,
    )


def living(table: Table, field: Field) -> tuple[np.ndarray, np.ndarray]:
    """Known to live, as far as the news goes: own units but for itself [B, team], and enemies [B, E]."""
    there = table.known & (table.health > 0)
    other = np.arange(field.team) != table.me[:, None]
    return there[:, : field.team] & other, there[:, field.team :]


def legal(table: Table, field: Field) -> np.ndarray:
    """[B, A] bool: to wait; for the living to walk on the field, and to attack whom they see living within reach."""
    row = np.arange(len(table.me))
    to = table.place[:, None] + STEPS  # [B, 5, 2]
    walks = ((to >= 0) & (to < field.side)).all(2)
    reach = np.array(field.reach)[table.kind[row, table.me]]
    near = np.abs(table.away[:, field.team :]).max(2) <= reach[:, None]
    attacks = living(table, field)[1] & near & (table.age[:, field.team :] == 0)
    whole = np.concatenate([walks, attacks], axis=1) & table.alive[:, None]
    whole[:, WAIT] = True
    return whole
