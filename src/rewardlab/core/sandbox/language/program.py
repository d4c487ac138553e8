"""Reward programs: compiled from text, called on batches.

    total [B] = program(batch),    parts {name: [B]} = program.parts(batch)

The text is written for one step; the compiled form is a handful of array operations over the whole batch. Nothing that
a program could do at run time is left open when it is accepted: shapes, columns, loops and sizes are settled.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadReward
from rewardlab.core.sandbox.language import backends, direct, emit
from rewardlab.core.sandbox.language.graph import DTYPES, Number, Value, base
from rewardlab.core.sandbox.language.refusal import refuse
from rewardlab.core.sandbox.language.signature import Signature
from rewardlab.core.sandbox.language.source import read
from rewardlab.core.sandbox.language.trace import Trace


class RewardProgram:
    """A reward that was compiled from text.

    Attributes:
        source: the text.
        signature: the shapes it was compiled for.
        hash: SHA-256 of the text, as hexadecimal digits.
        cost: numbers handled per step.
        uses: what it reads: `obs`, `action`, `next_obs`, `obs["image"]`, `info["distance"]`, `reward` ...
        names: of the parts.
        code: the compiled form, for reading.
    """

    def __init__(
        self, source: str, signature: Signature, total: Number, parts: Mapping[str, Number], trace: Trace
    ) -> None:
        self.source, self.signature = source, signature
        self.hash = hashlib.sha256(source.encode("utf-8")).hexdigest()
        values = trace.g.used([total, *parts.values()])
        self.code = emit.text(values, [total, *parts.values()])
        self.cost = sum(v.work for v in values)
        self.names = tuple(parts)
        found = emit.inputs(values)
        kinds = [{w.static[0] for w in values if w.op == "load" and base(w) is v} for v in found]
        self._inputs = [
            (v.static, _getter(v.static), DTYPES[k.pop()] if len(k) == 1 else None, len(v.shape) < 2)
            for v, k in zip(found, kinds, strict=True)
        ]
        self._shapes = [v.shape for v in found]
        self._wanted: tuple[tuple[int, ...] | None, list[tuple[int, ...]]] = (None, [])  # of these leading axes
        self._known: Any = None  # the direct form for the next batch, if it is like the last
        self.uses = tuple(sorted({_said(path) for path, *_ in self._inputs}))
        self._constants = {f"c{v.index}": v for v in values if v.op == "constant"}
        roots = [total, *parts.values()]
        many, one = backends.over_batch(self._constants), backends.over_one(self._constants)
        forms = [direct.rows(values, roots, ready=ready) for ready in (False, True)]
        self._numpy = [emit.build(text, many | held) for text, held in forms]
        self._one = [emit.build(text, one) for text in (self.code, emit.ready(self.code))]
        self._torch: dict[Any, Any] = {}
        bases = [base(v) if isinstance(v, Value) else None for v in roots]
        self._shared = [b is not None and (b.op == "input" or b in bases[:i]) for i, b in enumerate(bases)]
        self._own = [direct.own(v) and not shared for v, shared in zip(roots, self._shared, strict=True)]
        types = [dtype for _, _, dtype, _ in self._inputs]
        self._direct: list[Any] = [None, None]  # for inputs of any type, and of the types that are computed in
        if self._own[0]:
            texts = [direct.whole(values, roots, [None] * len(types)), direct.whole(values, roots, types)]
            self._direct = [partial(emit.build, text, many | names) for text, names in texts]

    def __call__(self, batch: Transitions) -> Array:
        """The reward of each step, [B] or with whatever leading axes the batch has.

        Raises:
            BadReward: if one is not finite, naming the row.
            BadBatch: if the batch has other shapes than the program was compiled for.
        """
        if self._known is not None and (found := self._directly(batch)) is not None:
            return found[0]
        out, lead, good = self._run(batch)
        total = self._array(out, 0, lead, batch)
        return total if good else self._finite(total)

    def parts(self, batch: Transitions) -> dict[str, Array]:
        """Each named part [B], finite or not; empty if the program returns only a number."""
        if not self.names:
            return {}
        out, lead, _ = self._run(batch)
        return {k: self._array(out, 1 + i, lead, batch) for i, k in enumerate(self.names)}

    def both(self, batch: Transitions) -> tuple[Array, dict[str, Array]]:
        """The reward and its parts, in one run.

        Raises:
            BadReward: if a reward is not finite, naming the row.
            BadBatch: if the batch has other shapes than the program was compiled for.
        """
        if self._known is not None and (out := self._directly(batch)) is not None:
            rows = (len(out[0]),)
            return out[0], {k: self._array(out, 1 + i, rows, batch) for i, k in enumerate(self.names)}
        out, lead, good = self._run(batch)
        total = self._array(out, 0, lead, batch)
        total = total if good else self._finite(total)
        return total, {k: self._array(out, 1 + i, lead, batch) for i, k in enumerate(self.names)}

    def __reduce__(self) -> tuple[Any, ...]:
        return compile_program, (self.source, self.signature)

    def __repr__(self) -> str:
        return f"RewardProgram({self.hash[:12]}, reads {', '.join(self.uses) or 'nothing'})"

    def _directly(self, batch: Transitions) -> tuple[Any, ...] | None:
        """The results, if this batch is like the one before and all its rewards are finite."""
        try:
            return direct.QUIET.copy().run(self._known, batch)
        except KeyError:  # a column that is missing: the long way says which there are
            return None

    def _expect(self, lead: tuple[int, ...], ready: bool) -> None:
        """Prepare the direct form for the next batch of this size."""
        run = self._direct[ready]
        if isinstance(run, partial):
            run = self._direct[ready] = run()
        self._known = run and direct.fit(run, lead, self._wanted[1])

    def _run(self, batch: Transitions) -> tuple[tuple[Any, ...], tuple[int, ...], bool]:
        """What the compiled form gives, the leading axes of the batch, and whether all rewards are surely finite."""
        reward = batch.reward
        lead = reward.shape
        known, wanted = self._wanted
        if lead != known:
            wanted = [lead + shape for shape in self._shapes]
            self._wanted = (lead, wanted)
        arrays, plain = [], type(reward) is np.ndarray
        one, row = plain and lead == (1,), len(lead) == 1
        ready = True  # every input has the type that it is computed in
        for (path, get, dtype, flat), shape in zip(self._inputs, wanted):  # noqa: B905  as long as each other
            try:
                x = get(batch)
            except KeyError:
                batch.column(path[1], by="a reward program")  # which says what there is
                raise
            if x.shape != shape:
                raise BadBatch(
                    f"{_said(path)} has shape {tuple(x.shape)}", where="a reward program", expected=f"{tuple(shape)}"
                )
            if type(x) is not np.ndarray:
                plain = one = False
            elif x.dtype is not dtype:
                ready = False
            arrays.append(x[0] if one else x.T if row and plain and flat else _last(x, lead, shape[len(lead) :]))
        if not plain:
            return self._for_torch(batch, arrays)(*arrays), lead, False
        out, good = direct.QUIET.copy().run(_watched, (self._one if one else self._numpy)[ready], arrays)
        if good and row and not one and lead[0] <= direct.MOST and wanted is self._wanted[1]:
            self._expect(lead, ready)
        return out, lead, good

    def _array(self, out: tuple[Any, ...], i: int, lead: tuple[int, ...], batch: Transitions) -> Array:
        """Result i as an array [*lead] of its own memory."""
        x = out[i]
        if type(batch.reward) is not np.ndarray:
            return _tensor(x, lead, batch.reward)
        if lead == (1,):
            return np.array([x], dtype=np.float64)
        rows = len(batch.reward) if len(lead) == 1 else math.prod(lead)
        if type(x) is not np.ndarray or self._shared[i] or x.shape != (rows,) or x.base is not None:
            x = np.array(np.broadcast_to(x, (rows,)), dtype=np.float64)
        return x if len(lead) == 1 else x.reshape(lead)

    def _for_torch(self, batch: Transitions, arrays: list[Array]) -> Any:
        like = next(x for x in (*arrays, batch.reward) if is_torch(x) and x.dtype.is_floating_point)
        key = (like.dtype, str(like.device))
        if key not in self._torch:
            self._torch[key] = emit.build(self.code, backends.over_tensors(self._constants, like))
        return self._torch[key]

    def _finite(self, total: Array) -> Array:
        """`total`, if all of it is finite."""
        flat = array(total).ravel()
        bad = np.flatnonzero(~np.isfinite(flat))
        if not len(bad):
            return total
        raise BadReward(
            f"the program {self.hash[:12]} pays {float(flat[bad[0]])} in row {bad[0]} ({len(bad)} of {len(flat)} rows)",
            where="a reward program",
            expected="a finite number for every step",
            mend="guard divisions, roots, logarithms and large exponents",
        )


def _watched(run: Callable[..., tuple[Any, ...]], arrays: list[Array]) -> tuple[tuple[Any, ...], bool]:
    """What a program gives, and whether all rewards are finite."""
    out = run(*arrays)
    x = out[0]
    if type(x) is not np.ndarray or x.ndim != 1:
        return out, bool(x - x == 0)
    good = x.dot(_nothing(len(x))) == 0 if len(x) <= direct.MOST else np.isfinite(x).all()
    return out, bool(good)


@lru_cache(8)
def _nothing(rows: int) -> np.ndarray:
    """Zeros: their product with a vector is zero if all of it is finite, and NaN otherwise."""
    return np.zeros(rows)


def _getter(path: tuple[Any, ...]) -> Callable[[Transitions], Array]:
    """Reads one array from a batch."""
    if len(path) == 1:
        return attrgetter(path[0])
    if path[0] == "info":
        return lambda batch: batch.info[path[1]]

    def get(batch: Transitions) -> Array:
        x = getattr(batch, path[0])
        for k in path[1:]:
            x = x[k]
        return x

    return get


def _last(x: Array, lead: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """[*lead, *event] as [*event, B]."""
    if len(lead) != 1:
        x = x.reshape(-1, *shape)
    if not shape:
        return x
    if len(shape) == 1:
        return x.T
    return x.permute(*range(1, x.ndim), 0) if is_torch(x) else x.transpose(*range(1, x.ndim), 0)


def _tensor(x: Any, lead: tuple[int, ...], like: Any) -> Any:
    import torch

    floats = x.dtype if is_torch(x) and x.dtype.is_floating_point else like.dtype
    x = torch.as_tensor(x, dtype=floats, device=like.device)
    return x.expand(int(np.prod(lead))).clone().reshape(lead)


def _said(path: tuple[Any, ...]) -> str:
    return path[0] + "".join(f'["{k}"]' if isinstance(k, str) else f"[{k}]" for k in path[1:])


def compile_program(source: str, signature: Signature) -> RewardProgram:
    """A reward program from its text. No part of the text is ever run as Python.

    Args:
        source: a function `reward(obs, action, next_obs, info)` for one step, helpers and constants beside it.
        signature: the shapes and kinds that it may use.

    Raises:
        BadProgram: with the line, what is wrong, what was expected and how to mend it.
    """
    trace = Trace(signature=signature)
    try:
        total, parts = trace.follow(read(source))
        return RewardProgram(source, signature, total, parts, trace)
    except RecursionError:
        refuse("the program is nested too deeply", trace.line, mend="give intermediate results a name")
    except (TypeError, LookupError, ArithmeticError, AttributeError, MemoryError) as error:
        refuse(f"cannot be understood: {type(error).__name__}", trace.line, mend="use simpler expressions")
