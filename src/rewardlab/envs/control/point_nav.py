"""Point navigation: a point in a plane goes to its goal, with or without inertia, drift and walls.

    x' = x + h u,    u = speed · a + drift + swirl (−y, x)                      without inertia
    v' = v + h (force · a − damping · v),    x' = x + h (v' + drift + swirl (−y, x))    with inertia
    r = 1 where |x' − goal| < radius (and |v'| < rest), + the pay of the disc that x' lies in

h is 0.1 s. What meets a wall slides along it. `distance` is the length of the shortest way around the walls, so that
progress is exact. Without walls the motion is linear and has a closed form.

Source: the maze is in the spirit of PointMaze (Fu, Kumar, Nachum, Tucker, Levine, "D4RL: Datasets for Deep Data-Driven
Reinforcement Learning", 2020, Section 5) with plain rules and a sparse reward of our own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, array, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.control.walls import Walls, norm
from rewardlab.envs.lookup import Tables
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, LINE, RED, Picture
from rewardlab.envs.top_view import TopView
from rewardlab.envs.world import Card, Columns, Rules, State

STEP = 0.1  # s
_TRIES = 8  # places that are drawn for a start; the first far enough from the goal is taken
_DOT = 0.06  # m, the point in views
_SIDE = 400  # pixels of a drawing
_RANDOM_RETURN = 0.041  # measured over 200,000 episodes of 50 steps with the default fields


@dataclass
class PointNav(Rules):
    """A point, a goal, and what lies between.

    Args:
        layout: lines of `#` wall, `.` free, `S` where episodes begin, `G` where the goal may lie; "" for no walls.
        inertia: True if actions are forces, False if they are velocities.
        speed: m/s, the velocity of action 1; with inertia the largest of each component.
        force: m/s² of action 1, with inertia.
        damping: 1/s, with inertia.
        goals: [M, 2] m, one of them drawn in each episode; None for anywhere in the cells `G`, or in all free ones.
        begin: [2] m where episodes begin; None for anywhere in the cells `S`, or in all free ones, not near the goal.
        goal_seen: whether the observation tells the goal.
        radius: m, how near the goal is reached.
        rest: m/s, a goal is reached only by what is slower; None for no matter how fast.
        ends: whether reaching it ends the episode; otherwise each step there is paid.
        drift: [2] m/s by which all is carried.
        swirl: 1/s, how fast all turns around the middle.
        discs: rows of x, y, radius (m), pay: hidden places that pay each step in them.
        observation: "state" or "pixels", a view from above.
        side: pixels of that view, 8 to 128.

    Raises:
        BadOption: for a layout, place or number that does not fit.
    """

    layout: str = ""
    inertia: bool = False
    speed: float = 1.0
    force: float = 2.0
    damping: float = 0.5
    goals: Sequence[Sequence[float]] | None = None
    begin: Sequence[float] | None = None
    goal_seen: bool = True
    radius: float = 0.1
    rest: float | None = None
    ends: bool = True
    drift: Sequence[float] = (0.0, 0.0)
    swirl: float = 0.0
    discs: Sequence[Sequence[float]] = ()
    observation: str = "state"
    side: int = 32

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.walls = Walls(self.layout, where="PointNav")
        ranges = {"speed": (0.01, 10), "force": (0.01, 100), "damping": (0, 5), "radius": (0.01, 1), "swirl": (-5, 5)}
        for name, (low, high) in {**ranges, "side": (8, 128), "rest": (0.001, 10)}.items():
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not low <= value <= high):
                raise _bad(f"{name}={value!r}", f"a number from {low:g} to {high:g}")
        if self.observation not in ("state", "pixels"):
            raise _bad(f"observation={self.observation!r}", "'state' or 'pixels'")
        goals = None if self.goals is None else _numbers(self.goals, "goals", 2)
        begin = None if self.begin is None else _numbers([self.begin], "begin", 2)
        drift, discs = _numbers([self.drift], "drift", 2)[0], _numbers(self.discs, "discs", 4)
        for name, places in (("goals", goals), ("begin", begin)):
            if places is not None and (not len(places) or self._inside_walls(places).any()):
                raise _bad(f"{name}={getattr(self, name)!r}", "places in free cells")
        top = self.speed + float(np.abs(drift).max()) + abs(self.swirl)
        if top * STEP > self.walls.size:
            raise _bad(
                f"a point that moves {top * STEP:g} m in a step",
                f"at most a cell of {self.walls.size:g} m: lower speed",
            )
        self._drift, self._discs = drift, discs
        self._tables = Tables(
            goals=self.walls.ends if goals is None else goals,
            begins=self.walls.begins if begin is None else begin,
            order=10.0 + np.arange(_TRIES, 0, -1.0),
        )
        self._spread = [self.walls.size if places is None else 0.0 for places in (goals, begin)]
        self.view = TopView(self.walls.from_above(self.side))
        self.action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        most = [1.0, 1.0, *([self.speed] * 2 if self.inertia else []), *([1.0] * 2 if self.goal_seen else [])]
        self._most = np.array(most, dtype=np.float32)
        self.observation_space = (
            spaces.Box(-self._most, self._most, dtype=np.float32)
            if self.observation == "state"
            else spaces.Box(0, 255, (self.side, self.side, 3), np.uint8)
        )

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        goal = self._place(rng, "goals", 1)[:, 0]
        tries = self._place(rng, "begins", _TRIES)  # [n, tries, 2]
        apart = norm(tries - goal[:, None])
        # the first that is far enough, else the farthest
        order = self._tables(rng.device)["order"] + xp.zeros_like(apart)
        best = xp.argmax(xp.where(apart >= 3 * self.radius, order, apart), axis=1)
        x = xp.take_along_axis(tries, xp.stack([best, best], axis=1)[:, None], axis=1)[:, 0]
        onward = self.walls.onward(goal)
        return {
            "x": x,
            "v": xp.zeros_like(x),
            "goal": goal,
            "onward": onward,
            "first": self.walls.distance(x, goal, onward),
        }

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, x = rng.xp, state["x"]
        u = xp.astype(action, xp.float64)
        if self.inertia:
            v = state["v"] + STEP * (self.force * u - self.damping * state["v"])
            v = xp.clip(v, -self.speed, self.speed)
        else:
            v = self.speed * u
        after, stopped = self.walls.slide(x, STEP * (v + self._carried(x)))
        v = xp.where(stopped, xp.zeros_like(v), v)
        new = {**state, "x": after, "v": v}
        reached = norm(after - state["goal"]) < self.radius
        if self.rest is not None:
            reached = reached & (norm(v) < self.rest)
        reward = xp.astype(reached, xp.float64)
        disc = xp.zeros_like(reward)
        for place_x, place_y, radius, pay in self._discs.tolist():
            dx, dy = after[:, 0] - place_x, after[:, 1] - place_y
            disc = disc + pay * xp.astype(dx * dx + dy * dy < radius * radius, xp.float64)
        columns = {"success": reached, "hit": xp.any(stopped, axis=1)}
        if len(self._discs):
            columns["disc_pay"] = disc
        ended = reached if self.ends else reached & False
        return new, reward + disc, ended, columns

    def look(self, state: State) -> Tree:
        x = state["x"]
        xp = namespace(x)
        if self.observation == "pixels":
            goal = [(state["goal"], self.radius, RED)] if self.goal_seen else []
            return self.view([*goal, (x, _DOT, BLUE)])
        parts = [x, *([state["v"]] if self.inertia else []), *([state["goal"]] if self.goal_seen else [])]
        return xp.astype(xp.concat(parts, axis=1), xp.float32)

    def inform(self, state: State) -> Columns:
        left = self.walls.distance(state["x"], state["goal"], state["onward"])
        return {
            "position": state["x"] * 1.0,
            "velocity": state["v"] * 1.0,
            "goal": state["goal"] * 1.0,
            "distance": left,
            "progress": state["first"] - left,
        }

    def expert(self, state: State) -> np.ndarray:
        """Actions [n, 2] that go the shortest way and, with inertia, brake in time; NumPy."""
        x, v, goal = (array(state[k]) for k in ("x", "v", "goal"))
        stop = self.walls.next_stop(x, goal, array(state["onward"]))
        way = stop - x
        carried = self._carried(x)
        far = norm(way)[:, None]
        if not self.inertia:
            return np.clip((way / STEP - carried) / self.speed, -1, 1).astype(np.float32)
        wanted = way / np.maximum(far, 1e-9) * np.minimum(np.sqrt(0.8 * self.force * far), self.speed) - carried
        wanted = np.where(far < 1e-3, -carried, wanted)
        push = ((wanted - v) / STEP + self.damping * v) / self.force
        return np.clip(push, -1, 1).astype(np.float32)

    def draw(self, state: State, i: int) -> np.ndarray:
        picture = Picture(_SIDE, _SIDE)
        x, goal = array(state["x"])[i], array(state["goal"])[i]
        width, height = self.walls.span * _SIDE
        picture.box(_SIDE / 2 - width / 2, _SIDE / 2 - height / 2, width, height, LINE)
        for (left, low), (right, high) in self.walls.blocks:
            px, py = _pixel((left, high))
            picture.box(px, py, (right - left) * _SIDE / 2, (high - low) * _SIDE / 2, INK)
        for place_x, place_y, radius, _ in self._discs.tolist():
            picture.disc(*_pixel((place_x, place_y)), radius * _SIDE / 2, GOLD)
        picture.disc(*_pixel(goal), self.radius * _SIDE / 2, RED)
        picture.disc(*_pixel(x), 0.04 * _SIDE / 2, BLUE)
        left = float(array(self.inform(state)["distance"])[i])
        picture.write(f"{left:.2f} m to go", 12, 12, FAINT)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        (x, y), (goal_x, goal_y) = array(state["x"])[i], array(state["goal"])[i]
        left = float(array(self.inform(state)["distance"])[i])
        return f"at ({x:+.3f}, {y:+.3f}) m, goal ({goal_x:+.3f}, {goal_y:+.3f}) m, {left:.3f} m to go"

    def card(self) -> Card:
        speed, begin = f"-{self.speed:g}..{self.speed:g} m/s", 2
        seen = {"position": "[0:2] x, y, m, -1..1; x to the right, y up"}
        if self.inertia:
            seen["velocity"] = f"[2:4] along x and y, {speed}"
            begin = 4
        if self.goal_seen:
            seen["goal"] = f"[{begin}:{begin + 2}] x, y of the goal, m, -1..1"
        if self.observation == "pixels":
            seen = {
                "view": f"[{self.side}, {self.side}, 3] from above, 0..255: point blue, walls dark"
                + (", goal red" if self.goal_seen else "")
            }
        unit = f"force in units of {self.force:g} m/s^2" if self.inertia else f"velocity in units of {self.speed:g} m/s"
        arrives = f"comes within {self.radius:g} m of its goal"
        if self.rest is not None:
            arrives += f" slower than {self.rest:g} m/s"
        paid = (
            f"1 on the step that {arrives}, which ends the episode" if self.ends else f"1 on each step that {arrives}"
        )
        return Card(
            summary=f"A point {'with inertia ' if self.inertia else ''}in a plane "
            f"{'with walls ' if self.layout else ''}{arrives}.",
            observation=seen,
            action={"x": f"[0] -1..1, {unit}, to the right", "y": f"[1] -1..1, {unit}, up"},
            reward=paid + ("; hidden discs pay each step in them" if len(self._discs) else "; 0 on all others"),
            info={
                "position": "[2] x, y, m, -1..1",
                "velocity": f"[2] of its own, without drift, {speed}",
                "goal": "[2] x, y, m, -1..1",
                "distance": "m, the shortest way to the goal around the walls",
                "progress": "m, by how much that way is shorter than it was when the episode began",
                "success": "True where the goal is reached",
                "hit": "True where a wall stopped the point",
                **({"disc_pay": "what hidden discs paid"} if len(self._discs) else {}),
            },
            random_return=_RANDOM_RETURN if self == PointNav() else None,
            optimal_return=1.0 if self.ends and not len(self._discs) else None,
        )

    def _carried(self, x: Array) -> Array:
        """[n, 2] m/s by which points x [n, 2] drift and swirl."""
        parts = [self._drift[0] - self.swirl * x[:, 1], self._drift[1] + self.swirl * x[:, 0]]
        return namespace(x).stack(parts, axis=1)

    def _place(self, rng: Streams, name: str, count: int) -> Array:
        """[n, count, 2]: places drawn from a table, uniform in their cells where it lists cells."""
        table = self._tables(rng.device)[name]
        pick = rng.integers(len(table), (count,))
        spread = self._spread[("goals", "begins").index(name)] * (1 - 2e-3)
        return table[pick] + spread * (rng.uniform((count, 2)) - 0.5)

    def _inside_walls(self, places: np.ndarray) -> np.ndarray:
        cell = np.floor((places + self.walls.span) / self.walls.size).astype(int)
        shape = np.array(self.walls.solid.shape)
        outside = ((cell < 0) | (cell >= shape)).any(1)
        cell = np.clip(cell, 0, shape - 1)
        return outside | self.walls.solid[cell[:, 0], cell[:, 1]]


def _numbers(value: Any, name: str, width: int) -> np.ndarray:
    try:
        x = np.array(value, dtype=float).reshape(-1, width) if len(value) else np.zeros((0, width))
        if len(value) and np.shape(value) != x.shape:
            raise ValueError
    except (TypeError, ValueError):
        raise _bad(f"{name}={value!r:.80}", f"rows of {width} numbers") from None
    if not np.isfinite(x).all() or np.abs(x).max(initial=0) > 10:
        raise _bad(f"{name}={value!r:.80}", f"rows of {width} numbers between -10 and 10")
    return x


def _pixel(place: Any) -> tuple[float, float]:
    return (float(place[0]) + 1) * _SIDE / 2, (1 - float(place[1])) * _SIDE / 2


def _bad(what: str, expected: str) -> BadOption:
    return BadOption(what, where="PointNav", expected=expected)
