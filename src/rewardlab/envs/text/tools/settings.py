"""What tools that run foreign text have in common: limits that are positive, and a word for their walls."""

import math
from typing import Any, get_args

from rewardlab.core.errors import BadOption
from rewardlab.core.sandbox.jail.session import Sandbox


def check(tool: Any, *limits: str) -> None:
    """Look at the fields `limits` and `sandbox` of a tool.

    Raises:
        BadOption: for a limit that is not positive and finite, and for an unknown word.
    """
    where = type(tool).__name__
    for name in limits:
        value = getattr(tool, name)
        if not (value > 0 and math.isfinite(value)):
            raise BadOption(f"{name}={value!r}", where=where, expected="a positive number")
    if tool.sandbox not in get_args(Sandbox):
        words = " or ".join(f'"{word}"' for word in get_args(Sandbox))
        raise BadOption(f"sandbox={tool.sandbox!r}", where=where, expected=words, mend='sandbox="jail"')
