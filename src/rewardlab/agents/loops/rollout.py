"""A vector environment that runs: actions in, true transitions out, whichever way its ended rows are reset."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from rewardlab.core.agent import as_vector_env
from rewardlab.core.arrays import array
from rewardlab.core.autoreset import check_kept, check_mode, last_obs, replaced
from rewardlab.core.columns import step_column
from rewardlab.core.errors import BadCheckpoint, BadReward, BadSpace, FaultyEnvironment
from rewardlab.core.shown import shown_space


class Spaces(NamedTuple):
    """The spaces of one row; in place of an environment they make an agent that acts but cannot learn."""

    observation: spaces.Space
    action: spaces.Space


@dataclass(frozen=True)
class Step:
    """One step of N rows as NumPy arrays.

    Attributes:
        obs: [N, *obs] before the step.
        action: [N] as the environment took it.
        reward: [N] as the environment, or the driver around it, paid.
        terminated: [N] bool.
        truncated: [N] bool.
        live: [N] bool, False where a row was only being reset (NEXT_STEP): it holds no transition.
        shown: [N, *obs] what the environment returned: the next episode's first frame where one ended in SAME_STEP.
        info: columns as the environment gave them.
    """

    obs: np.ndarray  # [N, *obs]
    action: np.ndarray  # [N]
    reward: np.ndarray  # [N]
    terminated: np.ndarray  # [N]
    truncated: np.ndarray  # [N]
    live: np.ndarray  # [N]
    shown: np.ndarray  # [N, *obs]
    info: Mapping[str, Any]

    @property
    def done(self) -> np.ndarray:
        """[N] bool: the episode ended here, for either reason."""
        return self.terminated | self.truncated

    def next_obs(self) -> np.ndarray:
        """[N, *obs]: the true successors, never the first frame of the next episode."""
        done = self.done
        if "final_obs" not in self.info or not done.any():
            return self.shown
        return replaced(self.shown, last_obs(self.info, done, self.shown, "next_obs"), done)

    def column(self, name: str) -> np.ndarray | None:
        """The info column `name` [N, ...] of this step if every row that moved has it, else None."""
        done = self.done if "final_info" in self.info else None
        column = step_column(self.info, name, len(self.live), done=done, live=self.live)
        return None if column is None else array(column)


class Rollout:
    """The running episodes of N rows.

    Args:
        env: what `as_vector_env` takes.
        where: who asks, for messages.

    Raises:
        BadOption: for something that is no environment, one whose autoreset mode is DISABLED or undeclared, or one that
            writes each observation over the last.
    """

    def __init__(self, env: Any, *, where: str) -> None:
        self.envs, self.where = as_vector_env(env), where
        self.same = check_mode(self.envs, where) is AutoresetMode.SAME_STEP
        check_kept(self.envs, where)
        self.spaces = Spaces(self.envs.single_observation_space, self.envs.single_action_space)
        self.obs = np.zeros(0)  # [N, *obs] that the next actions are for
        self.live = np.zeros(0, dtype=bool)  # [N] rows that the next step moves
        self.running = False

    def start(self, seed: int | None) -> None:
        """Begin episodes in all rows; row i is seeded with seed + i."""
        self.obs = array(self.envs.reset(seed=seed)[0])
        self.live, self.running = np.ones(self.envs.num_envs, dtype=bool), True

    def step(self, action: np.ndarray) -> Step:
        """Move all rows by actions [N]; those that are only being reset ignore theirs.

        Raises:
            BadReward: if a transition's reward is not finite.
            FaultyEnvironment: if rows ended in SAME_STEP and the environment keeps their last observations to itself.
        """
        shown, paid, ends, cuts, info = self.envs.step(action)
        after = Step(self.obs, action, array(paid), array(ends), array(cuts), self.live, array(shown), info)
        wrong = self.live & ~np.isfinite(after.reward)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise BadReward(f"row {row} paid {after.reward[row]}", where=self.where, expected="finite rewards")
        done = after.done
        if self.same and done.any() and "final_obs" not in info:
            raise FaultyEnvironment("rows ended without final_obs", where=self.where, expected='info["final_obs"] [N]')
        self.obs = after.shown
        if not self.same:
            self.live = ~done
        return after


def require(what: str, space: spaces.Space, kinds: tuple[type[spaces.Space], ...], *, where: str) -> None:
    """Refuse a space of another kind.

    Raises:
        BadSpace: naming what was expected.
    """
    if not isinstance(space, kinds):
        raise BadSpace(
            f"{what} in {shown_space(space)}",
            where=where,
            expected=" or ".join(kind.__name__ for kind in kinds),
            mend="choose an environment of numbered states and actions, such as rewardlab/DeepSea-v0",
        )


def pack(space: spaces.Space) -> dict[str, Any]:
    """A space of numbers as plain data and arrays, for a checkpoint."""
    if isinstance(space, spaces.Discrete):
        return {"kind": "Discrete", "n": int(space.n), "start": int(space.start)}
    if isinstance(space, spaces.Box):
        return {"kind": "Box", "low": space.low, "high": space.high, "dtype": str(space.dtype)}
    if isinstance(space, spaces.MultiDiscrete):
        return {"kind": "MultiDiscrete", "n": space.nvec, "start": space.start, "dtype": str(space.dtype)}
    assert isinstance(space, spaces.MultiBinary)
    return {"kind": "MultiBinary", "shape": list(space.shape)}


def unpack(held: Mapping[str, Any], *, where: str) -> spaces.Space:
    """The space that `pack` took."""
    match held["kind"]:
        case "Discrete":
            return spaces.Discrete(held["n"], start=held["start"])
        case "Box":
            return spaces.Box(held["low"], held["high"], dtype=np.dtype(held["dtype"]).type)
        case "MultiDiscrete":
            return spaces.MultiDiscrete(held["n"], dtype=np.dtype(held["dtype"]).type, start=held["start"])
        case "MultiBinary":
            return spaces.MultiBinary(held["shape"])
    raise BadCheckpoint(f"a space of kind {held['kind']!r}", where=where, mend="update rewardlab")
