"""Parameters within their ranges; whoever is given another number says its name and what was expected.

above_0: x > 0,    at_least_0: x ≥ 0,    shares: 0 ≤ x ≤ 1,    all finite
"""

import math
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption


def above_0(by: str, **values: Any) -> None:
    """Nothing, if all are finite numbers above 0.

    Raises:
        BadOption: naming the first that is not.
    """
    for name, value in values.items():
        _hold(by, name, value, _number(value) and value > 0, "a number above 0")


def at_least_0(by: str, **values: Any) -> None:
    """Nothing, if all are finite numbers of at least 0.

    Raises:
        BadOption: naming the first that is not.
    """
    for name, value in values.items():
        _hold(by, name, value, _number(value) and value >= 0, "a number of at least 0")


def shares(by: str, **values: Any) -> None:
    """Nothing, if all lie in [0, 1].

    Raises:
        BadOption: naming the first that does not.
    """
    for name, value in values.items():
        _hold(by, name, value, _number(value) and 0 <= value <= 1, "a number in [0, 1]")


def below_1(by: str, **values: Any) -> None:
    """Nothing, if all lie in [0, 1), 1 itself left out.

    Raises:
        BadOption: naming the first that does not.
    """
    for name, value in values.items():
        _hold(by, name, value, _number(value) and 0 <= value < 1, "a number in [0, 1)")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and math.isfinite(value)


def _hold(by: str, name: str, value: Any, allowed: bool, expected: str) -> None:
    if not allowed:
        raise BadOption(f"{name}={value!r}", where=by, expected=expected)
