"""Features of the components of an observation, and of `info` columns."""

import re
from collections.abc import Mapping
from typing import Any

from rewardlab.rewards.language.evolution.card import Said, codes, digits, place, span
from rewardlab.rewards.language.evolution.features import Feature, Found, Kind, identifier, length
from rewardlab.rewards.language.evolution.pictures import codes_seen, planes

HIDDEN = ("reward", "regret", "score", "return", "seed")  # what judges a design is no part of it
"""What judges a design is no part of it."""
MANY = 64
"""Numbers without a description beyond which a vector is a picture or a code, of which single ones mean nothing."""
POINT = re.compile(r"\b(x, y|position|pos|place|coordinates)\b")


def leaf(one: Any) -> tuple[tuple[int, ...], str]:
    """(shape, kind) of a leaf of a signature."""
    shape, kind = (one.shape, one.kind) if hasattr(one, "kind") else one
    return tuple(shape), str(kind)


def observed(said: Said, obs: Any) -> list[list[Found]]:
    """Groups of features of the observation."""
    block = said.block("Observation")
    if isinstance(obs, Mapping):
        return [
            _component(key, block.get(key, ""), f"[{key!r}]".replace("'", '"'), *leaf(one)) for key, one in obs.items()
        ]
    shape, kind = leaf(obs)
    if shape == ():
        name, meaning = next(iter(block.items()), ("obs", ""))
        made = digits(meaning, said.summary)
        return [_number(name, meaning, "", kind)] if not made else [_digit_features(made, meaning)]
    if len(shape) == 1:
        out, at = [], 0
        for name, meaning in block.items():
            first, last = place(meaning) or (at, at + len(name.split(",")))
            at = last
            if last <= shape[0]:
                out.append(_range(name, meaning, first, last, kind))
        if at >= shape[0]:
            return out
        return [_number(f"obs_{i}", "", f"[{i}]", kind) for i in range(shape[0])] if shape[0] <= MANY else []
    name, meaning = next(iter(block.items()), ("obs", ""))
    return [_component(name, meaning, "", shape, kind)]


def columns(said: Said, info: Mapping[str, Any]) -> list[list[Found]]:
    """Groups of features of the info columns, which are known after the move."""
    out, block = [], said.block("Info")
    for key in [*(k for k in block if k in info), *(k for k in info if k not in block)]:
        one = info[key]
        shape, kind = leaf(one)
        if any(word in key for word in HIDDEN):
            continue
        meaning, at = _sized(block.get(key, ""), said.summary), f'info["{key}"]'
        if shape == ():
            out.append(_number(key, meaning, at, kind, info=True))
        elif len(shape) == 1 and shape[0] <= 3:
            out.append([_point(key, meaning, [f"{at}[{i}]" for i in range(shape[0])], ())])
    return out


def _component(key: str, meaning: str, index: str, shape: tuple[int, ...], kind: str) -> list[Found]:
    if shape == ():
        return _number(key, meaning, index, kind)
    if len(shape) == 1 and kind == "float":
        return _range(key, meaning, 0, shape[0], kind, index)
    if len(shape) == 3:
        return codes_seen(key, meaning, index, shape) if "type" in meaning else planes(key, meaning, index, shape)
    return []


def _range(name: str, meaning: str, first: int, last: int, kind: str, index: str = "") -> list[Found]:
    """Features of the places [first, last) of a vector."""
    names = [n.strip() for n in name.split(",")]
    if len(names) == last - first > 1 and not (_ends(names, "row") and _ends(names, "column")):
        return [f for i, n in enumerate(names) for f in _number(n, meaning, f"{index}[{first + i}]", kind)]
    if last - first == 1:
        return _number(name, meaning, f"{index}[{first}]", kind)
    if last - first > 3:
        return []
    now, before = ([f"{o}{index}[{i}]" for i in range(first, last)] for o in ("next_obs", "obs"))
    key = names[0].removesuffix("row").removesuffix(" ") or "place" if len(names) > 1 else name
    whole = _point(key, meaning, now, before)
    if re.search(r" - |difference|relative|offset", f"{meaning} {name}"):
        size = 2 * whole[0].high if span(meaning) else 1.0
        far = Feature(identifier(f"length {key}"), Kind.DISTANCE, (length(now),), (length(before),), 0.0, size, 2.0)
        whole = far, f"distance {meaning}"
    each = [f for i in range(first, last) for f in _number(f"{key} {i - first}", meaning, f"{index}[{i}]", kind)]
    placed = whole[0].kind is Kind.DISTANCE or POINT.search(f"{name} {meaning}") or len(names) > 1
    return [whole, *each] if placed else each


