"""The laws of what a single environment shows: kinds, ranges, and memory of its own."""

import copy
import re
import warnings
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env as gymnasium_check

from rewardlab.core.arrays import tree_leaves
from rewardlab.core.testing.subject import Subject
from rewardlab.core.testing.trace import Record, brief, same


def gymnasium_api(s: Subject) -> None:
    """Gymnasium's own checker."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            gymnasium_check(s.make().unwrapped, skip_render_check=True)
        except AssertionError as e:
            s.fault(
                str(e), "what gymnasium.utils.env_checker.check_env demands", "see Gymnasium's page on environments"
            )
    said = {re.sub(r"\x1b\[[0-9;]*m", "", str(w.message)).removeprefix("WARN: ") for w in caught}  # without colours
    s.notes += sorted(f"Gymnasium: {text}" for text in said if "was not tested" not in text)


def observation_space(s: Subject) -> None:
    """Every observation lies in the space, with its dtype and shape."""
    space = s.make().observation_space
    for i, record in enumerate(s.trace):
        obs = record[0]
        if obs not in space:
            s.fault(
                f"record {i}: observation {brief(obs)} is outside {space}", "an element of the space", "clip or cast"
            )
        for leaf, part in zip(_parts(obs), _parts(space), strict=True):
            if isinstance(part, spaces.Box) and (not isinstance(leaf, np.ndarray) or leaf.dtype != part.dtype):
                s.fault(f"record {i}: {brief(leaf)} is no {part.dtype} array", str(part), f"cast to {part.dtype}")


def plain_reward(s: Subject) -> None:
    """The reward is one number."""
    for i, r in enumerate(_steps(s)):
        if isinstance(r[1], (bool, np.bool_)) or not isinstance(r[1], (float, int, np.floating, np.integer)):
            s.fault(f"step {i}: reward {brief(r[1])} ({type(r[1]).__name__})", "a float", "return float(reward)")


def finite_reward(s: Subject) -> None:
    """No reward is NaN or infinite."""
    for i, r in enumerate(_steps(s)):
        if not np.isfinite(r[1]).all():
            s.fault(f"step {i}: reward {r[1]}", "a finite number", "find the division or logarithm it comes from")


def boolean_flags(s: Subject) -> None:
    """`terminated` and `truncated` are bools."""
    for i, r in enumerate(_steps(s)):
        for name, flag in (("terminated", r[2]), ("truncated", r[3])):
            if not isinstance(flag, (bool, np.bool_)):
                s.fault(f"step {i}: {name} is {flag!r} ({type(flag).__name__})", "a bool", f"return bool({name})")


def plain_info(s: Subject) -> None:
    """Infos hold numbers, strings, arrays, and dicts, lists and tuples of them."""
    for i, record in enumerate(s.trace):
        bad = _not_plain(record[-1], "info")
        if bad:
            s.fault(f"record {i}: {bad}", "numbers, strings, arrays, dicts, lists", "show its numbers instead")


def observation_kept(s: Subject) -> None:
    """An observation handed out does not change afterwards."""
    _kept(s, 0, "observation", "return a copy of the buffer")


def info_kept(s: Subject) -> None:
    """An info handed out does not change afterwards."""
    _kept(s, -1, "info", "build a new dict at each step")


def observation_apart(s: Subject) -> None:
    """Writing into observations, infos and actions handed over does not move the environment."""
    env, seen = s.make(), []

    def spoil(tree: Any) -> None:
        for leaf in tree_leaves(tree):
            if isinstance(leaf, np.ndarray) and leaf.flags.writeable and leaf.dtype.kind in "biuf":
                leaf[...] = 1

    def show(shown: Record) -> Record:
        seen.append(copy.deepcopy(shown))
        spoil(shown[0])
        spoil({k: v for k, v in shown[-1].items() if isinstance(v, np.ndarray)})
        return seen[-1]

    show(env.reset(seed=s.seed))
    for action in s.actions:
        given = copy.deepcopy(action)
        shown = show(env.step(given))
        spoil(given)
        if shown[2] or shown[3]:
            show(env.reset())
    s.same_as_trace(seen, when="a run whose observations were written into", mend="hand out copies of the state")


def action_kept(s: Subject) -> None:
    """`step` does not write into the action."""
    env = s.make()
    env.reset(seed=s.seed)
    for i, action in enumerate(s.actions):
        given = copy.deepcopy(action)
        shown = env.step(given)
        if not same(given, action):
            s.fault(f"step {i} changed its action from {brief(action)} to {brief(given)}", "unchanged", "copy it first")
        if shown[2] or shown[3]:
            env.reset()


def _kept(s: Subject, part: int, name: str, mend: str) -> None:
    env, shown = s.make(), []

    def keep(record: Record) -> Record:
        shown.append((record[part], copy.deepcopy(record[part])))
        return record

    keep(env.reset(seed=s.seed))
    for action in s.actions:
        record = keep(env.step(copy.deepcopy(action)))
        if record[2] or record[3]:
            keep(env.reset())
    for i, (now, then) in enumerate(shown):
        if not same(now, then):
            s.fault(f"the {name} of record {i} was changed by a later call", f"a new {name} at each call", mend)


def _steps(s: Subject) -> list[Record]:
    return [r for r in s.trace if len(r) == 5]


def _parts(x: Any) -> list[Any]:
    """Leaves of an observation or of a space, in the order of the space's keys."""
    if isinstance(x, (spaces.Dict, dict)):
        return [leaf for key in sorted(x) for leaf in _parts(x[key])]
    if isinstance(x, (spaces.Tuple, tuple)):
        return [leaf for part in x for leaf in _parts(part)]
    return [x]


def _not_plain(x: Any, at: str) -> str:
    if isinstance(x, dict):
        named = [f"{at} has the key {k!r}" for k in x if not isinstance(k, (str, int))]
        return next((b for b in (*named, *(_not_plain(v, f"{at}[{k!r}]") for k, v in x.items())) if b), "")
    if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype == object):
        return next((b for b in (_not_plain(v, f"{at}[{i}]") for i, v in enumerate(x)) if b), "")
    if x is None or isinstance(x, (bool, int, float, str, bytes, np.ndarray, np.generic)):
        return ""
    return f"{at} is a {type(x).__name__}"
