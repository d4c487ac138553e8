"""Features of pictures: of codes that say what stands in each cell, and of planes of 0 and 1."""

import re
from itertools import combinations

from rewardlab.rewards.language.evolution.features import Feature, Found, Kind, identifier


def codes_seen(key: str, meaning: str, index: str, shape: tuple[int, ...]) -> list[Found]:
    """A picture [W, H, C] of codes whose first channel is a type: what is held, seen, and how near it is."""
    types = re.search(r"type (\d+)\.\.(\d+)", meaning)
    own = re.search(r"itself at \[(\d+), (\d+)\]", meaning)
    if not types:
        return []
    out, count = [], int(types[2]) - int(types[1]) + 1
    wide, high = shape[:2]
    for code in range(int(types[1]), int(types[2]) + 1):
        is_seen, is_held, is_far = [], [], []
        for o in ("next_obs", "obs"):
            layer = f"{o}{index}[:, :, 0] == {code}"
            is_seen.append(f"np.any({layer})")
            if own:
                x, y = int(own[1]), int(own[2])
                is_held.append(f"({o}{index}[{x}, {y}, 0] == {code})")
                steps = f"np.abs(np.arange({wide}) - {x})[:, None] + np.abs(np.arange({high}) - {y})[None, :]"
                is_far.append(f"np.min(np.where({layer}, {steps}, {wide + high}))")
        out.append(
            (Feature(identifier(f"{key} sees {code}"), Kind.FLAG, (is_seen[0],), (is_seen[1],), worth=2 / count), "")
        )
        if own:
            held = Feature(identifier(f"{key} holds {code}"), Kind.FLAG, (is_held[0],), (is_held[1],), worth=3 / count)
            far = Feature(
                identifier(f"{key} to {code}"), Kind.DISTANCE, (is_far[0],), (is_far[1],), 0, wide + high, 3 / count
            )
            out += [(held, ""), (far, "")]
    return out


def planes(key: str, meaning: str, index: str, shape: tuple[int, ...]) -> list[Found]:
    """Planes [C, H, W] of 0 and 1: how many there are of each thing, and how many lie on another."""
    names = [n.strip() for n in meaning.rpartition(":")[2].split(",")]
    if len(names) != shape[0]:
        names = [f"plane {i}" for i in range(shape[0])]
    out, size = [], float(shape[1] * shape[2])
    for i, name in enumerate(names):
        now, before = (f"np.sum({o}{index}[{i}])" for o in ("next_obs", "obs"))
        out.append((Feature(identifier(f"{key} {name}"), Kind.NUMBER, (now,), (before,), 0.0, size), name))
    for i, j in combinations(range(shape[0]), 2):
        now, before = (f"np.sum({o}{index}[{i}] * {o}{index}[{j}])" for o in ("next_obs", "obs"))
        words = f"{names[i]} on {names[j]}"
        out.append((Feature(identifier(f"{key} {words}"), Kind.SHARE, (now,), (before,)), words))
    return out
