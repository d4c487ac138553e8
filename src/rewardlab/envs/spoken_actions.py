"""Actions in words: how an action is named, and which action a text means.

    "left", "3" or "action: left." for one of several;  "0.5 -1" for a vector;  "up, wait" for one of several each

Names are read from the card of an environment, where it lists them ("0 up, 1 right, ..."); numbers are always known.
"""

import re
import string
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.errors import BadOption

CHARSET = string.ascii_letters + string.digits + string.punctuation + " \n\t"
_KNOWN = frozenset(CHARSET)
_LISTED = re.compile(r"(?:^|[,:;] ?|\()(\d{1,4}) ([A-Za-z][A-Za-z' -]*)")
_LEAD = re.compile(r"^(?:action|move|answer)\s*:\s*", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_REAL = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?")


def escape(text: str) -> str:
    r"""`text` with every character outside CHARSET written as \u{hex}."""
    return text if _KNOWN.issuperset(text) else "".join(c if c in _KNOWN else f"\\u{{{ord(c):x}}}" for c in text)


def check_names(names: Sequence[Sequence[str]], space: spaces.Space, where: str) -> tuple[tuple[str, ...], ...]:
    """Names for each component of an action, each name once and none of them a number; () for a component without.

    Raises:
        BadOption: for names that do not fit the space.
    """
    sizes = choices(space)
    given = tuple(tuple(" ".join(str(name).lower().split()) for name in part) for part in names)
    for part, size in zip(given, sizes, strict=False):
        strange = any(not name or _WHOLE.fullmatch(name) or "," in name for name in part)
        if part and (len(part) != size or len(set(part)) != size or strange):
            raise BadOption(f"names={part!r}", where=where, expected=f"{size} different words")
    if len(given) != len(sizes):
        raise BadOption(f"names of {len(given)} components", where=where, expected=f"{len(sizes)}, one tuple for each")
    return given


def choices(space: spaces.Space) -> tuple[int, ...]:
    """How many values each component of an action has; () for a space of numbers."""
    if isinstance(space, spaces.Discrete):
        return (int(space.n),)
    if isinstance(space, spaces.MultiDiscrete):
        return tuple(space.nvec.ravel().tolist())
    if isinstance(space, spaces.MultiBinary):
        return (2,) * int(np.prod(space.shape))
    return ()


def named(space: spaces.Space, action: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """The names of each component's values that the `action` of a card lists; () for a component without names."""
    sizes = choices(space)
    if len(sizes) == 1 and sizes[0] > 1 and [*action] == [str(k) for k in range(sizes[0])]:
        return (_fit([re.split(r"[;,(.]", text)[0] for text in action.values()], sizes[0]),)
    found: list[tuple[str, ...]] = []
    for k, size in enumerate(sizes):
        text = [*action.values()][k] if k < len(action) else ""
        if "likewise" in text and found and len(found[-1]) == size:
            found.append(found[-1])
            continue
        listed = {int(number): name for number, name in _LISTED.findall(text)}
        found.append(_fit([listed[i] for i in range(size)], size) if sorted(listed) == [*range(size)] else ())
    return tuple(found)


def _fit(texts: Sequence[str], size: int) -> tuple[str, ...]:
    names = tuple(" ".join(text.lower().split()) for text in texts)
    return names if len(set(names)) == size and all(0 < len(name) <= 24 for name in names) else ()


def usage(space: spaces.Space, names: Sequence[Sequence[str]]) -> str:
    """How one says an action, in a sentence."""
    if isinstance(space, spaces.Box):
        low, high = (np.unique(x) for x in (space.low, space.high))
        bounds = f", each {low[0]:g}..{high[0]:g}" if len(low) == len(high) == 1 else ""
        return f"Say {int(np.prod(space.shape))} numbers with spaces between them{bounds}."
    first = choices(space)
    start = int(space.start) if isinstance(space, spaces.Discrete) else 0
    parts = [
        "one of " + ", ".join(part) if part else f"a number {start}..{start + size - 1}"
        for part, size in zip(names, first, strict=True)
    ]
    return f"Say {parts[0]}." if len(parts) == 1 else "Say, with commas between: " + "; ".join(parts) + "."


def idle(space: spaces.Space) -> Any:
    """Some action of the space."""
    if isinstance(space, spaces.Box):
        return np.clip(np.zeros(space.shape), space.low, space.high).astype(space.dtype)
    return _starts(space).copy()


def _starts(space: Any) -> np.ndarray:
    """The smallest value of each component, in the shape and type of an action."""
    start = getattr(space, "start", 0)
    return np.broadcast_to(np.asarray(start, dtype=space.dtype), space.shape or ())


def speakable(space: spaces.Space) -> bool:
    """Can actions of this space be said: choices, or finite numbers?"""
    if isinstance(space, spaces.Box):
        return space.dtype is not None and space.dtype.kind == "f"
    return bool(choices(space))


def parse(said: str, space: spaces.Space, names: Sequence[Sequence[str]]) -> Any | None:
    """The action that a text means, as an array of the space; None if it means none.

    Args:
        said: any text; of several lines the last one counts.
        space: `Discrete`, `MultiDiscrete`, `MultiBinary`, or a `Box` of floats.
        names: of each component's values, () for none.
    """
    lines = [line for line in said[-2000:].strip().split("\n") if line.strip()]
    text = _LEAD.sub("", lines[-1].strip()).strip().rstrip(".").lower() if lines else ""
    if not isinstance(space, spaces.Box):
        sizes = choices(space)
        pieces = [text] if len(sizes) == 1 else text.split(",") if "," in text else text.split()
        if len(pieces) != len(sizes):
            return None
        starts = np.ravel(_starts(space)).tolist()
        found = [_choice(p, *x) for p, *x in zip(pieces, names, sizes, starts, strict=True)]
        if None in found:
            return None
        return np.asarray(found, dtype=space.dtype).reshape(space.shape or ())
    pieces = text.replace(",", " ").strip("[]() ").split()
    if len(pieces) != int(np.prod(space.shape)) or not all(_REAL.fullmatch(p) for p in pieces):
        return None
    x = np.array([float(p) for p in pieces]).reshape(space.shape)
    return x.astype(space.dtype) if ((space.low <= x) & (x <= space.high)).all() else None


def _choice(piece: str, names: Sequence[str], size: int, start: int) -> int | None:
    word = " ".join(piece.split())
    if word in names:
        return start + [*names].index(word)
    number = int(word) if _WHOLE.fullmatch(word) else start - 1
    return number if start <= number < start + size else None


def words_of(space: spaces.Space, names: Sequence[Any] | None, listed: Mapping[str, str], where: str) -> Any:
    """The names of each component's values: those given, else those that the `action` of a card lists.

    Raises:
        BadOption: for actions that cannot be said, and for names that do not fit.
    """
    if not speakable(space):
        raise BadOption(f"actions in {space!r:.80}", where=where, expected="choices, or a Box of floats")
    if names is None:
        return named(space, listed)
    whole = [names] if names and isinstance(names[0], str) else names
    return check_names(whole, space, where)


def numbers(obs: Any) -> str:
    """The numbers of an observation, in a line, or a line for each part of a dict."""
    if isinstance(obs, dict):
        return "\n".join(f"{key}: {numbers(value)}" for key, value in obs.items())
    if isinstance(obs, tuple):
        return "\n".join(map(numbers, obs))
    if isinstance(obs, str):
        return obs
    return " ".join(f"{x:.6g}" for x in np.ravel(np.asarray(obs)).tolist())
