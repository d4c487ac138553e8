"""What every agent offers, whoever wrote it: Stable-Baselines3's four verbs; and what it takes for an environment."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import gymnasium as gym
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv

from rewardlab.core.errors import BadOption, UnknownName, nearest

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv


@runtime_checkable
class Agent(Protocol):
    """Learns in an environment and acts in it; every Stable-Baselines3 algorithm is one.

    Constructors take the environment first: a `gym.Env`, a Gymnasium `VectorEnv`, or an id.
    """

    def learn(self, total_timesteps: int, callback: Any = None, progress_bar: bool = False) -> Self:
        """Train for `total_timesteps` transitions, counted over all rows."""
        ...

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """The action for an observation or a batch of them, and the next recurrent state (None if there is none)."""
        ...

    def save(self, path: str | Path) -> None:
        """Write one file."""
        ...

    @classmethod
    def load(cls, path: str | Path, env: Any = None) -> Self:
        """Read what `save` wrote."""
        ...


def as_vector_env(env: Any, *, num_envs: int | None = None) -> VectorEnv:
    """`env` as a Gymnasium vector environment: what an agent's constructor does with its first argument.

    Args:
        env: an id, a `gym.Env`, a Gymnasium `VectorEnv` (returned as it is) or a Stable-Baselines3 `VecEnv`.
        num_envs: rows to make of an id (default 1); for everything else None, or the number of rows that it has.

    Returns:
        A vector environment; those made here reset in the same step.

    Raises:
        UnknownName: for an id that is not registered.
        BadOption: for another kind of object, or for a number of rows that it does not have.
    """
    where = "as_vector_env"
    if isinstance(env, str):
        return _made(env, 1 if num_envs is None else num_envs, where)
    if isinstance(env, VectorEnv):
        made = env
    elif isinstance(env, gym.Env):
        made = SyncVectorEnv([lambda: env], autoreset_mode=AutoresetMode.SAME_STEP)
    else:
        from rewardlab.core import bridge

        if not isinstance(env, bridge.VecEnv):
            raise _no_environment(env, where)
        made = bridge.FromVecEnv(env)
    _check_rows(made.num_envs, num_envs, where)
    return made


def as_vec_env(env: Any, *, num_envs: int | None = None, seed: int | None = None) -> "VecEnv":
    """`env` as a Stable-Baselines3 `VecEnv`, so that its algorithms train on it.

    Args:
        env: an id, a `gym.Env`, a Gymnasium `VectorEnv` or a `VecEnv` (returned as it is).
        num_envs: rows to make of an id (default 1); for everything else None, or the number of rows that it has.
        seed: row i is seeded with seed + i at the next reset; None leaves the seeds alone.

    Returns:
        A `VecEnv`. As in Stable-Baselines3, what is made here of an id or a single environment writes `info["episode"]`
        (`VecMonitor`, `Monitor`); a vector environment that is handed in is not monitored behind its owner's back.

    Raises:
        UnknownName: for an id that is not registered.
        BadOption: for another kind of object, or for a number of rows that it does not have.
        BadSpace: for observations that Stable-Baselines3 cannot take.
    """
    from stable_baselines3.common.env_util import is_wrapped
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

    from rewardlab.core import bridge

    where = "as_vec_env"
    if isinstance(env, str):
        made: bridge.VecEnv = VecMonitor(bridge.ToVecEnv(_made(env, 1 if num_envs is None else num_envs, where)))
    elif isinstance(env, bridge.VecEnv):
        made = env
    elif isinstance(env, VectorEnv):
        made = bridge.ToVecEnv(env)
    elif isinstance(env, gym.Env):
        single = env if is_wrapped(env, Monitor) else Monitor(env)
        made = DummyVecEnv([lambda: single])
    else:
        raise _no_environment(env, where)
    if not isinstance(env, str):
        _check_rows(made.num_envs, num_envs, where)
    if seed is not None:
        made.seed(seed)
    return made


def _made(name: str, num_envs: int, where: str) -> VectorEnv:
    """A vector environment of a registered id that resets in the same step."""
    try:
        batched = gym.spec(name).vector_entry_point is not None
    except gym.error.Error:
        raise UnknownName(f"no environment {name!r}", where=where, mend=nearest(name, gym.registry)) from None
    if isinstance(num_envs, bool) or not isinstance(num_envs, int) or num_envs < 1:
        raise BadOption(f"num_envs={num_envs!r}", where=where, expected="an integer of at least 1", mend="num_envs=8")
    if batched:
        made = gym.make_vec(name, num_envs=num_envs)
        if made.metadata.get("autoreset_mode") is AutoresetMode.SAME_STEP:
            return made
        made.close()
    same = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec(name, num_envs=num_envs, vectorization_mode="sync", vector_kwargs=same)


def _check_rows(rows: int, asked: int | None, where: str) -> None:
    if asked is not None and asked != rows:
        raise BadOption(
            f"num_envs={asked!r} for an environment of {rows} rows",
            where=where,
            expected=f"None or {rows}",
            mend="give an id to have rows made",
        )


def _no_environment(env: Any, where: str) -> BadOption:
    return BadOption(
        f"{type(env).__name__} is no environment",
        where=where,
        expected="an id, a gym.Env, a gymnasium VectorEnv or a stable_baselines3 VecEnv",
        mend=f"{env.__name__}(...): an object, not its class" if isinstance(env, type) else "",
    )
