"""Ball push: a disc pushes a ball to where it belongs.

    r = 1 where the ball has come to its target, 0 elsewhere

Disc and ball slide on a table without friction between them; two forces move the disc. The ball can only be touched, so
that it must be gone around first. Rails hold the ball, and the flat disc passes under them up to the walls, so that it
can come behind the ball wherever that lies. Without resets a task and its undoing take turns.

Source: the setting is that of Fetch push (Plappert et al., "Multi-Goal Reinforcement Learning: Challenging Robotics
Environments and Request for Research", 2018) in the plane, with a model and tasks of our own; without resets in the
manner of Eysenbach, Gu, Ibarz, Levine, "Leave no Trace: Learning to Reset for Safe and Autonomous Reinforcement
Learning", ICLR 2018.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.mujoco.ball_tasks import (
    BALL,
    DEEP,
    DISC,
    MOUTH,
    NAMES,
    NEAR,
    RAIL,
    SIDES,
    TASKS,
    distance,
    pusher,
    recalled,
    targets,
)
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, LINE, PAPER, RED, Picture
from rewardlab.envs.top_view import TopView, centres
from rewardlab.envs.world import Card, Columns, Rules, State

_SUBSTEPS = 5  # physics steps of 10 ms in one step
_SPEED = 1.0  # m/s that the disc reaches in the end
_SIDE = 400  # pixels
_RANDOM_RETURN = 0.0042  # measured over 20,000 episodes of 200 steps with the default fields


def _walls(at: float, bit: int) -> str:
    """Four planes at that distance from the middle, which touch what shares the bit."""
    ways = ("1 0", "-1 0", "0 1", "0 -1")
    place = [[-at * float(v) for v in way.split()] for way in ways]
    return "\n    ".join(
        f'<geom type="plane" size="1 1 0.1" pos="{x} {y} 0" zaxis="{way} 0" contype="{bit}" conaffinity="{bit}"/>'
        for (x, y), way in zip(place, ways, strict=True)
    )


MODEL = f"""
<mujoco model="ball push">
  <option timestep="0.01" gravity="0 0 0" integrator="implicitfast" cone="elliptic"/>
  <default>
    <geom condim="1"/>
    <joint type="slide"/>
    <motor gear="2" ctrllimited="true" ctrlrange="-1 1"/>
  </default>
  <worldbody>
    {_walls(1.0, 1)}
    {_walls(RAIL, 2)}
    <body name="disc">
      <joint name="disc_x" axis="1 0 0" damping="2"/>
      <joint name="disc_y" axis="0 1 0" damping="2"/>
      <geom type="sphere" size="{DISC}" mass="0.5" contype="5" conaffinity="5"/>
    </body>
    <body name="ball">
      <joint name="ball_x" axis="1 0 0" damping="0.6"/>
      <joint name="ball_y" axis="0 1 0" damping="0.6"/>
      <geom type="sphere" size="{BALL}" mass="0.3" contype="6" conaffinity="6"/>
    </body>
  </worldbody>
  <actuator>
    <motor joint="disc_x"/>
    <motor joint="disc_y"/>
  </actuator>
