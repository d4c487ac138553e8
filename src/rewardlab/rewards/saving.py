"""`save_reward` and `load_reward`: a reward expression with what it has learned, in one file without code.

The file holds the expression (public class names and their plain fields) and the arrays. Of a file's class names only
those that the catalogue lists are ever looked up, so that a stranger's file can name nothing but a reward of ours.
"""

import importlib
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.core import checkpoint
from rewardlab.core.catalogue import entries
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Reward

DEPTH = 32  # a deeper expression is no reward that anybody wrote


def save_reward(path: str | Path, reward: Reward) -> None:
    """Write a reward and its state to one file, atomically.

    Args:
        path: the file to replace.
        reward: any reward; fields that are code (functions, networks, oracles) are noted but not stored.

    Raises:
        BadOption: if it is no reward.
        BadCheckpoint: if its state holds more than arrays and plain values.
        BadStore: if the file cannot be written.
    """
    if not isinstance(reward, Reward):
        raise BadOption(f"{type(reward).__name__} is no reward", where="save_reward", expected="a Reward object")
    checkpoint.save(path, "reward", {"expression": described(reward)}, reward.state_dict())


def load_reward(path: str | Path, into: Reward | None = None) -> Reward:
    """The reward of a file: every pay equals that of the one that was saved.

    Args:
        path: what `save_reward` wrote.
        into: a reward built the same way, which takes over the state; needed where a field is code, or a class is not
            one of rewardlab.

    Returns:
        `into`, or a new reward.

    Raises:
        BadCheckpoint: if the file is damaged, hostile, or of another expression than `into`; `into` is then unchanged.
    """
    meta, state = checkpoint.load(path, "reward")
    where = str(path)
    expression = meta.get("expression") if isinstance(meta, Mapping) else None
    if not isinstance(state, Mapping):
        raise BadCheckpoint("its state is no dict", where=where, expected="a saved reward")
    if into is None:
        reward = _built(expression, where, "reward", 0)
    else:
        if not isinstance(into, Reward):
            raise BadOption(f"{type(into).__name__} is no reward", where="load_reward", expected="a Reward object")
        _check_same(expression, described(into), where, "reward")
        reward = into
    before = reward.state_dict()
    try:
        reward.load_state_dict(state)
    except Exception as e:  # a stranger's state may fail in any way
        if into is not None:
            reward.load_state_dict(before)
        raise BadCheckpoint(f"its state does not fit: {type(e).__name__}: {e}", where=where) from None
    return reward


def described(reward: Reward) -> dict[str, Any]:
    """The expression in JSON: {"class": "module:Name", "fields": {name: value}}."""
    cls = type(reward)
    values: dict[str, Any] = {"": {"code": f"the arguments of {cls.__name__}"}}
    if is_dataclass(reward):
        values = {f.name: _plain(getattr(reward, f.name), 0) for f in fields(reward) if f.init}
    return {"class": f"{cls.__module__}:{cls.__qualname__}", "fields": values}


def _plain(value: Any, depth: int) -> Any:
    """A field as JSON; code, and what is nested too deeply, as {"code": its kind}."""
    if isinstance(value, Reward) and depth < DEPTH:
        return {"reward": described(value)}
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, (list, tuple)) and depth < DEPTH:
        return {"tuple" if isinstance(value, tuple) else "list": [_plain(v, depth + 1) for v in value]}
    if isinstance(value, Mapping) and all(isinstance(k, str) for k in value) and depth < DEPTH:
        return {"dict": {k: _plain(v, depth + 1) for k, v in value.items()}}
    return {"code": type(value).__name__}


