"""Many environments of one kind: of an id, of a function, or copies of one."""

import copy
from typing import Any

import gymnasium as gym

from rewardlab.core.errors import BadOption, UnknownName, nearest


def copies(env: Any, count: int) -> list[gym.Env]:
    """`count` environments of an id, of a function that makes one, or of one that is copied.

    Raises:
        UnknownName: for an id that is not registered.
        BadOption: for something else.
    """
    if isinstance(env, str):
        try:
            spec = gym.spec(env)
        except gym.error.Error:
            raise UnknownName(f"no environment {env!r}", where="copies", mend=nearest(env, gym.registry)) from None
        return [gym.make(spec, disable_env_checker=True) for _ in range(count)]
    if isinstance(env, gym.Env):
        return [env, *(copy.deepcopy(env) for _ in range(count - 1))]
    if callable(env):
        return [env() for _ in range(count)]
    raise BadOption(f"{type(env).__name__} is no environment", where="copies", expected="an id, a function, a gym.Env")
