"""The loops over environments on a CUDA device: one thread for one environment, by the scalar functions of the CPU.

What a kernel does for environment e is `step_one`, `begin_one`, `look` and the info columns' function, compiled from
the very source that `drivers` compiles for the CPU. Nothing is fused, reordered or approximated: integers, and one
product that is rounded before it is subtracted from.
"""

import functools
import importlib
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from rewardlab.envs.gridworlds.kernel.columns import tell_one
from rewardlab.envs.gridworlds.kernel.rounding import product
from rewardlab.envs.gridworlds.kernel.step import begin_one, step_one
from rewardlab.envs.gridworlds.kernel.view import look

# The package numba-cuda puts itself in the place of `numba.cuda` when Python starts: type checkers see the old one.
cuda: Any = importlib.import_module("numba.cuda")
THREADS = 128  # of a block: a step needs some 70 registers a thread, and blocks of this size fill a multiprocessor
SIMULATED = bool(vars(numba.config)["ENABLE_CUDASIM"])
"""True where kernels run as Python threads (`NUMBA_ENABLE_CUDASIM=1 NUMBA_DISABLE_JIT=1`)."""


def step_kernel(  # type: ignore[no-untyped-def]
    actions, active, const, lines, cells, inside, tags, places, field, wide, words, picture, reward, ended, cut
):
    """One step of each active row; the others keep their state, pay 0 and do not end. Arguments: see `step_one`."""
    e = cuda.grid(1)
    if e < actions.shape[0]:
        if active[e]:
            step_one(
                e, np.int64(actions[e]), const, lines, cells, inside, tags, places, field, wide, words, picture,
                reward, ended, cut,
            )  # fmt: skip
        else:
            reward[e], ended[e], cut[e] = 0.0, False, False


def begin_kernel(  # type: ignore[no-untyped-def]
    rows, levels, const, lines, cells, inside, tags, places, field, wide, words, picture,
    new_cells, new_inside, new_tags, new_field, new_wide,
):  # fmt: skip
    """Level levels[i] goes into row rows[i]. Arguments: see `begin_one`."""
    i = cuda.grid(1)
    if i < rows.shape[0]:
        begin_one(
            rows[i], levels[i], const, lines, cells, inside, tags, places, field, wide, words, picture,
            new_cells, new_inside, new_tags, new_field, new_wide,
        )  # fmt: skip


def look_kernel(const, lines, cells, field, words, picture):  # type: ignore[no-untyped-def]
    """The pictures of all rows are drawn anew. Arguments: see `look`."""
    e = cuda.grid(1)
    if e < field.shape[0]:
        look(e, const, field, lines, cells, words, picture)


def tell_kernel(const, field, places, flags, progress):  # type: ignore[no-untyped-def]
    """The info columns of all rows. Arguments: see `columns.Fill`."""
    e = cuda.grid(1)
    if e < field.shape[0]:
        tell_one(e, const, field, places, flags, progress)


def launch(kernel: Callable, rows: int, stream: Any, *args: Any) -> None:
    """Run a kernel with a thread for each of `rows` >= 1 rows; it is compiled at its first call."""
    threads = min(THREADS, rows)
    _compiled(kernel)[-(-rows // threads), threads, stream](*args)


@functools.cache
def round_products() -> None:
    """Give `product` the instruction of a CUDA device that is never fused; before the first compilation."""
    libdevice = importlib.import_module("numba.cuda.libdevice")

    @importlib.import_module("numba.cuda.extending").overload(product)
    def _on_a_device(a, b):  # type: ignore[no-untyped-def]
        return lambda a, b: libdevice.dmul_rn(a, b)


@functools.cache
def _compiled(kernel: Callable) -> Any:
    if SIMULATED:
        return cuda.jit(kernel)
    round_products()
    return cuda.jit(kernel, lto=False)  # what is tested is what runs: the linker optimises nothing again
