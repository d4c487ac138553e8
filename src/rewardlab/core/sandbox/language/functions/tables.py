"""All names of the modules that a program may speak of."""

import math
from functools import partial
from typing import Any

from rewardlab.core.sandbox.language.functions import builtin, elementwise, linear, methods, reductions, shapes
from rewardlab.core.sandbox.language.functions.elementwise import Table
from rewardlab.core.sandbox.language.values import Type

ARRAYS: Table = {**elementwise.TABLE, **reductions.TABLE, **shapes.TABLE, **linear.TABLE}
_MATH = (
    "sqrt", "exp", "expm1", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil", "trunc", "fabs", "copysign", "degrees",
    "radians", "isnan", "isinf", "isfinite", "isclose",
)  # fmt: skip
MATH: Table = {k: ARRAYS[k] for k in _MATH}


def logarithm(m: Any, x: Any, base: Any = None) -> Any:
    """`math.log`, natural or of a base."""
    if base is None:
        return elementwise.unary("log", m, x)
    parts = [elementwise.unary("log", m, v) for v in (x, base)]
    return elementwise.infix("div", m, *parts)


def hypotenuse(m: Any, *parts: Any) -> Any:
    """`math.hypot` of any number of parts."""
    return elementwise.pair("hypot", m, *parts) if len(parts) == 2 else linear.norm(m, parts)


MATH |= {"log": logarithm, "hypot": hypotenuse, "pow": builtin.power, "fsum": reductions.total, "dist": linear.dist}
_TORCH = (
    "exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "abs", "floor", "ceil", "round",
    "sign", "sum", "mean", "max", "min", "std", "var", "any", "all", "prod", "where", "maximum", "minimum",
    "atan2", "square", "stack", "zeros", "ones", "zeros_like", "ones_like", "full_like", "cross", "logical_and",
    "logical_or", "logical_not", "argmax", "argmin", "asin", "acos", "atan", "clip", "isnan", "isfinite",
    "squeeze", "reshape", "median", "full", "eye", "linspace", "hypot", "cumsum", "nan_to_num",
)  # fmt: skip
TORCH: Table = {k: ARRAYS[k] for k in _TORCH}
TORCH |= {
    **linear.TORCH, "clamp": methods.clamp, "cat": shapes.concatenate, "concat": shapes.concatenate,
    "tensor": shapes.array, "as_tensor": shapes.array, "sigmoid": elementwise.sigmoid, "relu": elementwise.relu,
    "pow": partial(elementwise.infix, "pow"), "square": elementwise.square, "unsqueeze": methods.unsqueeze,
}  # fmt: skip
FUNCTIONS: Table = {
    **{f"np.{k}": f for k, f in ARRAYS.items()},
    **{f"math.{k}": f for k, f in MATH.items()},
    **{f"torch.{k}": f for k, f in TORCH.items()},
}
_FLOATS, _INTS = (
    ["float16", "float32", "float64", "double", "float_"],
    ["int8", "int16", "int32", "int64", "uint8", "int_"],
)
TYPES: dict[str, Type] = {
    **{f"np.{k}": Type(f"np.{k}", "float", builtin.to_float) for k in _FLOATS},
    **{f"np.{k}": Type(f"np.{k}", "int", builtin.to_int) for k in _INTS},
    **{f"np.{k}": Type(f"np.{k}", "bool", builtin.to_bool) for k in ("bool_", "bool")},
    "np.ndarray": Type("np.ndarray", "array"), "torch.Tensor": Type("torch.Tensor", "array"),
    "np.floating": Type("np.floating", "float"), "np.integer": Type("np.integer", "int"),
    **{f"torch.{k}": Type(f"torch.{k}", "float") for k in ("float", "float32", "float64", "double")},
    **{f"torch.{k}": Type(f"torch.{k}", "int") for k in ("int", "long", "int32", "int64")},
    "torch.bool": Type("torch.bool", "bool"),
}  # fmt: skip
CONSTANTS: dict[str, Any] = {
    "np.pi": math.pi, "np.e": math.e, "np.inf": math.inf, "np.nan": math.nan, "np.newaxis": None,
    "math.pi": math.pi, "math.e": math.e, "math.inf": math.inf, "math.nan": math.nan, "math.tau": math.tau,
    "torch.pi": math.pi, "torch.inf": math.inf, "torch.nan": math.nan,
}  # fmt: skip
MODULES = {"np": "np", "numpy": "np", "math": "math", "torch": "torch"}
NESTED = ("np.linalg", "torch.linalg")
