"""Gymnasium's MuJoCo tasks as models: the same physics, from any state, for many rows in one call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.simulated import State, Stepped, bounded
from rewardlab.core.errors import BadSpace

Recall = Callable[[np.ndarray], np.ndarray]  # observations [n, D] -> positions and velocities [n, nq + nv]
Look = Callable[[np.ndarray], np.ndarray]  # and back


@dataclass(eq=False)
class PhysicsModel:
    """A MuJoCo model, stepped without a world around it: nothing ends, and what is paid must be said.

    Args:
        mj: a `mujoco.MjModel`.
        frame_skip: physics steps of one step.
        space: of the actions, the controls.
        recall: observations -> positions and velocities.
        look_at: positions and velocities -> observations.
        threads: that step rows; 0 for none beside the caller. The results are the same.
    """

    mj: Any
    frame_skip: int
    space: spaces.Box
    recall: Recall
    look_at: Look
    threads: int = 0

    def __post_init__(self) -> None:
        import mujoco
        from mujoco.rollout import Rollout

        self.action_space = bounded(self.space, where="PhysicsModel")
        self.dt = float(self.mj.opt.timestep) * self.frame_skip
        """s, of one step."""
        self._data = [mujoco.MjData(self.mj) for _ in range(max(1, self.threads))]
        self._rollout = Rollout(nthread=self.threads)

    def state(self, obs: np.ndarray) -> State:
        """The states in which obs [n, D] are seen."""
        moved = self.recall(np.asarray(obs, dtype=np.float64))
        return {"physics": np.concatenate([np.zeros((len(moved), 1)), moved], axis=1)}  # time stands first

    def step(self, state: State, action: np.ndarray) -> Stepped:
        """One step by actions [n, A]."""
        control = np.repeat(np.asarray(action, dtype=np.float64)[:, None], self.frame_skip, axis=1)
        start = np.ascontiguousarray(state["physics"])
        trajectory, _ = self._rollout.rollout(self.mj, self._data, start, control)
        return Stepped({"physics": trajectory[:, -1].copy()}, None, np.zeros(len(action), dtype=bool), {})

    def look(self, state: State) -> np.ndarray:
        """What is seen, [n, D] float64."""
        return self.look_at(state["physics"][:, 1:])

    def apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """one - other, [..., S]."""
        return one - other


def physics_of(env: Any, *, threads: int = 0) -> PhysicsModel:
    """The model of one of Gymnasium's planar walkers (Hopper, Walker2d, HalfCheetah) or of Reacher.

    Args:
        env: the unwrapped environment, v4 or v5.
        threads: see `PhysicsModel`.

    Raises:
        BadSpace: for another task, or a walker that shows its place too.
    """
    name, nq = type(env).__name__.removesuffix("Env"), int(env.model.nq)
    shown = getattr(env, "_exclude_current_positions_from_observation", True)
    if name in ("Hopper", "Walker2d", "HalfCheetah") and shown:
        most = np.inf if name == "HalfCheetah" else 10.0

        def recall(obs: np.ndarray) -> np.ndarray:  # the walker's place on the way is not seen, and matters for nothing
            return np.concatenate([np.zeros((len(obs), 1)), obs], axis=1)

        def look(moved: np.ndarray) -> np.ndarray:
            return np.concatenate([moved[:, 1:nq], np.clip(moved[:, nq:], -most, most)], axis=1)

    elif name == "Reacher":
        recall, look = _arm_recall, _arm_look
    else:
        raise BadSpace(
            f"{type(env).__name__} has no known way from its observations to its states",
            where="physics_of",
            expected="Hopper, Walker2d, HalfCheetah or Reacher as Gymnasium shows them",
            mend="make a PhysicsModel with recall= and look_at=",
        )
    return PhysicsModel(env.model, env.frame_skip, env.action_space, recall, look, threads)


def _arm_recall(obs: np.ndarray) -> np.ndarray:
    angles = np.arctan2(obs[:, 2:4], obs[:, 0:2])
    return np.concatenate([angles, obs[:, 4:6], obs[:, 6:8], np.zeros((len(obs), 2))], axis=1)


def _arm_look(moved: np.ndarray) -> np.ndarray:
    angles, target = moved[:, :2], moved[:, 2:4]
    both = angles[:, 0] + angles[:, 1]
    tip = np.stack([0.1 * np.cos(angles[:, 0]) + 0.11 * np.cos(both), 0.1 * np.sin(angles[:, 0]) + 0.11 * np.sin(both)])
    return np.concatenate([np.cos(angles), np.sin(angles), target, moved[:, 4:6], tip.T - target], axis=1)
