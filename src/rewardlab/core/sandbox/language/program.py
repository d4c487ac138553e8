"""Reward programs: compiled from text, called on batches.

    total [B] = program(batch),    parts {name: [B]} = program.parts(batch)

The text is written for one step; the compiled form is a handful of array operations over the whole batch. Nothing that
a program could do at run time is left open when it is accepted: shapes, columns, loops and sizes are settled.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, is_torch
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadReward
from rewardlab.core.sandbox.language import backends, emit
from rewardlab.core.sandbox.language.graph import Number
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
        self._torch: dict[Any, Any] = {}

    def __call__(self, batch: Transitions) -> Array:
        """The reward of each step, [B] or with whatever leading axes the batch has.

        Raises:
            BadReward: if one is not finite, naming the row.
            BadBatch: if the batch has other shapes than the program was compiled for.
        """
        return self._checked(self._run(batch)[0], batch)

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
        return self._checked(out[0], batch), dict(zip(self.names, out[1:], strict=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return compile_program, (self.source, self.signature)

    def __repr__(self) -> str:
        return f"RewardProgram({self.hash[:12]}, reads {', '.join(self.uses) or 'nothing'})"

    def _run(self, batch: Transitions) -> list[Array]:
        arrays = [self._input(batch, path, shape) for path, shape in self._inputs]
        lead = batch.shape
        if any(is_torch(x) for x in arrays) or (not arrays and is_torch(batch.reward)):
            return [self._shaped_torch(x, lead, batch) for x in self._function(batch, arrays)(*arrays)]
        with np.errstate(all="ignore"):
            out = self._numpy(*arrays)
        return [self._shaped(x, lead) for x in out]

    def _input(self, batch: Transitions, path: tuple[Any, ...], shape: tuple[int, ...]) -> Array:
        """One array of the batch as [*event, B]."""
        if path[0] == "info":
            x = batch.column(path[1], by="a reward program")
        elif path[0] == "done":
            x = batch.done
        else:
            x = getattr(batch, path[0])
            for k in path[1:]:
                x = x[k]
        lead = batch.shape
        if tuple(x.shape) != (*lead, *shape):
            raise BadBatch(
                f"{_said(path)} has shape {tuple(x.shape)}", where="a reward program", expected=f"{(*lead, *shape)}"
            )
        if len(lead) != 1:
            x = x.reshape(-1, *shape)
        if len(shape) == 1:
            return x.T
        if not shape:
            return x
        return x.permute(*range(1, x.ndim), 0) if is_torch(x) else np.moveaxis(x, 0, -1)

    def _shaped(self, x: Any, lead: tuple[int, ...]) -> np.ndarray:
        rows = int(np.prod(lead))
        x = np.asarray(x, dtype=np.float64)
        if x.shape != (rows,):
            x = np.broadcast_to(x, (rows,)).copy()
        elif x.base is not None or not x.flags.owndata:
            x = x.copy()
        return x.reshape(lead)

    def _function(self, batch: Transitions, arrays: list[Array]) -> Any:
        floats = [x for x in (*arrays, batch.reward) if is_torch(x) and x.dtype.is_floating_point]
        like = floats[0]
        key = (like.dtype, str(like.device))
        if key not in self._torch:
            self._torch[key] = emit.build(self.code, backends.over_tensors(self._constants, like))
        return self._torch[key]

    def _shaped_torch(self, x: Any, lead: tuple[int, ...], batch: Transitions) -> Any:
        import torch

        rows = int(np.prod(lead))
        like = batch.reward
        x = torch.as_tensor(
            x, dtype=like.dtype if not is_torch(x) or not x.dtype.is_floating_point else x.dtype, device=like.device
        )
        return torch.broadcast_to(x, (rows,)).clone().reshape(lead)

    def _checked(self, total: Array, batch: Transitions) -> Array:
        sums = total.sum()
        if sums - sums == 0:
            return total
        flat = np.asarray(total.detach().cpu() if is_torch(total) else total).ravel()
        bad = np.flatnonzero(~np.isfinite(flat))
        if not len(bad):
            return total
        raise BadReward(
            f"the program {self.hash[:12]} pays {flat[bad[0]]} in row {bad[0]} ({len(bad)} of {len(flat)} rows)",
            where="a reward program",
            expected="a finite number for every step",
            mend="guard divisions, roots, logarithms and large exponents",
        )


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
