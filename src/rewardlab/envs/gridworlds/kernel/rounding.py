"""Products that are rounded before anything is added to them, on every processor.

    product(a, b) = round(a b)

A compiler for a GPU makes one fused instruction of 1 - a b, which rounds once where a CPU rounds twice: the last bit of
a reward would then depend on the device. `cuda_drivers` gives this function the instruction that cannot be fused.
"""

from typing import Any

from numba.extending import overload


def product(a: Any, b: Any) -> Any:
    """a * b of float64, rounded to float64."""
    return a * b


@overload(product)
def _on_a_cpu(a, b):  # type: ignore[no-untyped-def]
    return lambda a, b: a * b
