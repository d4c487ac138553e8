"""Norms, products and crosses of vectors and matrices."""

import math
from typing import Any

from rewardlab.core.sandbox.language import arithmetic
from rewardlab.core.sandbox.language.functions import reductions, shapes
from rewardlab.core.sandbox.language.functions.elementwise import Table, absolute
from rewardlab.core.sandbox.language.graph import Number, Value
from rewardlab.core.sandbox.language.refusal import refuse


def norm(m: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Number:
    """The length of a vector; order 1, 2, a number or infinity; of a matrix the root of the sum of squares."""
    g, x = m.g, arithmetic.to_float(m.g, m.number(x))
    shape = arithmetic.shape_of(x)
    if ord in (None, 2, 2.0, "fro"):
        if ord == 2 and len(shape) == 2 and axis is None:
            refuse("the spectral norm of a matrix is not part of the reward language", m.line)
        return reductions.reduced("norm", "float", m, x, axis, keepdims)
    if isinstance(ord, (str, Value)) or (len(shape) != 1 and axis is None):
        refuse(f"np.linalg.norm of order {ord!r} of an array of shape {shape}", m.line, expected="a vector")
    size = absolute(m, x)
    if ord in (math.inf, -math.inf):
        return reductions.extreme("max" if ord > 0 else "min", m, size, axis, keepdims)
    if ord == 0:
        return reductions.total(m, arithmetic.cast(g, x, "bool"), axis, None, keepdims)
    if ord == 1:
        return reductions.total(m, size, axis, None, keepdims)
    powers = reductions.total(m, arithmetic.power(g, size, float(ord)), axis, None, keepdims)
    return arithmetic.power(g, powers, 1.0 / ord)


def torch_norm(m: Any, x: Any, p: Any = 2, dim: Any = None, keepdim: Any = False) -> Number:
    """`norm` in torch's words."""
    x = m.number(x)
    return norm(m, x, None if p == 2 and dim is None else p, dim, keepdim)


def matmul(m: Any, a: Any, b: Any) -> Number:
    """The matrix product of vectors and matrices."""
    g, a, b = m.g, m.number(a), m.number(b)
    shapes = arithmetic.shape_of(a), arithmetic.shape_of(b)
    if not all(1 <= len(s) <= 2 for s in shapes) or shapes[0][-1] != shapes[1][0]:
        refuse(f"the product of shapes {shapes[0]} and {shapes[1]}", m.line, expected="vectors or matrices that fit")
    kind = arithmetic.join(a, b)
    if shapes[0][-1] == 0:
        refuse("the product of empty arrays", m.line)
    if kind == "bool":  # of truth values it is whether any two are true
        counted = g.apply("matmul", arithmetic.cast(g, a, "int"), arithmetic.cast(g, b, "int"))
        return arithmetic.compare(g, "ne", counted, 0)
    return g.apply("matmul", arithmetic.cast(g, a, kind), arithmetic.cast(g, b, kind))


def dot(m: Any, a: Any, b: Any) -> Number:
    """The product of vectors, matrices or plain numbers."""
    a, b = m.number(a), m.number(b)
    if not arithmetic.shape_of(a) or not arithmetic.shape_of(b):
        return arithmetic.binary(m.g, "mul", a, b)
    return matmul(m, a, b)


def inner(m: Any, a: Any, b: Any) -> Number:
    """The inner product of two vectors."""
    a, b = m.number(a), m.number(b)
    if len(arithmetic.shape_of(a)) > 1 or len(arithmetic.shape_of(b)) > 1:
        refuse("np.inner of matrices is not part of the reward language", m.line, mend="use a @ b.T")
    return dot(m, a, b)


def outer(m: Any, a: Any, b: Any) -> Number:
    """Every product of two vectors."""
    flat = [m.reshaped(v, (m.size(v),)) for v in (m.array(a, 1), m.array(b, 1))]
    kind = arithmetic.join(*flat)
    return m.g.apply("outer", *[arithmetic.cast(m.g, v, "int" if kind == "bool" else kind) for v in flat])


def cross(m: Any, a: Any, b: Any) -> Number:
    """The cross product of two vectors of three numbers, or the third component for two."""
    g, a, b = m.g, m.number(a), m.number(b)
    if arithmetic.shape_of(a) != arithmetic.shape_of(b) or arithmetic.shape_of(a) not in ((2,), (3,)):
        refuse("np.cross needs two vectors of three numbers", m.line)
    x, y = ([g.apply("index", v, static=((i,),)) for i in range(v.shape[0])] for v in (a, b))

    def part(i: int, j: int) -> Number:
        return arithmetic.binary(
            g, "sub", arithmetic.binary(g, "mul", x[i], y[j]), arithmetic.binary(g, "mul", x[j], y[i])
        )

    return part(0, 1) if len(x) == 2 else m.stacked([part(1, 2), part(2, 0), part(0, 1)], 0)


def trace(m: Any, x: Any) -> Number:
    """The sum of the diagonal."""
    return reductions.total(m, shapes.diagonal(m, x))


def dist(m: Any, a: Any, b: Any) -> Number:
    """The distance of two points."""
    return norm(m, arithmetic.binary(m.g, "sub", m.number(a), m.number(b)))


TABLE: Table = {
    "linalg.norm": norm, "dot": dot, "vdot": dot, "matmul": matmul, "inner": inner, "outer": outer, "cross": cross,
    "trace": trace,
}  # fmt: skip
TORCH: Table = {"norm": torch_norm, "linalg.norm": torch_norm, "dot": dot, "matmul": matmul, "dist": dist}
