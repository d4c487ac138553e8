"""Encoders: observations and actions of a space as float features. Needs torch."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor

from rewardlab.core.arrays import Array, Tree, is_torch
from rewardlab.core.errors import BadBatch, BadSpace


@dataclass(frozen=True)
class _Numbers:
    """Numbers as they are, or mapped from [low, low + span] to [0, 1]."""

    shape: tuple[int, ...]
    low: np.ndarray  # [D]
    span: np.ndarray  # [D]

    @property
    def width(self) -> int:
        return math.prod(self.shape)

    def __call__(self, x: Tensor) -> Tensor:  # [B, *shape] -> [B, D]
        flat = x.reshape(len(x), self.width).to(torch.float32)
        return (flat - torch.from_numpy(self.low).to(x.device)) / torch.from_numpy(self.span).to(x.device)


@dataclass(frozen=True)
class _OneHot:
    """Each of D integers low .. low + size − 1 as a unit vector."""

    shape: tuple[int, ...]
    low: np.ndarray  # [D]
    size: np.ndarray  # [D]

    @property
    def width(self) -> int:
        return int(self.size.sum())

    def __call__(self, x: Tensor) -> Tensor:
        place = x.reshape(len(x), len(self.low)).to(torch.int64) - torch.from_numpy(self.low).to(x.device)
        size = torch.from_numpy(self.size).to(x.device)
        if ((place < 0) | (place >= size)).any():
            raise BadBatch(
                f"a value in {int(x.min())}..{int(x.max())}",
                where="encoder",
                expected=f"{self.low.tolist()} <= value < {(self.low + self.size).tolist()}",
                mend="build it from the space that the observations come from",
            )
        out = torch.zeros(len(x), self.width, device=x.device)
        return out.scatter_(1, place + (size.cumsum(0) - size), 1.0)


@dataclass(frozen=True)
class _Code:
    """One integer of unknown range as 64 signs ±1 that only it has: a hash, so that any two are nearly orthogonal."""

    shape: tuple[int, ...] = ()
    width: int = 64

    def __call__(self, x: Tensor) -> Tensor:
        each = torch.arange(self.width, device=x.device) * _GOLDEN
        place = _mix(_mix(x.reshape(-1, 1).to(torch.int64) * _GOLDEN) + each)
        return 1.0 - 2.0 * (place < 0).to(torch.float32)


_GOLDEN = -7046029254386353131  # the constants of SplitMix64, as int64


def _mix(x: Tensor) -> Tensor:
    """A bijection of int64 in which every input bit moves the sign."""
    for multiplier in (-4658895280553007687, -7723592293110705685):
        x = (x ^ ((x >> 30) & ((1 << 34) - 1))) * multiplier
    return x


_Leaf = _Numbers | _OneHot | _Code


class Encoder:
    """Observations of a space as float32 features: [*lead, *obs] NumPy or torch -> [*lead, D].

    Discrete, MultiDiscrete: one-hot. Box of integers: mapped from its bounds to [0, 1]; other Box, MultiBinary: as they
    are. Dict, Tuple: their parts side by side.

    Raises:
        BadSpace: for text, graphs and sequences.
    """

    def __init__(self, leaves: Mapping[tuple[str, ...], _Leaf]) -> None:
        self.leaves = dict(leaves)
        self.width = sum(leaf.width for leaf in self.leaves.values())

    def __call__(self, obs: Tree, lead: tuple[int, ...]) -> Tensor:
        """Features [*lead, D] of a batch with the leading axes `lead`.

        Raises:
            BadBatch: for a shape or value outside the space.
        """
        parts = []
        for path, leaf in self.leaves.items():
            x = _follow(obs, path)
            if tuple(x.shape) != (*lead, *leaf.shape):
                raise BadBatch(
                    f"{'/'.join(path) or 'the observation'} has shape {tuple(x.shape)}",
                    where="encoder",
                    expected=f"{(*lead, *leaf.shape)}",
                )
            own = x if is_torch(x) else torch.from_numpy(np.array(x))
            parts.append(leaf(own.reshape(math.prod(lead), *leaf.shape)))  # -1 is unclear for no numbers
        flat = parts[0] if len(parts) == 1 else torch.cat(parts, -1)
        return flat.reshape(*lead, self.width)

    def state_dict(self) -> dict[str, Any]:
        """The leaves as arrays, strings and dicts of them."""
        return {
            f"{i:04d}": {
                "path": {f"{k:04d}": name for k, name in enumerate(path)},
                "shape": np.array(leaf.shape, dtype=np.int64),
                "kind": type(leaf).__name__,
                **({} if isinstance(leaf, _Code) else {k: v for k, v in vars(leaf).items() if k != "shape"}),
            }
            for i, (path, leaf) in enumerate(self.leaves.items())
        }

    @staticmethod
    def from_state(state: Mapping[str, Any]) -> "Encoder":
        """The encoder that a `state_dict` came from."""
        leaves: dict[tuple[str, ...], _Leaf] = {}
        for key in sorted(state):
            s = state[key]
            path, shape = tuple(s["path"][k] for k in sorted(s["path"])), tuple(int(n) for n in s["shape"])
            if s["kind"] == "_Numbers":
                leaves[path] = _Numbers(shape, np.asarray(s["low"]), np.asarray(s["span"]))
            elif s["kind"] == "_OneHot":
                leaves[path] = _OneHot(shape, np.asarray(s["low"]), np.asarray(s["size"]))
            else:
                leaves[path] = _Code()
        return Encoder(leaves)


def encoder(space: spaces.Space) -> Encoder:
    """The `Encoder` of a space."""
    return Encoder(dict(_leaves(space, ())))


def encoder_like(obs: Tree, lead: tuple[int, ...]) -> Encoder:
    """An `Encoder` for observations whose space is not known: single integers as codes, all else as numbers."""
    leaves: dict[tuple[str, ...], _Leaf] = {}
    for path, x in _walk(obs, ()):
        shape = tuple(x.shape[len(lead) :])
        kind = str(x.dtype)
        if kind == "object":
            raise BadSpace("text observations", where="encoder", expected="numbers", mend="embed them first")
        if not shape and "int" in kind:
            leaves[path] = _Code()
        else:
            d = math.prod(shape)
            leaves[path] = _Numbers(shape, np.zeros(d, np.float32), np.ones(d, np.float32))
    return Encoder(leaves)


def flatten(obs: Tree, space: spaces.Space) -> Tensor:
    """Observations [B, *obs] of `space` as features [B, D]; see `Encoder`."""
    e = encoder(space)
    path, leaf = next(iter(e.leaves.items()))
    x = _follow(obs, path)
    return e(obs, tuple(x.shape[: x.ndim - len(leaf.shape)]))


def _leaves(space: spaces.Space, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], _Leaf]]:
    if isinstance(space, spaces.Dict):
        for k, v in space.spaces.items():
            yield from _leaves(v, (*path, k))
    elif isinstance(space, spaces.Tuple):
        for i, v in enumerate(space.spaces):
            yield from _leaves(v, (*path, str(i)))
    elif isinstance(space, spaces.Discrete):
        yield path, _OneHot((), np.array([space.start], np.int64), np.array([space.n], np.int64))
    elif isinstance(space, spaces.MultiDiscrete):
        yield path, _OneHot(space.shape, space.start.ravel().astype(np.int64), space.nvec.ravel().astype(np.int64))
    elif isinstance(space, (spaces.Box, spaces.MultiBinary)):
        d = math.prod(space.shape)
        low, span = np.zeros(d, np.float32), np.ones(d, np.float32)
        if isinstance(space, spaces.Box) and space.dtype is not None and space.dtype.kind in "iu":
            low = space.low.ravel().astype(np.float32)
            span = np.maximum(space.high.ravel().astype(np.float32) - low, 1.0)
        yield path, _Numbers(space.shape, low, span)
    else:
        raise BadSpace(
            f"{type(space).__name__} at {'/'.join(path) or 'the top'}",
            where="encoder",
            expected="Box, Discrete, MultiDiscrete, MultiBinary, and Dict or Tuple of them",
            mend="take a numeric view of the environment",
        )


def _walk(obs: Tree, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Array]]:
    if isinstance(obs, Mapping):
        for k in sorted(obs):
            yield from _walk(obs[k], (*path, k))
    elif isinstance(obs, tuple):
        for i, v in enumerate(obs):
            yield from _walk(v, (*path, str(i)))
    else:
        yield path, obs


def _follow(obs: Tree, path: tuple[str, ...]) -> Array:
    for p in path:
        try:
            obs = obs[int(p)] if isinstance(obs, tuple) else obs[p]
        except (KeyError, IndexError, ValueError, TypeError):
            raise BadBatch(
                f"no part {'/'.join(path)!r}", where="encoder", expected="observations of its space"
            ) from None
    return obs
