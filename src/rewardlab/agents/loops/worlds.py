"""Where a running environment stands, as plain data: so that training goes on as if it had never stopped.

Wrappers and environments of rewardlab, Gymnasium and Stable-Baselines3 are known: environments of ours by `get_state`,
drivers by `state_dict`, MuJoCo by everything that its data hold, the others by their attributes as far as these are
numbers, arrays, text and generators. What lives in other processes or in objects that nobody can look into is not.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import SyncVectorEnv, VectorEnv
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecEnvWrapper
from stable_baselines3.common.vec_env.stacked_observations import StackedObservations

from rewardlab.agents.loops.plain import Unplain, pack, settable, unpack
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import BadCheckpoint

KNOWN = ("gymnasium", "stable_baselines3", "rewardlab")
HELD = ("env", "envs", "venv", "env_fns", "spec", "single", "model", "data", "rules", "reset_infos", "class_attributes")
TABLES = ("desc", "P", "isd", "initial_state_distrib")  # of Gymnasium's toys, which never change
STILL = (Enum, spaces.Space, gym.envs.registration.EnvSpec, gym.Env, VectorEnv, VecEnv, type(None))
OPAQUE = ("gymnasium.envs.box2d", "gymnasium.envs.tabular")


def world_state(env: VecEnv) -> list[Any]:
    """Where an environment stands: an entry for each layer, the outermost first.

    Raises:
        BadCheckpoint: naming the layer that cannot be looked into.
    """
    return [_layer_state(layer) for layer in _layers(env)]


def set_world_state(env: VecEnv, state: list[Any]) -> None:
    """Put a freshly made environment where `world_state` found one of the same kind.

    Raises:
        BadCheckpoint: if it is of another kind; then it is to be reset before it is used.
    """
    layers = _layers(env)
    names = [_kind(x) for x in layers]
    told = [x.get("kind") if isinstance(x, Mapping) else None for x in state] if isinstance(state, list) else None
    if told != names:
        raise BadCheckpoint(
            f"an environment of {told}",
            where=type(env).__name__,
            expected=f"{names}",
            mend="the environment that it learned in, made the same way",
        )
    for layer, held in zip(layers, state, strict=True):
        try:
            _set_layer(layer, held)
        except BadCheckpoint:
            raise
        except Exception as e:  # a stranger's state may fail in any way
            raise BadCheckpoint(
                f"a state that does not fit ({type(e).__name__}: {str(e)[:200]})", where=_kind(layer)
            ) from None


def _layers(env: Any) -> list[Any]:
    """All wrappers and environments, outermost first, rows in their order."""
    out = [env]
    inner: list[Any] = []
    if isinstance(env, VecEnvWrapper):
        inner = [env.venv]
    elif isinstance(env, ToVecEnv):
        inner = [env.envs]
    elif isinstance(env, (DummyVecEnv, SyncVectorEnv)):
        inner = list(env.envs)
    elif isinstance(env, (gym.Wrapper, gym.vector.VectorWrapper)):
        inner = [env.env]
    for one in inner:
        out += _layers(one)
    return out


def _kind(layer: Any) -> str:
    return f"{type(layer).__module__}.{type(layer).__qualname__}"


def _layer_state(layer: Any) -> dict[str, Any]:
    kind = _kind(layer)
    out: dict[str, Any] = {"kind": kind}
    base = isinstance(layer, (gym.Env, VectorEnv)) and not isinstance(layer, (gym.Wrapper, gym.vector.VectorWrapper))
    if base and hasattr(layer, "get_state") and hasattr(layer, "set_state"):
        if kind.startswith("gymnasium.envs.mujoco"):  # whose `set_state` sets but half of it
            pass
        else:
            return {**out, "state": _packed(layer.get_state(), layer), "plain": _generators(layer)}
    if hasattr(layer, "state_dict") and kind.startswith("rewardlab."):
        out["learned"] = _packed(layer.state_dict(), layer)
        return out
    if not kind.startswith(tuple(f"{name}." for name in KNOWN)) or kind.startswith(OPAQUE):
        raise _cannot(layer, "nobody can look into it")
    if "Async" in kind or "Subproc" in kind:
        raise _cannot(layer, "its rows live in other processes")
    plain: dict[str, Any] = {}
    for name, value in vars(layer).items():
        if name in HELD or isinstance(value, STILL) or callable(value) or name.startswith("_cached"):
            continue
        if kind.startswith("gymnasium.envs.toy_text.") and name in TABLES:
            continue
        if isinstance(value, StackedObservations):
            plain[name] = {"stacked": pack(value.stacked_obs)}
            continue
        if isinstance(value, RunningMeanStd):
            plain[name] = {"moments": [np.array(value.mean), np.array(value.var), float(value.count)]}
            continue
        try:
            plain[name] = pack(value)
        except Unplain:
            if name not in ("mujoco_renderer", "results_writer", "metadata", "unwrapped", "np_random_seed"):
                raise _cannot(layer, f"its {name!r} is a {type(value).__name__}") from None
    out["plain"] = plain
    if hasattr(layer, "reset_infos") and "envs" not in kind:
        out["infos"] = _infos(layer.reset_infos)
    if base and hasattr(layer, "data") and hasattr(layer, "model"):
        out["mujoco"] = _mujoco(layer)
    return out


def _set_layer(layer: Any, held: Mapping[str, Any]) -> None:
    if "learned" in held:
        layer.load_state_dict(unpack(held["learned"]))
        return
    if "state" in held:
        layer.set_state(unpack(held["state"]))
    for name, value in held.get("plain", {}).items():
        if not settable(type(layer), name):
            raise BadCheckpoint(f"a value for {name!r}", where=_kind(layer), expected="attributes")
        own = getattr(layer, name, None)
        if isinstance(value, Mapping) and "moments" in value and isinstance(own, RunningMeanStd):
            own.mean, own.var = (np.array(x) for x in value["moments"][:2])
            own.count = float(value["moments"][2])
        elif isinstance(value, Mapping) and "stacked" in value and isinstance(own, StackedObservations):
            own.stacked_obs = unpack(value["stacked"])
        else:
            setattr(layer, name, unpack(value, own))
    if "infos" in held:
        layer.reset_infos = unpack(held["infos"])
    if "mujoco" in held:
        _set_mujoco(layer, held["mujoco"])


def _packed(state: Any, layer: Any) -> Any:
    try:
        return pack(state)
    except Unplain as e:
        raise _cannot(layer, f"its state holds {e}") from None


def _generators(layer: Any) -> dict[str, Any]:
    """A generator that Gymnasium gave an environment of ours."""
    held = vars(layer).get("_np_random")
    return {} if held is None else {"_np_random": pack(held)}


def _infos(rows: Any) -> Any:
    """What episodes began with, as far as it is plain: masks are read from it."""
    out = []
    for row in rows:
        kept = {}
        for name, value in row.items():
            try:
                kept[str(name)] = pack(value)
            except Unplain:
                continue
        out.append({"dict": [[k, v] for k, v in kept.items()]})
    return {"list": out}


def _arrays(data: Any) -> dict[str, np.ndarray]:
    """All arrays of MuJoCo's data that have a size of the model's, views into its memory."""
    out = {}
    for name in dir(data):
        if name.startswith("_") or name in ("efc_address", "contact"):
            continue
        value = getattr(data, name, None)
        if isinstance(value, np.ndarray) and value.size and value.dtype.kind in "fiub" and value.flags.writeable:
            out[name] = value
    return out


def _mujoco(env: Any) -> dict[str, Any]:
    import mujoco

    kind = mujoco.mjtState.mjSTATE_INTEGRATION
    state = np.empty(mujoco.mj_stateSize(env.model, kind))
    mujoco.mj_getState(env.model, env.data, state, kind)
    # What the last step computed on the way is read before the next one computes it anew: all of it is kept.
    return {"state": state, "arrays": {k: v.copy() for k, v in _arrays(env.data).items()}}


def _set_mujoco(env: Any, held: Mapping[str, Any]) -> None:
    import mujoco

    kind = mujoco.mjtState.mjSTATE_INTEGRATION
    if held["state"].shape != (mujoco.mj_stateSize(env.model, kind),):
        raise BadCheckpoint(f"a state of {held['state'].size} numbers", where=_kind(env), expected="one of this model")
    mujoco.mj_setState(env.model, env.data, held["state"], kind)
    mujoco.mj_forward(env.model, env.data)
    for name, view in _arrays(env.data).items():
        saved = held["arrays"].get(name)
        if saved is not None and saved.shape == view.shape:
            view[...] = saved
    mujoco.mj_setState(env.model, env.data, held["state"], kind)


def _cannot(layer: Any, why: str) -> BadCheckpoint:
    return BadCheckpoint(
        f"where it stands cannot be written down: {why}",
        where=_kind(layer),
        expected="environments of rewardlab, of Gymnasium's own process, or with get_state and set_state",
        mend="fresh_episodes=True: a resumed run begins new episodes",
    )
