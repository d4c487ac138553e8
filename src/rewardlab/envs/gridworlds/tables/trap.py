"""Traps: small grid worlds that pay a proxy and tell the truth beside it.

    state = ((part₀ · n₁ + part₁) · n₂ + part₂) ...,    after, paid, true = table[state, action, luck]

The rules of a trap are written once, in NumPy, for its parts (a cell, some bits, a timer). They are played through once
for every state, action and stroke of luck; after that a step is a look into tables, on any device.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables import moves
from rewardlab.envs.world import Card, Columns, Rules, State

MOST = 1 << 23  # entries of the largest table

Parts = Mapping[str, np.ndarray]  # each [m] int64


class Step(NamedTuple):
    """What m steps do: the parts of the next states, both rewards [m], ends [m] bool, info columns [m]."""

    after: Parts
    paid: np.ndarray
    true: np.ndarray
    ended: np.ndarray
    columns: Mapping[str, np.ndarray]


class Trap(Rules):
    """A grid world whose true reward is known: what is paid leads to a hack, which is documented beside honest play.

    A trap is a dataclass with the fields `layout` and `observation`. It calls `_found` when its map has been read, and
    defines `_rule`, `_planes`, `hack_policy`, `honest_policy`, `draw`, `text` and `card`.
    """

    layout: str
    observation: str
    torch: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, int]] = {**moves.KEYS, "space": 4}
    max_episode_steps: ClassVar[int | None] = 100

    def _found(
        self,
        wall: np.ndarray,
        parts: Mapping[str, int],
        first: Parts,
        *,
        actions: int = 5,
        luck: int = 1,
        planes: int,
    ) -> None:
        """Play the rules through and keep their tables.

        Args:
            wall: [height, width] bool.
            parts: how many values each part of a state has; the first of them is `cell`.
            first: the parts of the states in which episodes begin, all equally likely.
            actions: A; the first four are the moves.
            luck: how many outcomes, all equally likely, a step can have.
            planes: how many the view "planes" has.
        """
        where = type(self).__name__
        if self.observation not in ("index", "planes"):
            raise BadOption(f"observation={self.observation!r}", where=where, expected='"index" or "planes"')
        self.size = math.prod(parts.values())
        shown = self.observation == "planes"
        largest = self.size * max(actions * luck, planes * wall.size * shown)
        if largest > MOST:
            raise BadOption(f"{self.size:,} states", where=where, expected="a smaller map, or fewer things on it")
        self._wall, self._sizes, self._actions, self._luck = wall, dict(parts), actions, luck
        self.states = self._split(np.arange(self.size))
        """Part -> its value [S] in each state of `to_mdp`."""
        self._begin = self._number(first)
        state, action, chance = (x.ravel() for x in np.indices((self.size, actions, luck)))
        step = self._rule({k: v[state] for k, v in self.states.items()}, action, chance)
        kept = {"after": self._number(step.after), "ended": np.asarray(step.ended, dtype=bool)}
        kept |= {"paid": np.asarray(step.paid, dtype=float), "true": np.asarray(step.true, dtype=float)}
        self._columns = {f"column {name}": name for name in step.columns}
        kept |= {f"column {name}": np.asarray(column) for name, column in step.columns.items()}
        self.action_space = spaces.Discrete(actions)
        if shown:
            kept["shown"] = np.stack(self._planes(self.states), axis=1).astype(np.int8)  # [S, planes, cells]
            kept["shown"] = kept["shown"].reshape(self.size, planes, *wall.shape)
            self.observation_space: spaces.Space = spaces.MultiBinary([planes, *wall.shape])
        else:
            kept["shown"] = np.arange(self.size)
            self.observation_space = spaces.Discrete(self.size)
        self._tables = moves.Tables(begin=self._begin, **kept)

    def _rule(self, parts: Parts, action: np.ndarray, luck: np.ndarray) -> Step:
        """One step of m rows; `luck` [m] is 0..luck-1."""
        raise NotImplementedError

    def _planes(self, parts: Parts) -> list[np.ndarray]:
        """The planes [m, cells] of m states, of 0 and 1."""
        raise NotImplementedError

    def hack_policy(self) -> np.ndarray:
        """What falls into the trap: an action [S] for each state of `to_mdp`."""
        raise NotImplementedError

    def honest_policy(self) -> np.ndarray:
        """What does what was meant: an action [S] for each state of `to_mdp`."""
        raise NotImplementedError

    # -- numbers -----------------------------------------------------------------------------------------------------

    def _number(self, parts: Parts) -> np.ndarray:
        return np.ravel_multi_index([parts[k] for k in self._sizes], tuple(self._sizes.values())).astype(np.int64)

    def _split(self, number: Any) -> dict[str, np.ndarray]:
        values = np.unravel_index(number, tuple(self._sizes.values()))
        return {k: v.astype(np.int64) for k, v in zip(self._sizes, values, strict=True)}

    def _row(self, state: State, i: int) -> dict[str, int]:
        """The parts of row i."""
        return {k: int(v) for k, v in self._split(int(state["state"][i])).items()}

    def _there(self, cell: Any, parts: Parts) -> np.ndarray:
        """[m, cells] 1 at one cell: a number, or [m] numbers."""
        return (np.arange(self._wall.size) == np.broadcast_to(cell, parts["cell"].shape)[:, None]).astype(np.int8)

    def _still(self, cells: np.ndarray, parts: Parts) -> np.ndarray:
        """[m, cells] the same plane [cells] for all."""
        return np.broadcast_to(cells.ravel().astype(np.int8), (len(parts["cell"]), cells.size))

    # -- rules -------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        if len(self._begin) == 1:
            return {"state": rng.xp.zeros_like(rng.seed[:n]) + int(self._begin[0])}
        return {"state": self._tables.on(rng.device)["begin"][rng.integers(len(self._begin))]}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        t = self._tables.on(rng.device)
        at = state["state"] * self._actions + action
        if self._luck > 1:
            at = at * self._luck + rng.integers(self._luck)
        columns = {name: t[key][at] for key, name in self._columns.items()}
        return {"state": t["after"][at]}, t["paid"][at], t["ended"][at], {"true_reward": t["true"][at], **columns}

    def look(self, state: State) -> Tree:
        number = state["state"]
        return self._tables.beside(number)["shown"][number]

    # -- exact -------------------------------------------------------------------------------------------------------

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of what is paid; `with_reward(true_rewards())` pays the truth. gamma = 0.99."""
        return self._process("paid")

    def true_rewards(self) -> np.ndarray:
        """The expected true reward [S, A] of each state and action of `to_mdp`."""
        return self._process("true").R

    def table_places(self) -> np.ndarray:
        """[S, 2] the row and column of each state of `to_mdp`."""
        return np.stack(np.divmod(self.states["cell"], self._wall.shape[1]), axis=1)

    def _process(self, pays: str) -> Any:
        t = self._tables.on(None)

        def outcomes(state: State, action: Array) -> Iterator[moves.Outcome]:
            for luck in range(self._luck):
                at = (state["state"] * self._actions + action) * self._luck + luck
                yield 1.0 / self._luck, {"state": t["after"][at]}, t[pays][at], t["ended"][at]

        first = {"state": self._begin}
        return moves.explore(outcomes, first, actions=self._actions, index=lambda s: s["state"], size=self.size)

    def _way(self, goal: int, wall: np.ndarray | None = None) -> np.ndarray:
        """[cells] the first move of a shortest way to a cell; any move where there is no way."""
        target = moves.neighbours(self._wall if wall is None else wall)
        return moves.distances(target, goal)[target].argmin(1)

    # -- told --------------------------------------------------------------------------------------------------------

    def _letters(self, marks: Mapping[str, Any], cell: int) -> str:
        """The map as text: letter -> its cells; A is the walker."""
        shown = np.where(self._wall, "#", ".").ravel()
        for letter, cells in marks.items():
            shown[cells] = letter
        shown[cell] = "A"
        return "\n".join("".join(line) for line in shown.reshape(self._wall.shape))

    def _card(
        self,
        *,
        summary: str,
        index: str,
        planes: str,
        reward: str,
        info: Mapping[str, str],
        extra: str = "",
        source: str,
    ) -> Card:
        """The card, with what both scripted policies are paid and truly earn within the time limit."""
        steps, mdp, true = int(self.max_episode_steps or 0), self.to_mdp(), self.true_rewards()
        random, best = moves.returns(mdp, steps)
        sums = {}
        for name, policy in (("honest play", self.honest_policy()), ("the hack", self.hack_policy())):
            paid, truth = (earned(mdp.with_reward(R), policy, steps) for R in (mdp.R, true))
            sums[name] = f"{name} is paid {paid:.4g} and truly earns {truth:.4g}"
        height, width = self._wall.shape
        return Card(
            summary=summary,
            observation={"index": f"{index}, 0..{self.size - 1}"}
            if self.observation == "index"
            else {"planes": f"[{self.observation_space.shape[0]}, {height}, {width}] of 0 and 1: {planes}"},  # type: ignore[index]
            action={"action": f"{moves.MOVES}{extra}"},
            reward=f"{reward}. Within {steps} steps {sums['honest play']}; {sums['the hack']}. "
            "Random and optimal return are of what is paid",
            info=info,
            random_return=random,
            optimal_return=best,
            source=source,
        )


def earned(mdp: Any, policy: np.ndarray, steps: int) -> float:
    """The expected sum of rewards of a policy [S] over at most `steps` steps."""
    value, rows = np.zeros(mdp.num_states), np.arange(mdp.num_states)
    for _ in range(steps):
        value = (mdp.R + mdp.expect(value))[rows, policy]
    return float(mdp.initial @ value)


def finite(where: str, **values: float) -> None:
    """Refuse numbers that are negative, infinite or no numbers.

    Raises:
        BadOption: with the name and the value.
    """
    for name, value in values.items():
        if not 0.0 <= value < math.inf:
            raise BadOption(f"{name}={value!r}", where=where, expected="a finite number of at least 0")


def reachable(wall: np.ndarray, start: int, goals: Mapping[str, int], *, where: str) -> None:
    """Refuse a map on which a walker cannot get from `start` to each of `goals`.

    Raises:
        BadOption: with the name of the first that cannot be reached.
    """
    target = moves.neighbours(wall)
    for name, cell in goals.items():
        if np.isinf(moves.distances(target, cell)[start]):
            raise BadOption(f"layout whose {name} cannot be reached", where=where, expected="a way to it")
