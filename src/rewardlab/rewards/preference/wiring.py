"""How a learned reward gets into an agent's environment: found there, or put around it."""

from typing import Any

from gymnasium.vector import VectorEnv

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.driver import Driver
from rewardlab.rewards.drivers.remembering import Remembering


def driving(env: Any, model: Any) -> tuple[Remembering | None, Any]:
    """What remembers and pays a model in an environment, and the driver that it stands in; None if there is none."""
    for layer in _layers(env):
        if (found := _remembering(layer, model)) is not None:
            return found, layer
    return None, None


def paid(env: Any, reward: Reward, *, bare: bool) -> Any:
    """An environment paid by a reward, in the form that its agent takes; `bare` if that takes a `VectorEnv`."""
    from stable_baselines3.common.vec_env import VecEnv

    from rewardlab.core.bridge import ToVecEnv
    from rewardlab.rewards.drivers.vec_env import PaidVecEnv
    from rewardlab.rewards.drivers.vector import PaidVector

    inner = env.envs if isinstance(env, ToVecEnv) else env
    if isinstance(env, ToVecEnv) and not bare:
        return ToVecEnv(PaidVector(env.envs, reward, update_every=16))
    if isinstance(inner, VectorEnv):
        return PaidVector(inner, reward, update_every=16)
    if isinstance(inner, VecEnv):
        return PaidVecEnv(inner, reward, update_every=16)
    raise BadOption(
        f"an environment of kind {type(env).__name__}",
        where="PreferenceLearning",
        expected="an agent in a VectorEnv or a VecEnv",
        mend="give the agent PaidVector(envs, Remembering(reward=model))",
    )


def _remembering(layer: Any, model: Any) -> Remembering | None:
    """The `Remembering` of a model in what a driver pays."""
    waiting: list[Any] = [layer.reward] if isinstance(layer, Driver) else []
    while waiting:
        reward = waiting.pop()
        if isinstance(reward, Remembering) and reward.reward is model:
            return reward
        for value in vars(reward).values():
            waiting += [v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, Reward)]
    return None


def _layers(env: Any) -> list[Any]:
    """An environment and all that it is wrapped around, the outermost first."""
    out = []
    while env is not None and env not in out:
        out.append(env)
        env = next((inner for name in ("venv", "envs", "env") if _is_env(inner := vars(env).get(name))), None)
    return out


def _is_env(x: Any) -> bool:
    return hasattr(x, "step") and hasattr(x, "reset")
