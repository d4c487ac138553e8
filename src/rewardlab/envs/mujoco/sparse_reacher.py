"""Sparse reacher: a two-link arm that is paid only where it must go.

    r = 1 and the episode ends once |fingertip − target| < radius, 0 before

The arm lies in a plane without gravity and starts folded; two motors turn shoulder and elbow against viscous friction.
The target is drawn uniformly from a ring around the place where the fingertip begins, all of it within reach.

Source: the arm is that of Reacher (Brockman, Cheung, Pettersson, Schneider, Schulman, Tang, Zaremba, "OpenAI Gym",
2016) with a model and a sparse reward of our own.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.picture import FAINT, INK, LINE, PAPER, RED, Picture
from rewardlab.envs.world import Card, Columns, Rules, State

_LINK = 0.5  # m, each of the two
_POSE = np.array([-math.pi / 3, 2 * math.pi / 3])  # rad: the arm begins folded, its fingertip near (0.5, 0)
_NEAR, _FAR = 0.15, 0.4  # m: the ring of targets around the fingertip's first place, all within reach
_SPEED = 4.0  # rad/s, what one motor alone reaches in the end: torque over damping
_SUBSTEPS = 2  # physics steps of 25 ms in one step
_SIDE = 400  # pixels
_SCALE = _SIDE / 2.2  # pixels/m: 1.1 m are shown to each side of the shoulder
_RANDOM_RETURN = 0.1017  # measured over 200,000 episodes of 50 steps with the default radius

MODEL = f"""
<mujoco model="sparse reacher">
  <compiler angle="radian"/>
  <option timestep="0.025" gravity="0 0 0" integrator="implicitfast">
    <flag contact="disable" constraint="disable"/>
  </option>
  <default>
    <joint type="hinge" axis="0 0 1" damping="1" armature="0.1"/>
    <geom type="capsule" size="0.03" mass="0.5"/>
    <motor gear="{_SPEED}" ctrllimited="true" ctrlrange="-1 1"/>
  </default>
  <worldbody>
    <body name="upper">
      <joint name="shoulder"/>
      <geom fromto="0 0 0 {_LINK} 0 0"/>
      <body name="lower" pos="{_LINK} 0 0">
        <joint name="elbow"/>
        <geom fromto="0 0 0 {_LINK} 0 0"/>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor joint="shoulder"/>
    <motor joint="elbow"/>
  </actuator>
