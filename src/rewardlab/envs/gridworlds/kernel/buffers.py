"""Memory that is handed out anew for every step, and taken back once nobody holds it.

Fresh arrays of a megabyte cost more to page in than to fill. What a caller keeps is never written again: an array is
used again only when no reference to it, nor to a view of it, is left.
"""

import sys
from typing import Any

import numpy as np

_KEPT = 4  # arrays that are looked at again; whoever keeps more of them pays for new ones


class Buffers:
    """Arrays of one shape and type, with what they held before still in them.

    Args:
        shape: of each array.
        dtype: of each array.
    """

    def __init__(self, shape: tuple[int, ...] | int, dtype: Any) -> None:
        self._shape, self._dtype = shape, np.dtype(dtype)
        self._made: list[np.ndarray] = []
        probe = [np.empty(0)]
        self._idle = next(sys.getrefcount(array) for array in probe)  # of an array that only its list holds

    def __call__(self) -> np.ndarray:
        """An array that nobody holds."""
        for array in self._made:
            if sys.getrefcount(array) == self._idle:
                return array
        array = np.empty(self._shape, self._dtype)
        if len(self._made) < _KEPT:
            self._made.append(array)
        return array

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_made": []}
