"""Grid world: walls, kinds of cells and objects, on one level or on many.

    r = step + w[kind] − effort + reward of the object met,    P(end) = terminate,    P(back) = respawn

An agent walks a grid of up to 13 × 13 cells. What lies on it are objects, each with a reward, a probability to end the
episode when it is met, and a probability to come back after each step: goals, traps, fruit. A hidden goal, a new maze
each episode, costs that are counted apart are presets of this one world, which is small enough to be solved exactly.

Source: Oh, Hessel, Czarnecki, Xu, van Hasselt, Singh, Silver, "Discovering Reinforcement Learning Algorithms", NeurIPS
2020, Appendix (objects with reward, termination and respawn); Laskin et al., "In-context Reinforcement Learning with
Algorithm Distillation", ICLR 2023, Section 4 (the dark room); Young, Ramesh, Kirsch, Schmidhuber, "The Benefits of
Model-Based Generalization in Reinforcement Learning", ICML 2023 (procedural mazes).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables import grid_levels
from rewardlab.envs.gridworlds.tables.grid_exact import Counted
from rewardlab.envs.gridworlds.tables.grid_faces import GridFaces
from rewardlab.envs.gridworlds.tables.table import NAMES, Tables, actions, returns
from rewardlab.envs.world import Card, Columns, Rules, State

MOST_WORK = 20_000_000  # of counting returns for a card
TRAP = "S....\n.....\n..#..\n...b.\n....a"


@dataclass
class GridWorld(Rules):
    """An agent among walls and objects.

    Actions are up, right, down, left, then (where there are such) to stay, then the four moves at two cells a step. A
    move that slips turns left or right. An object is met by the step that ends on it while it is there; it is gone
    then, and at the end of each step every object that is gone comes back with its probability. Levels are numbered;
    each task is a level drawn at random, and holds for a block of episodes of its row.

    Args:
        layout: "open", "room", "four_rooms", "rooms", "maze", "scattered", or a map (see `layouts`).
        size: rows and columns of a named layout, up to 13.
        first_level: number of the first level. A number stands for the same level in every set of them, so that sets
            apart, say 0..999 and 10000..10999, are training and test levels which share none.
        levels: how many are drawn; 0 for one layout with every placement of the unplaced objects, each a level.
        objects: each a mapping with `reward` (1), `terminate` (1), `respawn` (0), `at` ([row, column]; by default at
            its letter on the map, or unplaced) and `colour`. A number may be a range [low, high], drawn per level.
        weights: reward of standing on cells of kind 0, 1, ...; 0 for the rest.
        mix: shares of kinds 1, 2, ... among the cells of a layout without kinds; the rest is kind 0.
        blank: share of levels in which nothing pays (all object rewards are 0).
        step_reward: paid at each step.
        slip: probability in [0, 1] that a move goes to the left or right of where it should.
        stay: whether one may stay.
        fast: what a move of two cells costs more; None for no such moves.
        teleport: probability in [0, 1] that a step is a leap to object 0 instead: a rare help in long mazes.
        episodes_per_task: episodes of a row before another level is drawn.
        hidden: whether objects are left out of every view.
        costs: name -> kind of cell: an info column that is 1 on cells of that kind, else 0.
        horizon: the steps that the returns of `describe()` count; ids set it to their time limit.
        observation: "index" (Discrete), "planes" (Box [planes, H, W] of 0 and 1) or "picture" (Box [32, 32, 3]), both
            uint8.

    Raises:
        BadOption: for options that contradict each other or lie outside their ranges.
    """

    layout: str = TRAP
    size: int = 5
    first_level: int = 0
    levels: int = 0
    objects: Sequence[Mapping[str, Any]] = ({"reward": 1.0}, {"reward": -1.0})
    weights: Sequence[float] = ()
    mix: Sequence[float] = ()
    blank: float = 0.0
    step_reward: float = 0.0
    slip: float = 0.0
    stay: bool = False
    fast: float | None = None
    teleport: float = 0.0
    episodes_per_task: int = 1
    hidden: bool = False
    costs: Mapping[str, int] | None = None
    horizon: int = 50
    observation: str = "index"

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("slip", "teleport", "blank"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise _bad(f"{name}={getattr(self, name)!r}", "a probability in [0, 1]")
        for name in ("episodes_per_task", "horizon"):
            if getattr(self, name) < 1:
                raise _bad(f"{name}={getattr(self, name)!r}", "at least 1")
        numbers = [*self.weights, self.step_reward, *([] if self.fast is None else [self.fast])]
        if len(self.weights) > 10 or not np.isfinite(np.array(numbers, dtype=float)).all():
            raise _bad(f"weights={self.weights!r}, step_reward, fast", "finite numbers, at most 10 weights")
        self._things = grid_levels.check_objects(self.objects)
        if self.teleport and not self._things:
            raise _bad("teleport without an object", "an object to leap to")
        self._costs = dict(self.costs or {})
        reserved = {"success", "is_success", "object", "kind", "level", "attempt", "noise"}
        if reserved & self._costs.keys() or not all(k in range(10) for k in self._costs.values()):
            raise _bad(f"costs={self.costs!r}", "name -> kind of cell, 0..9, with names of their own")
        # -- tables
        self.table = grid_levels.build(
            self.layout, self.size, self.first_level, self.levels, self._things, self.mix, self.blank
        )
        t = self.table
        self.height, self.width, self.num_levels = t.height, t.width, len(t.walls)
        walls = t.walls.reshape(-1, t.height, t.width)
        self.target, self._turned, self._effort = actions(walls, stay=self.stay, fast=self.fast)
        weight = np.pad(np.array(self.weights, dtype=float), (0, 10 - len(self.weights)))
        self._floor = self.step_reward + weight[t.kinds]  # [L, C]
        none = ((0, 0), (0, 1))  # no object: pays nothing, ends nothing
        self._tables = Tables(
            target=self.target.ravel(), turned=self._turned.ravel(), effort=self._effort, floor=self._floor.ravel(),
            thing=t.thing.ravel(), kind=t.kinds.ravel(), reward=np.pad(t.reward, none).ravel(),
            terminate=np.pad(t.terminate, none).ravel(), respawn=t.respawn, starts=t.starts, choices=t.choices,
            place=t.place, number=np.arange(len(self._things)), fast=np.arange(len(self._effort)) >= 4 + self.stay,
        )  # fmt: skip
        self._chance = bool(((t.terminate > 0) & (t.terminate < 1)).any())
        self._comes_back = bool((t.respawn > 0).any())
        self.action_space = spaces.Discrete(len(self._effort))
        self._faces = GridFaces(t, self._things, hidden=self.hidden, view=self.observation)
        self.observation_space: spaces.Space = self._faces.space()

    def start(self, n: int, rng: Streams) -> State:
        t = self._tables(rng.device)
        episode = rng.episode[:n]
        level = rng.xp.zeros_like(episode)
        if self.num_levels > 1:
            # A stream per block of episodes: numbers below -1 are those of no episode.
            task = rng.rows(rng.xp.arange(n, device=rng.device) if rng.device is not None else np.arange(n))
            task.episode = -3 - episode // self.episodes_per_task
            task.begin(slice(None))
            level = task.integers(self.num_levels)
        present = rng.xp.astype(rng.xp.ones_like(t["place"][level]), rng.xp.bool)
        cell = t["starts"][level, rng.integers(t["choices"][level])]
        return {"cell": cell, "level": level, "present": present, "attempt": episode % self.episodes_per_task}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, t = rng.xp, self._tables(rng.device)
        level, things = state["level"], len(self._things)
        fast = t["fast"][action]
        effort = t["effort"][action]
        if self.slip:
            u = rng.uniform()
            side = xp.astype(u < self.slip, xp.int64) + (u < self.slip / 2)  # 0 for none, 1 or 2
            action = t["turned"][action * 3 + side]
        base = level * (self.height * self.width)
        cell = t["target"][(base + state["cell"]) * len(self._effort) + action]
        if self.teleport:
            cell = xp.where(rng.uniform() < self.teleport, t["place"][level, 0], cell)
        where = base + cell
        thing = t["thing"][where]
        met = (t["number"] == thing[:, None]) & state["present"]  # [n, K], at most one
        there = met.any(1)
        of = level * (things + 1) + thing
        gain = xp.where(there, t["reward"][of], 0.0)
        reward = t["floor"][where] - effort + gain
        chance = t["terminate"][of]
        over = there & ((rng.uniform() < chance) if self._chance else (chance > 0))
        present = state["present"] & ~met
        if self._comes_back:
            present = present | (rng.uniform((things,)) < t["respawn"][level])
        kind = t["kind"][where]
        columns = {"success": gain > 0, "object": xp.where(there, thing, -1), "kind": kind}
        for name, counted in self._costs.items():
            columns[name] = xp.astype(kind == counted, xp.float64)
        if self.fast is not None:
            columns["noise"] = xp.astype(fast, xp.float64)
        after = {"cell": cell, "level": level + 0, "present": present, "attempt": state["attempt"] + 0}
        return after, reward, over, columns

    def inform(self, state: State) -> Columns:
        return {"level": state["level"] + 0, "attempt": state["attempt"] + 0}

    def look(self, state: State) -> Tree:
        return self._faces.look(state)

    def draw(self, state: State, i: int) -> np.ndarray:
        return self._faces.draw(state, i)

    def text(self, state: State, i: int) -> str:
        return self._faces.text(state, i)

    def counted(self, level: int | None = None) -> Counted:
        """All that can happen, on one level or (None) on all of them.

        Raises:
            BadOption: for an unknown level, or too many branches to count.
        """
        if level is not None and not 0 <= level < self.num_levels:
            raise _bad(f"level={level!r}", f"None, or 0..{self.num_levels - 1}")
        part = slice(None) if level is None else slice(level, level + 1)
        one: Any = {k: v[part] for k, v in self.table._asdict().items() if isinstance(v, np.ndarray)}
        return Counted(
            self.table._replace(**one),
            self.target[part],
            self._turned,
            slip=self.slip,
            leap=self.teleport,
            floor=self._floor[part],
            effort=self._effort,
        )

    def to_mdp(self, level: int | None = None) -> Any:
        """The exact `TabularMDP` of one who knows the level, on one level or (None) on all, uniformly drawn.

        State (level * 2^J + presence) * H * W + cell, J objects that can be lost while the episode goes on; one more
        for the end, where there is one. gamma is 1 if the episode can end from everywhere, else 0.99.

        Raises:
            BadOption: for an unknown level, or too many branches to count.
        """
        return self.counted(level).mdp()

    def table_places(self) -> np.ndarray:
        """[S, 2] the row and column of each state of `to_mdp`; -1 for the end."""
        counted, height, width = self.counted(None), self.height, self.width
        cell = np.arange(len(counted.land) * 2 ** len(counted.lost) * height * width)
        places = np.stack(np.divmod(cell % (height * width), width), axis=1)
        return np.concatenate([places, [[-1, -1]]]) if counted.can_end else places

    def to_costs(self, level: int | None = None) -> dict[str, np.ndarray]:
        """Cost column -> its expectation [S, A] in each state and action of `to_mdp(level)`: occupancy * cost sums up.

        Raises:
            BadOption: as `to_mdp` does.
        """
        counted, kinds = self.counted(level), self.table.kinds if level is None else self.table.kinds[level : level + 1]
        found = {name: counted.share(kinds == kind) for name, kind in self._costs.items()}
        if self.fast is not None:
            loud = np.arange(len(self._effort)) >= 4 + self.stay
            found["noise"] = counted.share(np.ones_like(kinds, dtype=bool)) * loud
        return found

    def card(self) -> Card:
        random = best = None
        counted = self.target.size * self.horizon * 2 ** len(self._faces.lost)
        if counted <= MOST_WORK:
            with suppress(BadOption):
                random, best = returns(self.to_mdp(), self.horizon)
        same = not self.blank and all(o[name][0] == o[name][1] for o in self._things for name in grid_levels.LAW)
        known = self.num_levels == 1 or (self.observation != "index" and same)
        if self.hidden and (self.num_levels > 1 or len(self._faces.lost)):
            known = False
        oracle = "" if known or best is None else f" One who knows what is not shown can earn {best:.6g}."
        does = list(NAMES) + ["stay"] * self.stay
        if self.fast is not None:
            does += [f"{name} by two cells" for name in NAMES]
        paid = [f"{self.step_reward:g} at each step", *grid_levels.sentences(self._things)]
        paid += [f"{w:g} on cells of kind {k}" for k, w in enumerate(self.weights) if w]
        paid += [f"-{self.fast:g} for a move of two cells"] if self.fast else []
        info = {
            "success": "True on a step that meets an object which pays more than 0",
            "object": "the object met by the step, -1 for none",
            "kind": "kind of the cell where the agent stands, 0..9",
            "level": f"number of the level, 0..{self.num_levels - 1}",
            "attempt": f"episode within its task, 0..{self.episodes_per_task - 1}",
        }
        info |= {name: f"1 on cells of kind {kind}, else 0" for name, kind in self._costs.items()}
        info |= {"noise": "1 for a move of two cells, else 0"} if self.fast is not None else {}
        unseen = " Objects are not shown." if self.hidden else ""
        return Card(
            summary=f"A grid of {self.height} x {self.width} cells, {self.num_levels} level(s), "
            f"{len(self._things)} object(s); a task lasts {self.episodes_per_task} episode(s).{unseen}{oracle}",
            observation=self._faces.words(),
            action={str(a): words for a, words in enumerate(does)}
            | ({"slip": f"probability {self.slip:g} to go left or right of that instead"} if self.slip else {}),
            reward="; ".join(paid),
            info=info,
            random_return=random,
            optimal_return=best if known else None,
            source="Oh et al., Discovering Reinforcement Learning Algorithms, NeurIPS 2020",
        )


def _bad(what: str, expected: str) -> BadOption:
    return BadOption(what, where="GridWorld", expected=expected)