def _number(name: str, meaning: str, at: str, kind: str, *, info: bool = False) -> list[Found]:
    """A number: a flag, a distance, a share of the work, or a quantity with its single values as flags."""
    now, before = ((at,), ()) if info else ((f"next_obs{at}",), (f"obs{at}",))
    low, high = span(meaning) or (0.0, 1.0)
    key, words = identifier(name), f"{name} {meaning}"
    if kind == "bool" or meaning.startswith("True"):
        return [(Feature(key, Kind.FLAG, now, before), words)]
    if re.match(r"(distance|m, from|how far)", meaning) or "distance" in name:
        return [(Feature(key, Kind.DISTANCE, now, before, 0.0, high), words)]
    if re.search(r"share|progress|how many|_on_|done", words):
        return [(Feature(key, Kind.SHARE, now, before, low, high), words)]
    few = codes(meaning) if kind == "int" else {}
    kinds = (
        () if any(few.values()) else ((key, Kind.NUMBER), (f"{key}_at", Kind.POINT))
    )  # codes with names have no order
    out = [(Feature(n, k, now, before, low, high), words) for n, k in kinds]
    return out + _flags(key, words, dict.fromkeys(few, (now[0], before[0] if before else "")), few)


def _flags(key: str, words: str, at: Mapping[int, tuple[str, str]], few: Mapping[int, str]) -> list[Found]:
    """One flag for each single value of a number."""
    out = []
    for n, word in few.items():
        now, before = at[n]
        name = identifier(f"{key} {word or n}")
        was = (f"({before} == {n})",) if before else ()
        out.append((Feature(name, Kind.FLAG, (f"({now} == {n})",), was, worth=1.5 / len(few)), f"{word or words}"))
    return out


def _digit_features(made: Mapping[str, tuple[int, int]], meaning: str) -> list[Found]:
    """The numbers that an index is made of, and the place that rows and columns are."""
    limits = span(meaning.split(",")[-1])
    out: list[Found] = []
    where: dict[str, tuple[str, str, float]] = {}
    for name, (divisor, modulus) in made.items():
        now, before = (_digit(o, divisor, modulus) for o in ("next_obs", "obs"))
        high = (modulus or (limits[1] + 1) // divisor if limits else modulus or 2) - 1
        if name in ("row", "column"):
            where[name] = (now, before, high)
        else:
            out.append((Feature(identifier(name), Kind.NUMBER, (now,), (before,), 0.0, high), name))
            said = re.search(rf"{name} (.*?)(?:;|, \d+\.\.\d+$|$)", meaning.partition(";")[2])
            few = dict.fromkeys(range(int(high) + 1), "") if high < 12 else {}
            few |= {n: w for n, w in codes(said[1] if said else "").items() if n in few}
            out += _flags(identifier(name), name, dict.fromkeys(few, (now, before)), few)
    if len(where) == 2:
        row, column = where["row"], where["column"]
        both = (row[0], column[0]), (row[1], column[1])
        out.insert(0, (Feature("place", Kind.POINT, *both, 0.0, max(row[2], column[2]), 2.0), "place"))
    return out


def _sized(meaning: str, summary: str) -> str:
    """The meaning with a range of cells, where the summary says how many there are."""
    sizes = re.search(r"(\d+) x (\d+)", summary)
    if "in cells" in meaning and sizes and not span(meaning):
        return f"{meaning}; 0..{max(int(n) for n in sizes.groups()) - 1}"
    return meaning


def _point(name: str, meaning: str, now: Any, before: Any) -> Found:
    low, high = span(meaning) or (0.0, 1.0)
    point = Feature(identifier(name), Kind.POINT, tuple(now), tuple(before), low, high, missing="-1, -1" in meaning)
    return point, f"{name} {meaning}"


def _ends(names: list[str], word: str) -> bool:
    return any(n.endswith(word) for n in names)


def _digit(o: str, divisor: int, modulus: int) -> str:
    part = f"{o} // {divisor}" if divisor > 1 else o
    return f"({part} % {modulus})" if modulus else f"({part})"