</mujoco>
"""


@dataclass
class BallPush(Rules):
    """A disc, a ball, four walls, and a task.

    Args:
        task: a text id of `TASKS`.
        reset_free: whether the episode goes on when the task is done, or after `patience` steps: with its undoing, the
            task "centre" ("region" if the task is "centre" itself), and then with the task again.
        patience: steps after which a task without resets is given up.
        observation: "state" or "pixels", a view from above.
        side: pixels of that view, 8 to 128.

    Raises:
        BadOption: for an unknown task or observation, or a number outside its range.
    """

    task: str = "region"
    reset_free: bool = False
    patience: int = 200
    observation: str = "state"
    side: int = 32

    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise _bad(f"task={self.task!r}", f"one of {', '.join(TASKS)}", nearest(str(self.task), TASKS))
        if self.observation not in ("state", "pixels"):
            raise _bad(f"observation={self.observation!r}", "'state' or 'pixels'")
        if not 1 <= self.patience <= 10**6:
            raise _bad(f"patience={self.patience!r}", "an integer from 1 to 1,000,000")
        if not 8 <= self.side <= 128:
            raise _bad(f"side={self.side!r}", "an integer from 8 to 128")
        self._pair = NAMES.index(self.task), NAMES.index("region" if self.task == "centre" else "centre")
        self.action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        most = [1, 1, 10, 10, 1, 1, 10, 10, 1, 1, *([1] if self.reset_free else [])]
        self._most = np.array(most, dtype=np.float32)
        still = np.empty((self.side, self.side, 3), dtype=np.uint8)
        still[:] = PAPER
        still[np.maximum(*np.abs(centres(self.side))) > RAIL] = LINE
        self._view = TopView(still)
        self.observation_space = (
            spaces.Box(-self._most, self._most, dtype=np.float32)
            if self.observation == "state"
            else spaces.Box(0, 255, (self.side, self.side, 3), np.uint8)
        )
        self._physics: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_physics": None}  # compiled again from MODEL where it is needed

    def _simulator(self) -> Any:
        if self._physics is None:
            import mujoco
            from mujoco.rollout import Rollout

            model = mujoco.MjModel.from_xml_string(MODEL)
            self._physics = model, mujoco.MjData(model), Rollout(nthread=0)
        return self._physics

    def start(self, n: int, rng: Streams) -> State:
        physics = np.zeros((n, 9))  # time, positions [4], velocities [4]: MuJoCo's mjSTATE_FULLPHYSICS
        ball = 0.8 * rng.uniform((2,)) - 0.4
        apart, angle = 0.3 + 0.2 * rng.uniform(), 2 * math.pi * rng.uniform()
        offset = apart[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        physics[:, 1:3], physics[:, 3:5] = np.clip(ball + offset, -0.85, 0.85), ball
        task = np.full(n, self._pair[0])
        whole = np.zeros(n, dtype=np.int64)
        state = {"physics": physics, "task": task, "since": whole, "swaps": whole.copy()}
        return {**state, "target": targets(task, ball, rng)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        model, data, rollout = self._simulator()
        control = np.repeat(np.asarray(action, dtype=np.float64)[:, None], _SUBSTEPS, axis=1)  # [n, substep, 2]
        trajectory, _ = rollout.rollout(model, data, np.ascontiguousarray(state["physics"]), control)
        physics = trajectory[:, -1].copy()
        gap = np.sqrt(((trajectory[:, :, 1:3] - trajectory[:, :, 3:5]) ** 2).sum(-1)) - DISC - BALL
        ball = physics[:, 3:5]
        done = distance(ball, state["task"], state["target"]) <= 0.0
        columns = {"success": done, "touch": (gap < 1e-3).any(axis=1), "done_task": _named(state["task"])}
        since = state["since"] + 1
        new = {**state, "physics": physics, "since": since}
        if self.reset_free:
            swap = done | (since >= self.patience)
            first, second = self._pair
            task = np.where(swap, np.where(state["task"] == first, second, first), state["task"])
            fresh = targets(task, ball, rng)  # drawn at every step: a stream knows no ifs
            new |= {
                "task": task,
                "target": np.where(swap[:, None], fresh, state["target"]),
                "since": np.where(swap, 0, since),
                "swaps": state["swaps"] + swap,
            }
        ended = done & (not self.reset_free)
        return new, done.astype(np.float64), ended, columns

    def look(self, state: State) -> Tree:
        p, target = state["physics"], state["target"]
        if self.observation == "pixels":
            return self._view([(target, NEAR, GOLD), (p[:, 3:5], BALL, RED), (p[:, 1:3], DISC, BLUE)])
        return np.clip(self.observe(state).astype(np.float32), -self._most, self._most)

    def observe(self, state: State) -> np.ndarray:
        """What is seen as numbers, [n, 10], [n, 11] without resets, float64 and uncut."""
        p = state["physics"]
        parts = [p[:, 1:3], p[:, 5:7], p[:, 3:5], p[:, 7:9], state["target"]]
        if self.reset_free:
            parts.append((state["task"] != self._pair[0])[:, None])
        return np.concatenate(parts, axis=1)

    def recall(self, obs: Array) -> State:
        """The state in which obs [n, 10 or 11] is seen, for planning; time and patience begin there.

        Raises:
            BadOption: for pictures, which show no velocities.
        """
        if self.observation == "pixels":
            raise _bad("a state from pictures", "observation='state'", "BallPush() to plan with")
        return recalled(np.array(obs, dtype=np.float64), self._pair)

    def inform(self, state: State) -> Columns:
        p = state["physics"]
        told = {
            "disc": p[:, 1:3].copy(),
            "ball": p[:, 3:5].copy(),
            "ball_velocity": p[:, 7:9].copy(),
            "target": state["target"].copy(),
            "distance": distance(p[:, 3:5], state["task"], state["target"]),
            "task": _named(state["task"]),
        }
        return {**told, "swaps": state["swaps"].copy()} if self.reset_free else told

    def expert(self, state: State) -> np.ndarray:
        """Actions [n, 2] that go behind the ball, around it if need be, and push it to its target."""
        return pusher(state["physics"], state["target"])

    def draw(self, state: State, i: int) -> np.ndarray:
        picture, p = Picture(_SIDE, _SIDE), state["physics"][i]
        (left, top), (right, bottom) = _pixel((-RAIL, RAIL)), _pixel((RAIL, -RAIL))
        corners = ((left, top), (left, bottom), (right, bottom), (right, top), (left, top))
        for (x0, y0), (x1, y1) in pairwise(corners):
            picture.line(x0, y0, x1, y1, 3, LINE)
        side = SIDES.get(int(state["task"][i]))
        if side is None:
            picture.disc(*_pixel(state["target"][i]), NEAR * _SIDE / 2, GOLD)
        else:
            out, along = np.array(side), np.array(side)[::-1] * MOUTH
            picture.line(*_pixel(RAIL * out - along), *_pixel(RAIL * out + along), 12, GOLD)
        picture.ring(*_pixel(p[3:5]), BALL * _SIDE / 2, 2, LINE)
        picture.disc(*_pixel(p[3:5]), BALL * _SIDE / 2, RED)
        picture.disc(*_pixel(p[1:3]), DISC * _SIDE / 2, BLUE)
        picture.write(NAMES[int(state["task"][i])], 12, 12, FAINT)
        picture.write(self._left(state, i), 12, _SIDE - 26, INK)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        p = state["physics"][i]
        return (
            f"{NAMES[int(state['task'][i])]}: disc ({p[1]:+.3f}, {p[2]:+.3f}) m, ball ({p[3]:+.3f}, {p[4]:+.3f}) m, "
            + self._left(state, i)
        )

    @staticmethod
    def _left(state: State, i: int) -> str:
        one = slice(i, i + 1)
        return f"{distance(state['physics'][one, 3:5], state['task'][one], state['target'][one])[0]:.2f} m to go"

    def card(self) -> Card:
        undoing = NAMES[self._pair[1]]
        seen = {
            "disc": "[0:2] x, y of the disc, m, -1..1; x to the right, y up",
            "disc_velocity": "[2:4] along x and y, m/s, cut to -10..10",
            "ball": "[4:6] x, y of the ball, m, -1..1",
            "ball_velocity": "[6:8] along x and y, m/s, cut to -10..10",
            "target": "[8:10] x, y of the middle of the target, m, -1..1",
        }
        if self.reset_free:
            seen["undoing"] = f"[10] 1 while the task is {undoing}, else 0"
        if self.observation == "pixels":
            seen = {"view": f"[{self.side}, {self.side}, 3] from above, 0..255: disc blue, ball red, target gold"}
        goal = f"its middle comes within {NEAR:g} m of the target"
        if self._pair[0] in SIDES:
            goal = f"it comes within {DEEP:g} m of that rail, its middle within {MOUTH:g} m of the rail's middle"
        ends = "and the episode ends" if not self.reset_free else f"and the task changes to {undoing} and back again"
        return Card(
            summary=f"A disc of radius {DISC:g} m on a table of 2 x 2 m must {TASKS[self.task]}. The ball, of radius "
            f"{BALL:g} m, stays between rails at {RAIL:g} m from the middle; the disc passes under them.",
            observation=seen,
            action={"x": "[0] force to the right, -1..1 in units of 2 N", "y": "[1] force up, -1..1 in units of 2 N"},
            reward=f"1 on the step on which {goal}, {ends}; 0 on all others",
            info={
                "disc": "[2] x, y, m, -1..1",
                "ball": "[2] x, y, m, -1..1",
                "ball_velocity": "[2] m/s",
                "target": "[2] x, y, m, -1..1",
                "distance": "m, from the ball's middle to the nearest place where the task is done",
                "task": "the text id of the task",
                "done_task": "the text id of the task that the step was judged by",
                "touch": "True if the disc touched the ball in this step",
                "success": "True on the step that does the task",
                **({"swaps": "how often the task has changed since the only reset"} if self.reset_free else {}),
            },
            random_return=_RANDOM_RETURN if self == BallPush() else None,
            optimal_return=None if self.reset_free else 1.0,
        )


def _named(task: np.ndarray) -> np.ndarray:
    return np.array(NAMES, dtype=object)[task]


def _pixel(place: Any) -> tuple[float, float]:
    return (float(place[0]) + 1) * _SIDE / 2, (1 - float(place[1])) * _SIDE / 2


def _bad(what: str, expected: str, mend: str = "") -> BadOption:
    return BadOption(what, where="BallPush", expected=expected, mend=mend)
