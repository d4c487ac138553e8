"""Checks of numbers that loops over tokens are given."""

from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption


def whole_number(total_timesteps: Any, *, where: str) -> int:
    """`total_timesteps` as an int of at least 0.

    Raises:
        BadOption: for anything else.
    """
    whole = isinstance(total_timesteps, (int, np.integer)) and not isinstance(total_timesteps, bool)
    if not whole or total_timesteps < 0:
        raise BadOption(f"total_timesteps={total_timesteps!r}", where=where, expected="an integer of at least 0")
    return int(total_timesteps)


def counts(where: str, *, least: int = 1, **values: Any) -> None:
    """Raises BadOption unless all values are integers of at least `least`."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise BadOption(f"{name}={value!r}", where=where, expected=f"an integer of at least {least}")