def _built(expression: Any, where: str, place: str, depth: int) -> Reward:
    """A new reward of one of our classes.

    Raises:
        BadCheckpoint: for anything else.
    """
    name, given = _parts(expression, where, place)
    module, _, cls_name = name.partition(":")
    if depth > DEPTH:
        raise BadCheckpoint(f"an expression nested more than {DEPTH} deep", where=where)
    if (module, cls_name) not in _ours():
        raise BadCheckpoint(
            f"{place} is of class {name[:80]!r}",
            where=where,
            expected="a reward of rewardlab",
            mend="pass into= a reward built the same way",
        )
    cls = getattr(importlib.import_module(module), cls_name)
    if not (isinstance(cls, type) and issubclass(cls, Reward) and is_dataclass(cls)):
        raise BadCheckpoint(
            f"{place} is of class {name}", where=where, expected="a dataclass", mend="pass into= a reward"
        )
    known = {f.name: f for f in fields(cls) if f.init}
    if not set(given) <= set(known):
        raise BadCheckpoint(
            f"{place} has fields {sorted(set(given) - set(known))}", where=where, expected=f"{[*known]}"
        )
    values = {k: _value(v, where, f"{place}.{k}", depth) for k, v in given.items()}
    hints = typing.get_type_hints(cls)
    for key, value in values.items():
        if not _fits(value, hints.get(key, Any)):
            raise BadCheckpoint(f"{place}.{key} is {str(value)[:60]!r}", where=where, expected=str(hints[key]))
    try:
        return cls(**values)
    except Exception as e:  # its own checks, or a missing field
        raise BadCheckpoint(f"{place} cannot be built: {type(e).__name__}: {e}", where=where) from None


@cache
def _ours() -> frozenset[tuple[str, str]]:
    return frozenset((e.module, e.name) for e in entries("reward"))


def _parts(expression: Any, where: str, place: str) -> tuple[str, Mapping[str, Any]]:
    name = expression.get("class") if isinstance(expression, Mapping) else None
    given = expression.get("fields") if isinstance(expression, Mapping) else None
    if not isinstance(name, str) or not isinstance(given, Mapping):
        raise BadCheckpoint(f"{place} is no expression", where=where, expected='{"class": ..., "fields": ...}')
    return name, given


def _value(value: Any, where: str, place: str, depth: int) -> Any:
    if depth > DEPTH:
        raise BadCheckpoint(f"an expression nested more than {DEPTH} deep", where=where)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping) and len(value) == 1:
        (kind, held), down = next(iter(value.items())), depth + 1
        if kind == "reward":
            return _built(held, where, place, down)
        if kind == "float" and held in ("nan", "inf", "-inf"):
            return float(held)
        if kind == "list" and isinstance(held, list):
            return [_value(v, where, f"{place}[{i}]", down) for i, v in enumerate(held)]
        if kind == "tuple" and isinstance(held, list):
            return tuple(_value(v, where, f"{place}[{i}]", down) for i, v in enumerate(held))
        if kind == "dict" and isinstance(held, Mapping):
            return {k: _value(v, where, f"{place}[{k!r}]", down) for k, v in held.items()}
        if kind == "code" and isinstance(held, str):
            raise BadCheckpoint(
                f"{place} is code ({held[:60]}), which the file does not hold",
                where=where,
                expected="a reward to load into",
                mend="load_reward(path, into=...) with a reward built the same way",
            )
    raise BadCheckpoint(f"{place} is {str(value)[:60]!r}", where=where, expected="a field of a saved reward")


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value may stand in a field of this annotation; in doubt it may."""
    kind, inside = typing.get_origin(hint), typing.get_args(hint)
    if kind in (typing.Union, types.UnionType):
        return any(_fits(value, h) for h in inside)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is tuple:
        rest = inside[:1] * len(value) if inside[1:] == (...,) and isinstance(value, tuple) else inside
        return isinstance(value, tuple) and len(value) == len(rest) and all(map(_fits, value, rest))
    if kind is not None:
        hint = kind
    if hint is type(None):
        return value is None
    if hint is Any or not isinstance(hint, type):
        return True
    try:
        return isinstance(value, hint)
    except TypeError:  # a protocol that cannot be asked
        return True


def _check_same(saved: Any, own: Any, where: str, place: str) -> None:
    """Raises BadCheckpoint where two expressions differ; code is taken to be the same code."""
    if isinstance(saved, Mapping) and isinstance(own, Mapping):
        if set(saved) != set(own):
            raise BadCheckpoint(
                f"{place} has {sorted(map(str, saved))[:8]}", where=where, expected=f"{sorted(own)[:8]}"
            )
        for key in own:
            _check_same(saved[key], own[key], where, place if key in ("fields", "reward") else f"{place}.{key}")
    elif isinstance(saved, list) and isinstance(own, list) and len(saved) == len(own):
        for i, (a, b) in enumerate(zip(saved, own, strict=True)):
            _check_same(a, b, where, f"{place}[{i}]")
    elif saved != own or type(saved) is not type(own):
        raise BadCheckpoint(
            f"{place} is {str(saved)[:60]!r} in the file",
            where=where,
            expected=f"{str(own)[:60]!r}, as in the reward to load into",
            mend="build the reward as it was when it was saved",
        )
