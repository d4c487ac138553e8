"""Statistics that are kept while steps flow by: running moments, and the sums of the running episodes."""

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.errors import BadCheckpoint


class RunningMoments:
    """Mean and variance of all rows seen so far, exact whatever the batches they came in.

        d = x − μ,    μ' = μ + Σd / n',    M' = M + Σd² − (Σd)² / n',    var = M / n

    In float64, NumPy or torch as the first batch is. Before the first row the mean is 0 and the variance 1.

    Args:
        shape: the shape of one row.

    Source: Chan, Golub, LeVeque, "Algorithms for Computing the Sample Variance: Analysis and Recommendations", The
    American Statistician, 1983 (sums of shifted data; the merge of two samples).
    """

    def __init__(self, shape: tuple[int, ...] = ()) -> None:
        self.shape = tuple(shape)
        self.count = 0
        self.mean: Array = np.zeros(self.shape)
        self.squares: Array = np.zeros(self.shape)  # M, the sum of squared deviations
        self._room, self._ones = np.zeros(0), np.zeros(0)

    @property
    def var(self) -> Array:
        """The population variance [*shape]; 1 before the first row."""
        return self.squares / self.count if self.count else self.squares + 1.0

    def update(self, x: Array) -> None:
        """Take in the rows of x [B, *shape]; an empty batch changes nothing."""
        n = len(x)
        if not n:
            return
        if is_torch(x):
            x = x.double()
            self._like(x)
        elif is_torch(self.mean):
            x = tensor(x, like=self.mean)
        # The first row is as good a centre as any, and far better than 0 for data far from it.
        centre = self.mean if self.count else x[0] * 1.0
        if is_torch(x):
            d = (x - centre).reshape(n, -1)
            first, second = d.sum(0), (d * d).sum(0)
        else:
            if self._room.shape != x.shape:  # kept: fresh memory for each batch costs as much as all sums
                self._room, self._ones = np.empty(x.shape), np.ones(n)
            np.copyto(self._room, x)
            d = by_rows(np.subtract, self._room, centre, out=self._room).reshape(n, -1)
            first = self._ones @ d  # a fifth of the time of a sum over axis 0
            second = self._ones @ np.square(d, out=d)
        first, second = first.reshape(self.shape), second.reshape(self.shape)
        self.count += n
        self.mean = centre + first / self.count
        self.squares = _positive(self.squares + second - first * first / self.count)

    def merge(self, other: "RunningMoments") -> None:
        """Take in everything that `other` has seen."""
        if not other.count:
            return
        mean, squares = other.mean, other.squares
        if is_torch(mean):
            self._like(mean)
        elif is_torch(self.mean):
            mean, squares = tensor(mean, like=self.mean), tensor(squares, like=self.mean)
        total, delta = self.count + other.count, mean - self.mean
        self.squares = self.squares + squares + delta * delta * (self.count * other.count / total)
        self.mean = self.mean + delta * (other.count / total)
        self.count = total

    def _like(self, x: Array) -> None:
        if not is_torch(self.mean) or self.mean.device != x.device:
            self.mean, self.squares = tensor(self.mean, like=x), tensor(self.squares, like=x)

    def state_dict(self) -> dict[str, Any]:
        """Count, mean and sum of squared deviations."""
        return {"count": self.count, "mean": array(self.mean).copy(), "squares": array(self.squares).copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of moments of this shape.
        """
        try:
            count, mean, squares = int(state["count"]), np.array(state["mean"]), np.array(state["squares"])
        except (KeyError, TypeError, ValueError) as e:
            raise BadCheckpoint(f"{type(e).__name__}: {e}", where="RunningMoments", expected="its state_dict") from None
        if mean.shape != self.shape or squares.shape != self.shape or count < 0:
            raise BadCheckpoint(
                f"moments of shape {mean.shape}", where="RunningMoments", expected=f"shape {self.shape}"
            )
        mine = self.mean
        self.count = count
        self.mean, self.squares = (tensor(x, like=mine) if is_torch(mine) else x for x in (mean, squares))


def by_rows(f: np.ufunc, x: np.ndarray, v: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """f(x, v) for each row of x [B, *shape] with v [*shape], as broadcasting has it but faster for short rows.

    NumPy calls its inner loop once per row; here several rows are seen as one long one.
    """
    if x.size < 1024:
        return f(x, v, out=out)
    k = 1 << (1024 // v.size).bit_length() - 1 if 0 < v.size <= 256 and x.flags.c_contiguous else 1
    k = math.gcd(len(x), k)
    if k < 4:
        return f(x, v, out=out)
    wide = (len(x) // k, k * v.size)
    long = v.reshape(1, -1).repeat(k, axis=0).reshape(-1)
    return f(x.reshape(wide), long, out=None if out is None else out.reshape(wide)).reshape(x.shape)


def ranks(keys: np.ndarray) -> np.ndarray:
    """How many equals stand before each of `keys` [B]: 0 for the first, 1 for the second, ..."""
    order = np.argsort(keys, kind="stable")
    held, place, out = keys[order], np.arange(len(keys)), np.empty(len(keys), dtype=np.int64)
    begins = np.ones(len(keys), dtype=bool)
    begins[1:] = held[1:] != held[:-1]
    out[order] = place - np.maximum.accumulate(np.where(begins, place, 0))
    return out


def _positive(x: Array) -> Array:
    """Rounding may leave a hair below zero where all rows are equal."""
    return x.clamp(min=0.0) if is_torch(x) else np.maximum(x, 0.0)


class EpisodeSums:
    """Return, true return, length and duration of the running episode of each of N rows.

    Args:
        n: rows.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.paid: Array = np.zeros(n)  # [N]
        self.true: Array = np.zeros(n)  # [N]
        self._clock = 0
        self._start = np.zeros(n, dtype=np.int64)  # [N] the clock when the episode began
        self._began = np.full(n, time.perf_counter())  # [N] seconds

    @property
    def length(self) -> np.ndarray:
        """[N] steps of the running episodes."""
        return self._clock - self._start

    def begin(self, mask: np.ndarray) -> None:
        """Fresh sums in the rows of `mask` [N] bool."""
        rows = np.flatnonzero(mask)
        own = tensor(rows, device=self.paid.device) if is_torch(self.paid) else rows
        self.paid[own] = 0.0
        self.true[own] = 0.0
        self._start[rows] = self._clock
        self._began[rows] = time.perf_counter()

    def add(self, paid: Array, true: Array) -> None:
        """One step of every row: what was paid [N], and what the task is worth [N]."""
        if is_torch(paid) and not is_torch(self.paid):
            self.paid = tensor(self.paid, device=paid.device, dtype=paid.dtype)
            self.true = tensor(self.true, device=paid.device, dtype=paid.dtype)
        self.paid += paid
        self.true += true
        self._clock += 1

    def ended(self, done: np.ndarray) -> tuple[dict[str, Array], dict[str, Array]]:
        """The records of the rows that ended, [N] bool, 0 elsewhere: {"r", "l", "t"} of the pay, and of the task."""
        rows = np.flatnonzero(done)
        length, seconds = np.zeros(self.n, dtype=np.int64), np.zeros(self.n)
        length[rows] = self._clock - self._start[rows]
        seconds[rows] = np.round(time.perf_counter() - self._began[rows], 6)
        if is_torch(self.paid):
            device, own = self.paid.device, tensor(done, device=self.paid.device)
            first, second = (x.where(own, x.new_zeros(())) for x in (self.paid, self.true))
            length = tensor(length, device=device)
            seconds = tensor(seconds, device=device, dtype=self.paid.dtype)
        else:
            first, second = np.zeros(self.n), np.zeros(self.n)
            first[rows], second[rows] = self.paid[rows], self.true[rows]
        return {"r": first, "l": length, "t": seconds}, {"r": second, "l": length, "t": seconds}

    def state_dict(self) -> dict[str, Any]:
        """The sums, lengths and seconds so far."""
        return {
            "paid": array(self.paid).copy(),
            "true": array(self.true).copy(),
            "length": self.length,
            "seconds": time.perf_counter() - self._began,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of as many rows.
        """
        try:
            held = {k: np.array(state[k]) for k in ("paid", "true", "length", "seconds")}
        except (KeyError, TypeError, ValueError) as e:
            raise BadCheckpoint(f"{type(e).__name__}: {e}", where="EpisodeSums", expected="its state_dict") from None
        if any(x.shape != (self.n,) for x in held.values()):
            raise BadCheckpoint(f"sums of shape {held['paid'].shape}", where="EpisodeSums", expected=f"{self.n} rows")
        mine = self.paid
        self.paid, self.true = (
            tensor(held[k], like=mine) if is_torch(mine) else held[k].astype(np.float64) for k in ("paid", "true")
        )
        self._clock = int(held["length"].max())
        self._start = self._clock - held["length"].astype(np.int64)
        self._began = time.perf_counter() - held["seconds"]
