"""Reward programs: compiled from text, called on batches.

    total [B] = program(batch),    parts {name: [B]} = program.parts(batch)

The text is written for one step; the compiled form is a handful of array operations over the whole batch. Nothing that
a program could do at run time is left open when it is accepted: shapes, columns, loops and sizes are settled.
"""

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadReward
from rewardlab.core.sandbox.language import backends, emit
from rewardlab.core.sandbox.language.graph import Number, Value, base
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
        self._inputs = [(v.static, v.shape) for v in emit.inputs(values)]
        self.uses = tuple(sorted({_said(path) for path, _ in self._inputs}))
        self._constants = {f"c{v.index}": v for v in values if v.op == "constant"}
        self._numpy = emit.build(self.code, backends.over_batch(self._constants))
        self._one = emit.build(self.code, backends.over_one(self._constants))
        self._torch: dict[Any, Any] = {}
        bases = [base(v) if isinstance(v, Value) else None for v in (total, *parts.values())]
        self._shared = [b is not None and (b.op == "input" or b in bases[:i]) for i, b in enumerate(bases)]

    def __call__(self, batch: Transitions) -> Array:
        """The reward of each step, [B] or with whatever leading axes the batch has.

        Raises:
            BadReward: if one is not finite, naming the row.
            BadBatch: if the batch has other shapes than the program was compiled for.
        """
        return self.both(batch)[0]

    def parts(self, batch: Transitions) -> dict[str, Array]:
        """Each named part [B]; empty if the program returns only a number."""
        return self.both(batch)[1] if self.names else {}

    def both(self, batch: Transitions) -> tuple[Array, dict[str, Array]]:
        """The reward and its parts, in one run.

        Raises:
            BadReward: if a reward is not finite, naming the row.
            BadBatch: if the batch has other shapes than the program was compiled for.
        """
        out = self._run(batch)
        self._check(out[0])
        return out[0], dict(zip(self.names, out[1:], strict=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return compile_program, (self.source, self.signature)

    def __repr__(self) -> str:
        return f"RewardProgram({self.hash[:12]}, reads {', '.join(self.uses) or 'nothing'})"

    def _run(self, batch: Transitions) -> list[Array]:
        lead = batch.shape
        arrays = [self._array(batch, lead, path, shape) for path, shape in self._inputs]
        if any(map(is_torch, arrays)) or (not arrays and is_torch(batch.reward)):
            arrays = [_last(x, lead, shape) for x, (_, shape) in zip(arrays, self._inputs, strict=True)]
            return [_tensor(x, lead, batch.reward) for x in self._function(batch, arrays)(*arrays)]
        rows = 1
        for n in lead:
            rows *= n
        with np.errstate(all="ignore"):
            if rows == 1:
                one = [x.reshape(shape)[()] for x, (_, shape) in zip(arrays, self._inputs, strict=True)]
                return [np.full(lead, x, dtype=np.float64) for x in self._one(*one)]
            arrays = [_last(x, lead, shape) for x, (_, shape) in zip(arrays, self._inputs, strict=True)]
            return [_shaped(x, lead, rows, s) for x, s in zip(self._numpy(*arrays), self._shared, strict=True)]

    def _array(self, batch: Transitions, lead: tuple[int, ...], path: tuple[Any, ...], shape: tuple[int, ...]) -> Array:
        """One array of the batch, [*lead, *event]."""
        if path[0] == "info":
            x = batch.column(path[1], by="a reward program")
        else:
            x = getattr(batch, path[0])
            for k in path[1:]:
                x = x[k]
        if tuple(x.shape) != lead + shape:
            raise BadBatch(
                f"{_said(path)} has shape {tuple(x.shape)}", where="a reward program", expected=f"{lead + shape}"
            )
        return x

    def _function(self, batch: Transitions, arrays: list[Array]) -> Any:
        floats = [x for x in (*arrays, batch.reward) if is_torch(x) and x.dtype.is_floating_point]
        like = floats[0]
        key = (like.dtype, str(like.device))
        if key not in self._torch:
            self._torch[key] = emit.build(self.code, backends.over_tensors(self._constants, like))
        return self._torch[key]

    def _check(self, total: Array) -> None:
        total = total.detach() if is_torch(total) else total
        with np.errstate(over="ignore"):
            if math.isfinite(total.sum()):
                return
        flat = array(total).ravel()
        bad = np.flatnonzero(~np.isfinite(flat))
        if not len(bad):
            return
        raise BadReward(
            f"the program {self.hash[:12]} pays {flat[bad[0]]} in row {bad[0]} ({len(bad)} of {len(flat)} rows)",
            where="a reward program",
            expected="a finite number for every step",
            mend="guard divisions, roots, logarithms and large exponents",
        )


def _last(x: Array, lead: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """[*lead, *event] as [*event, B]."""
    if len(lead) != 1:
        x = x.reshape(-1, *shape)
    if not shape:
        return x
    if len(shape) == 1:
        return x.T
    return x.permute(*range(1, x.ndim), 0) if is_torch(x) else np.moveaxis(x, 0, -1)


def _shaped(x: Any, lead: tuple[int, ...], rows: int, shared: bool) -> np.ndarray:
    """A result as an array [*lead] of its own memory."""
    x = np.asarray(x, dtype=np.float64)
    if shared or x.shape != (rows,) or x.base is not None or not x.flags.writeable:
        x = np.array(np.broadcast_to(x, (rows,)))
    return x if len(lead) == 1 else x.reshape(lead)


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
