"""Traces: what an environment shows in a seeded run with seeded random actions, compared and hashed bit by bit."""

import copy
import hashlib
import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv

from rewardlab.core.arrays import array, is_torch

Record = tuple[Any, ...]  # (obs, info) of a reset, or (obs, reward, terminated, truncated, info) of a step


def actions_of(space: spaces.Space, seed: int, steps: int) -> list[Any]:
    """`steps` random actions from a copy of the space, seeded with `seed`."""
    own = copy.deepcopy(space)
    own.seed(seed)
    return [own.sample() for _ in range(steps)]


def follow(env: gym.Env, actions: Iterable[Any], *, seed: int | None = None, begin: bool = True) -> list[Record]:
    """Copies of everything shown while `env` takes `actions`; an episode that ends is followed by a reset."""
    seen: list[Record] = [copy.deepcopy(env.reset(seed=seed))] if begin else []
    for action in actions:
        shown = env.step(copy.deepcopy(action))
        seen.append(copy.deepcopy(shown))
        if shown[2] or shown[3]:
            seen.append(copy.deepcopy(env.reset()))
    return seen


def follow_row(envs: VectorEnv, seed: int, steps: int, row: int) -> Iterator[Record]:
    """The records of one row of a SAME_STEP vector environment, as the single environment would show them."""
    plans = [actions_of(envs.single_action_space, seed + i, steps) for i in range(envs.num_envs)]
    obs, info = envs.reset(seed=seed)
    yield _row(obs, row), _info_row(info, row)
    for t in range(steps):
        actions: Any = [plan[t] for plan in plans]
        if isinstance(envs.single_action_space, spaces.Text):
            actions = tuple(actions)
        else:
            actions = np.stack(actions)
        obs, reward, terminated, truncated, info = envs.step(actions)
        flags = float(reward[row]), bool(terminated[row]), bool(truncated[row])
        if not (flags[1] or flags[2]):
            yield _row(obs, row), *flags, _info_row(info, row)
            continue
        final = _info_row(info.pop("final_info"), row)
        last = info.pop("final_obs")[row]
        for key in ("_final_obs", "_final_info"):
            info.pop(key)
        yield last, *flags, final
        yield _row(obs, row), _info_row(info, row)


def _row(tree: Any, row: int) -> Any:
    if isinstance(tree, Mapping):
        return {k: _row(v, row) for k, v in tree.items()}
    return array(tree)[row] if is_torch(tree) else tree[row]


def _info_row(info: Mapping[str, Any], row: int) -> dict[str, Any]:
    """The entries that a vector's info marks as this row's own."""
    own = [k for k in info if f"_{k}" in info and info[f"_{k}"][row]]
    return {k: _info_row(info[k], row) if isinstance(info[k], Mapping) else _row(info[k], row) for k in own}


def same(a: Any, b: Any) -> bool:
    """Whether two shown things are equal to the bit, NaN equal to NaN; a NumPy scalar is equal to its Python value."""
    if a is b:
        return True
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.dtype == b.dtype != object and a.ndim:
        if a.shape != b.shape or a.tobytes() == b.tobytes():  # the quick way; NaNs of other bits go the long one
            return a.shape == b.shape
    elif type(a) is type(b) is float and a == b != 0:
        return True
    return canonical(a) == canonical(b)


def first_difference(a: list[Record], b: list[Record]) -> str:
    """Where two traces part, in words; empty if they do not."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if len(x) != len(y):
            return f"record {i}: one resets and the other steps"
        for name, p, q in zip(_names(x), x, y, strict=True):
            if not same(p, q):
                return f"record {i}, {name}: {brief(p)} and {brief(q)}"
    return "" if len(a) == len(b) else f"{len(a)} and {len(b)} records"


def _names(record: Record) -> tuple[str, ...]:
    return ("obs", "info") if len(record) == 2 else ("obs", "reward", "terminated", "truncated", "info")


def brief(x: Any) -> str:
    """A value in at most 60 characters."""
    text = " ".join(repr(x).split())
    return text if len(text) <= 60 else text[:57] + "..."


def canonical(x: Any, *, digits: int | None = None) -> bytes:
    """One byte string per value: independent of the order of dicts, of hash seeds and of platforms.

    With `digits`, floats are rounded to so many significant decimal digits first.
    """
    if isinstance(x, np.generic) and not isinstance(x, np.void):
        x = x.item()
    if is_torch(x) or (isinstance(x, np.ndarray) and x.ndim == 0 and x.dtype != object):
        return canonical(array(x).item() if x.ndim == 0 else array(x), digits=digits)
    if isinstance(x, np.ndarray) and x.dtype != object:
        if x.dtype.kind == "f" and digits is not None:
            values = np.array([_rounded(float(v), digits) for v in x.flat]).reshape(x.shape)
            return canonical(values.astype(x.dtype))
        little = np.ascontiguousarray(x).astype(x.dtype.newbyteorder("<"), copy=False)
        if x.dtype.kind == "f":
            little = np.where(np.isnan(little), little.dtype.type(np.nan), little)
        return _framed(b"a", f"{little.dtype.str}{x.shape}".encode(), little.tobytes())
    if isinstance(x, Mapping):
        pairs = sorted((canonical(k), canonical(v, digits=digits)) for k, v in x.items())
        return _framed(b"m", *(part for pair in pairs for part in pair))
    if isinstance(x, (list, tuple, np.ndarray)):
        return _framed(b"l", *(canonical(v, digits=digits) for v in x))
    if isinstance(x, float):
        return b"f" + struct.pack("<d", math.nan if math.isnan(x) else _rounded(x, digits))
    if isinstance(x, str):
        return b"s" + x.encode("utf-8", "surrogatepass")
    # Of what is no plain data only the kind is compared: a default repr holds an address.
    plain = x is None or isinstance(x, (bool, int, complex, bytes))
    return f"{type(x).__name__}:{x if plain else ''}".encode()


def _rounded(x: float, digits: int | None) -> float:
    return x if digits is None or not math.isfinite(x) else float(f"{x:.{digits - 1}e}") + 0.0


def _framed(tag: bytes, *parts: bytes) -> bytes:
    return tag + struct.pack("<I", len(parts)) + b"".join(struct.pack("<Q", len(p)) + p for p in parts)


def digest(records: Iterable[Record], *, digits: int | None = None) -> str:
    """SHA-256 of a trace, as hexadecimal."""
    sha = hashlib.sha256()
    for record in records:
        sha.update(canonical(record, digits=digits))
    return sha.hexdigest()


def trace_hash(env: "gym.Env | VectorEnv", seed: int, steps: int, *, row: int = 0, digits: int | None = None) -> str:
    """SHA-256 over observations, rewards, flags and infos of a seeded run with seeded random actions.

    Row `row` of a SAME_STEP vector environment with seed s has the hash of the single environment with seed s + row.

    Args:
        env: a single environment, or a vector one in SAME_STEP mode.
        seed: of the environment and of the actions.
        steps: how many; resets come on top.
        row: which row of a vector environment.
        digits: significant decimal digits that floats are rounded to; None compares bits.
    """
    if isinstance(env, VectorEnv):
        return digest(follow_row(env, seed, steps, row), digits=digits)
    return digest(follow(env, actions_of(env.action_space, seed, steps), seed=seed), digits=digits)
