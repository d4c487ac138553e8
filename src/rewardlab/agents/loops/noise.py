"""Noise of Stable-Baselines3's kinds, drawn from the agent's own generator: a run can be written down and repeated.

x ← ε,    x ← x + θ (μ − x) dt + σ √dt ε      normal noise ε ~ N(μ, σ²); Ornstein-Uhlenbeck, ε ~ N(0, 1)
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.noise import (
    ActionNoise,
    NormalActionNoise,
    OrnsteinUhlenbeckActionNoise,
    VectorizedActionNoise,
)
from torch import Tensor
from torch.distributions import Normal

from rewardlab.core.nets import child_seed

KINDS = {"normal": NormalActionNoise, "Ornstein-Uhlenbeck": OrnsteinUhlenbeckActionNoise}


class Noise:
    """What is added to the actions of N rows.

    The two kinds that Stable-Baselines3 brings are tensors on the device. Any other is called, and finds in place of
    NumPy's global generator one of its own.

    Args:
        given: what the agent adds: one noise for one row, or a `VectorizedActionNoise`.
        generator: the agent's.
    """

    def __init__(self, given: ActionNoise, generator: torch.Generator) -> None:
        self.given, self.generator, self.device = given, generator, generator.device
        each = _each(given)
        self.kind = next((name for name, kind in KINDS.items() if {type(x) for x in each} == {kind}), "")
        if self.kind:
            self._read(each)
            if self.kind != "normal":
                self.now = self.first.clone()
            return
        self.own = deepcopy(given)  # a call of `learn` resets the agent's, even in the midst of an episode
        self.random = np.random.RandomState(child_seed(generator.initial_seed(), 0) % 2**32)

    def _read(self, each: list[Any]) -> None:
        """The settings of all rows as tensors [N, A]."""
        self.seen = [x for noise in each for x in (noise._mu, noise._sigma)]
        self.mean, self.deviation = (self._stacked([getattr(x, name) for x in each]) for name in ("_mu", "_sigma"))
        if self.kind == "normal":
            return
        self.pull, root = (
            self._stacked([np.full(x._mu.shape, factor(x)) for x in each])
            for factor in (lambda x: x._theta * x._dt, lambda x: np.sqrt(x._dt))
        )
        self.deviation = self.deviation * root
        zero = np.zeros(each[0]._mu.shape)
        self.first = self._stacked([zero if x.initial_noise is None else x.initial_noise for x in each])

    def _stacked(self, each: list[Any]) -> Tensor:
        return torch.as_tensor(np.stack([np.asarray(x, dtype=np.float32) for x in each]), device=self.device)

    def __call__(self) -> Tensor:
        """[N, A]."""
        if not self.kind:
            with _instead(self.random):
                drawn = np.asarray(self.own(), dtype=np.float32)
            return torch.as_tensor(drawn, device=self.device)
        each = _each(self.given)
        if any(a is not b for a, b in zip(self.seen, (x for n in each for x in (n._mu, n._sigma)), strict=True)):
            self._read(each)  # a callback has changed them
        normal = torch.randn(self.mean.shape, generator=self.generator, device=self.device)
        if self.kind == "normal":
            return torch.addcmul(self.mean, self.deviation, normal)
        self.now = self.now + self.pull * (self.mean - self.now) + self.deviation * normal
        return self.now

    def ended(self, done: Tensor) -> None:
        """New episodes begin in the rows `done` [N] bool: their noise begins anew."""
        if self.kind == "normal":
            return
        if self.kind:
            self.now = torch.where(done[:, None], self.first, self.now)
            return
        rows = done.nonzero()[:, 0].tolist()
        if isinstance(self.own, VectorizedActionNoise):
            self.own.reset(rows)
        elif rows:
            self.own.reset()

    def state_dict(self) -> dict[str, Any]:
        """What the next draws depend on beside the agent's generator."""
        if self.kind:
            return {} if self.kind == "normal" else {"now": self.now}
        return deepcopy({"random": self.random, "each": [vars(x) for x in _each(self.own)]})

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        if self.kind:
            if self.kind != "normal":
                self.now = state["now"]
            return
        self.random = state["random"]
        for noise, held in zip(_each(self.own), state["each"], strict=True):
            vars(noise).update(held)


def for_rows(given: ActionNoise, rows: int) -> ActionNoise:
    """A noise for N rows, as Stable-Baselines3 makes it of one for a row, or for other rows."""
    if len(_each(given)) == rows:
        return given
    base = given.base_noise if isinstance(given, VectorizedActionNoise) else given
    return base if rows == 1 else VectorizedActionNoise(base, rows)


def _each(given: Any) -> list[Any]:
    return given.noises if isinstance(given, VectorizedActionNoise) else [given]


@contextmanager
def _instead(random: np.random.RandomState) -> Iterator[None]:
    """This generator where NumPy's global one would be drawn from."""
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    np.random.set_state(random.get_state(legacy=False))  # noqa: NPY002
    try:
        yield
    finally:
        random.set_state(np.random.get_state(legacy=False))  # noqa: NPY002
        np.random.set_state(before)  # noqa: NPY002


def redraw(policy: Any, generator: torch.Generator, rows: int = 1) -> None:
    """New matrices of state-dependent noise, one for each of N rows, of a policy or actor that acts by them.

    As `reset_noise` there, which draws from torch's global generator.
    """
    dist = policy.action_dist
    std = dist.get_std(policy.log_std)
    dist.weights_dist = Normal(torch.zeros_like(std), std, validate_args=False)
    drawn = torch.randn((1 + rows, *std.shape), generator=generator, device=std.device) * std
    dist.exploration_mat, dist.exploration_matrices = drawn[0], drawn[1:]


def described(source: Any) -> dict[str, Any]:
    """A noise as JSON: all of a kind that Stable-Baselines3 brings, of others only what they are."""
    noise: Any = source.base_noise if isinstance(source, VectorizedActionNoise) else source
    name = next((n for n, k in KINDS.items() if type(noise) is k), None)
    if name is None:
        return {"kind": type(noise).__qualname__}
    out: dict[str, Any] = {"kind": name, "mean": _listed(noise._mu), "sigma": _listed(noise._sigma)}
    if name != "normal":
        first = noise.initial_noise
        out |= {"theta": float(noise._theta), "dt": float(noise._dt)}
        out["initial_noise"] = None if first is None else _listed(first)
    return out


def built(told: Mapping[str, Any]) -> ActionNoise | None:
    """The noise that `described` was given, for one row; None for a kind that is not Stable-Baselines3's."""
    given = {k: np.asarray(v) if isinstance(v, list) else v for k, v in told.items() if k != "kind"}
    kind = KINDS.get(told["kind"])
    return None if kind is None else kind(**given)


def _listed(x: Any) -> Any:
    return np.asarray(x).tolist()