</mujoco>
"""


@dataclass
class SparseReacher(Rules):
    """A planar arm, two torques, a target; paid on arrival.

    Args:
        radius: m, how near the fingertip must come.

    Raises:
        BadOption: for a radius outside [0.01, 0.15): the nearest target lies 0.15 m from where the fingertip begins.
    """

    radius: float = 0.05

    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 0.01 <= self.radius < _NEAR:
            raise BadOption(
                f"radius={self.radius!r}", where="SparseReacher", expected="m, in [0.01, 0.15)", mend="radius=0.05"
            )
        self.action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self._most = np.array([1, 1, 1, 1, 10, 10, 1, 1, 2, 2], dtype=np.float32)
        self.observation_space = spaces.Box(-self._most, self._most, dtype=np.float32)
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
        physics = np.zeros((n, 5))  # time, angles [2], angular velocities [2]: MuJoCo's mjSTATE_FULLPHYSICS
        physics[:, 1:3] = _POSE + 0.2 * rng.uniform((2,)) - 0.1
        draw = rng.uniform((2,))
        distance = np.sqrt(_NEAR**2 + draw[:, 0] * (_FAR**2 - _NEAR**2))  # uniform in area
        angle = 2 * math.pi * draw[:, 1]
        offset = np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=-1)
        return {"physics": physics, "target": _fingertip({"physics": physics}) + offset}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        model, data, rollout = self._simulator()
        control = np.repeat(np.asarray(action, dtype=np.float64)[:, None], _SUBSTEPS, axis=1)  # [n, substep, 2]
        trajectory, _ = rollout.rollout(model, data, np.ascontiguousarray(state["physics"]), control)
        after = {"physics": trajectory[:, -1].copy(), "target": state["target"]}
        arrived = _distance(after) < self.radius
        return after, arrived.astype(np.float64), arrived, {"success": arrived}

    def look(self, state: State) -> Tree:
        angles, target = state["physics"][:, 1:3], state["target"]
        parts = [np.cos(angles), np.sin(angles), state["physics"][:, 3:5] / _SPEED, target, _fingertip(state) - target]
        obs = np.concatenate(parts, axis=1).astype(np.float32)
        return np.clip(obs, -self._most, self._most)

    def inform(self, state: State) -> Columns:
        return {"distance": _distance(state), "fingertip": _fingertip(state), "target": state["target"].copy()}

    def draw(self, state: State, i: int) -> np.ndarray:
        tip, target = _fingertip(state)[i], state["target"][i]
        shoulder = state["physics"][i, 1]
        elbow = _LINK * np.array([math.cos(shoulder), math.sin(shoulder)])
        picture = Picture(_SIDE, _SIDE)
        hub, joint, end, goal = (_place(p) for p in (np.zeros(2), elbow, tip, target))
        picture.ring(*hub, 2 * _LINK * _SCALE, 2, LINE)  # as far as the arm can reach
        picture.disc(*goal, self.radius * _SCALE, RED)
        picture.line(*hub, *joint, 0.06 * _SCALE, (70, 90, 130))
        picture.line(*joint, *end, 0.06 * _SCALE, (110, 140, 190))
        picture.disc(*joint, 0.015 * _SCALE, PAPER)
        picture.disc(*hub, 0.05 * _SCALE, (70, 90, 130))
        picture.disc(*end, 0.02 * _SCALE, INK)
        picture.write(f"{_distance(state)[i]:.2f} m apart", 12, 12, FAINT)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        (x, y), (goal_x, goal_y) = _fingertip(state)[i], state["target"][i]
        apart = _distance(state)[i]
        return f"fingertip ({x:+.3f}, {y:+.3f}) m, target ({goal_x:+.3f}, {goal_y:+.3f}) m, {apart:.3f} m apart"

    def card(self) -> Card:
        return Card(
            summary=f"A planar arm of two {_LINK:g} m links brings its fingertip within {self.radius:g} m of a target.",
            observation={
                "cosines": "[0:2] cosine of the shoulder's and of the elbow's angle, -1..1",
                "sines": "[2:4] sine of the two angles, -1..1",
                "velocities": f"[4:6] angular velocities in units of {_SPEED:g} rad/s, cut to -10..10",
                "target": "[6:8] x, y of the target, m, -1..1",
                "difference": "[8:10] x, y of fingertip - target, m, -2..2",
            },
            action={
                "shoulder": f"[0] torque of the shoulder, -1..1 in units of {_SPEED:g} N m",
                "elbow": f"[1] torque of the elbow, -1..1 in units of {_SPEED:g} N m",
            },
            reward=f"1 on the step that brings the fingertip within {self.radius:g} m of the target, which ends the "
            "episode; 0 on all others",
            info={
                "distance": "m, from the fingertip to the target",
                "fingertip": "[2] x, y, m, -1..1; the shoulder is at 0, 0",
                "target": "[2] x, y, m, -1..1",
                "success": "True on the step that arrives",
            },
            random_return=_RANDOM_RETURN if self.radius == SparseReacher.radius else None,
            optimal_return=1.0,
        )


def _fingertip(state: State) -> np.ndarray:
    """[n, 2] m."""
    shoulder, elbow = state["physics"][:, 1], state["physics"][:, 1] + state["physics"][:, 2]
    return _LINK * np.stack([np.cos(shoulder) + np.cos(elbow), np.sin(shoulder) + np.sin(elbow)], axis=-1)


def _distance(state: State) -> np.ndarray:
    """[n] m."""
    return np.sqrt(((_fingertip(state) - state["target"]) ** 2).sum(axis=-1))


def _place(point: np.ndarray) -> tuple[float, float]:
    """Where a point x, y [2] m is shown, in pixels; y points up."""
    return _SIDE / 2 + _SCALE * float(point[0]), _SIDE / 2 - _SCALE * float(point[1])
