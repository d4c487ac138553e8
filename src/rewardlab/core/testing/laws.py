"""The laws of a single environment, each a small function named after itself."""

import copy
import functools
import pickle
import random
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env as gymnasium_check

from rewardlab.core.arrays import tree_leaves
from rewardlab.core.errors import FaultyEnvironment
from rewardlab.core.testing import child
from rewardlab.core.testing.trace import Record, actions_of, digest, first_difference, follow, same


class Subject:
    """An environment under test: how to make another one of it, and one reference trace that many laws read."""

    def __init__(self, make: Callable[[], gym.Env], name: str, *, seed: int, steps: int) -> None:
        self.make, self.name, self.seed, self.steps = make, name, seed, steps
        self.notes: list[str] = []

    @functools.cached_property
    def actions(self) -> list[Any]:
        return actions_of(self.make().action_space, self.seed, self.steps)

    @functools.cached_property
    def trace(self) -> list[Record]:
        return self.run(self.make())

    def run(self, env: gym.Env) -> list[Record]:
        return follow(env, self.actions, seed=self.seed)

    def halfway(self) -> tuple[gym.Env, list[Record]]:
        """An environment in the middle of the reference trace, and what it showed on the way."""
        env = self.make()
        return env, follow(env, self.actions[: self.steps // 2], seed=self.seed)

    @functools.cached_property
    def children(self) -> dict[bool, Any]:
        """Two more processes that play the trace with other string hashes; one of them at another time of day."""
        return {shift: child.start(self.make, self.seed, self.steps, shift=shift) for shift in (False, True)}

    @functools.cache  # noqa: B019  a subject lives as long as its check
    def answer(self, shift: bool) -> str:
        return child.finish(self.children[shift])

    def end(self) -> None:
        """Wait for no child any longer."""
        for process in self.__dict__.get("children", {}).values():
            if process.poll() is None:
                process.kill()
            process.communicate()

    def same_as_trace(self, other: list[Record], *, when: str, mend: str) -> None:
        gap = first_difference(self.trace, other)
        if gap:
            self.fault(f"{when} differs from the same run elsewhere at {gap}", "equal to the bit", mend)

    def fault(self, what: str, expected: str, mend: str) -> NoReturn:
        raise FaultyEnvironment(what, where=self.name, expected=expected, mend=mend)


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
    s.notes += sorted({f"Gymnasium: {w.message}" for w in caught if "was not tested" not in str(w.message)})


def observation_space(s: Subject) -> None:
    """Every observation lies in the space, with its dtype and shape."""
    space = s.make().observation_space
    for i, record in enumerate(s.trace):
        obs = record[0]
        if obs not in space:
            s.fault(
                f"record {i}: observation {_brief(obs)} is outside {space}", "an element of the space", "clip or cast"
            )
        for leaf, part in zip(_parts(obs), _parts(space), strict=True):
            if isinstance(part, spaces.Box) and (not isinstance(leaf, np.ndarray) or leaf.dtype != part.dtype):
                s.fault(f"record {i}: {_brief(leaf)} is no {part.dtype} array", str(part), f"cast to {part.dtype}")


def plain_reward(s: Subject) -> None:
    """The reward is one number."""
    for i, r in enumerate(_steps(s)):
        if isinstance(r[1], (bool, np.bool_)) or not isinstance(r[1], (float, int, np.floating, np.integer)):
            s.fault(f"step {i}: reward {_brief(r[1])} ({type(r[1]).__name__})", "a float", "return float(reward)")


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
            s.fault(
                f"step {i} changed its action from {_brief(action)} to {_brief(given)}", "unchanged", "copy it first"
            )
        if shown[2] or shown[3]:
            env.reset()


def deterministic(s: Subject) -> None:
    """Two instances with one seed show the same."""
    s.same_as_trace(s.run(s.make()), when="a second instance", mend="draw from self.np_random only")


def seeded_reset(s: Subject) -> None:
    """`reset(seed=...)` begins the same run on a used instance too."""
    env, first = s.make(), s.actions[: min(20, s.steps)]
    one, two = (follow(env, first, seed=s.seed) for _ in range(2))
    gap = first_difference(one, two)
    if gap:
        s.fault(f"two runs after reset(seed={s.seed}) differ at {gap}", "equal to the bit", "reseed every generator")


def reset_forgets(s: Subject) -> None:
    """Nothing of a run is left after `reset(seed=...)`, also when it stopped in mid-episode."""
    env = s.make()
    follow(env, s.actions, seed=s.seed + 1)
    s.same_as_trace(s.run(env), when="a used instance", mend="set every part of the state in reset")


def seed_types(s: Subject) -> None:
    """Any integer in [0, 2^63] seeds, of Python or NumPy; bools, floats and negative numbers are refused."""
    env = s.make().unwrapped
    for seed in (0, 2**31, 2**63):
        env.reset(seed=seed)
    for kind in (np.int64, np.uint64, np.int32):
        if not same(env.reset(seed=kind(3)), env.reset(seed=3)):  # type: ignore[arg-type]
            s.fault(f"seed {kind(3)!r} and seed 3 begin differently", "the same start", "use operator.index(seed)")
    for bad in (True, np.True_, -1, 1.5, "1"):
        try:
            env.reset(seed=bad)  # type: ignore[arg-type]
        except _REFUSAL:
            continue
        s.fault(f"reset(seed={bad!r}) was accepted", "a TypeError or ValueError", "rewardlab.core.rng.check_seed")


def space_sampling(s: Subject) -> None:
    """Seeding and sampling the spaces does not move the environment."""
    env, half = s.make(), s.steps // 2

    def draw() -> None:
        for space in (env.action_space, env.observation_space):
            space.seed(7)
            space.sample()

    draw()
    seen = follow(env, s.actions[:half], seed=s.seed)
    draw()
    seen += follow(env, s.actions[half:], begin=False)
    s.same_as_trace(seen, when="a run in which the spaces were sampled", mend="never draw from a space inside step")


def global_random(s: Subject) -> None:
    """The generators of `numpy.random` and `random` are neither used nor seeded."""
    kept = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        np.random.seed(20_250)  # noqa: NPY002  a state that no earlier run can have left behind
        random.seed(20_250)
        ours = np.random.get_state(), random.getstate()  # noqa: NPY002
        s.run(s.make())
        now = np.random.get_state(), random.getstate()  # noqa: NPY002
        for name, old, new in zip(("numpy.random", "random"), ours, now, strict=True):
            if not same(old, new):
                s.fault(f"a run moved the global generator of {name}", "untouched", "draw from self.np_random")
    finally:
        np.random.set_state(kept[0])  # noqa: NPY002
        random.setstate(kept[1])


def hash_order(s: Subject) -> None:
    """Another process with other string hashes shows the same."""
    if s.answer(False) != digest(s.trace):
        s.fault(
            "a run in a process with another PYTHONHASHSEED differs", "equal to the bit", "sort sets before iterating"
        )


def clock(s: Subject) -> None:
    """Another process at another time of day shows the same."""
    if s.answer(True) != s.answer(False):
        s.fault("a run in a process at another time of day differs", "equal to the bit", "count steps, not seconds")


def pickles(s: Subject) -> None:
    """A pickled copy goes on as the original does, from the start and from mid-episode."""
    pickle.loads(pickle.dumps(s.make()))
    env, seen = s.halfway()
    twin = pickle.loads(pickle.dumps(env))
    seen += follow(twin, s.actions[s.steps // 2 :], begin=False)
    s.same_as_trace(seen, when="a pickled copy", mend="keep the whole state in picklable attributes")


def deepcopies(s: Subject) -> None:
    """A deep copy goes on as the original does, and neither moves the other."""
    env, seen = s.halfway()
    rest = s.actions[s.steps // 2 :]
    twin, other = copy.deepcopy(env), copy.deepcopy(env)
    mend = "copy every mutable attribute in __deepcopy__"
    s.same_as_trace(seen + follow(twin, rest, begin=False), when="a deep copy", mend=mend)
    s.same_as_trace(seen + follow(env, rest, begin=False), when="the original after its copy moved", mend=mend)
    s.same_as_trace(seen + follow(other, rest, begin=False), when="a copy after the original moved", mend=mend)


def step_before_reset(s: Subject) -> None:
    """`step` before the first `reset` is refused."""
    _refused(s, s.make().unwrapped, s.actions[0], "step before the first reset", Exception)


def step_after_end(s: Subject) -> None:
    """`step` after termination is refused."""
    env = s.make().unwrapped
    env.reset(seed=s.seed)
    for action in s.actions:
        shown = env.step(copy.deepcopy(action))
        if shown[2]:
            return _refused(s, env, action, "step after termination", Exception)
        if shown[3]:
            env.reset()
    s.notes.append(f"step_after_end: no episode terminated within {s.steps} steps")
    return None


def close_twice(s: Subject) -> None:
    """A second `close` does nothing."""
    env = s.make()
    env.reset(seed=s.seed)
    env.close()
    env.close()


def bad_actions(s: Subject) -> None:
    """An action outside the space is refused with a ValueError or TypeError, and nothing moves."""
    env, seen = s.halfway()
    for bad in bad_actions_of(env.action_space):
        _refused(s, env, bad, f"action {_brief(bad)}", _REFUSAL)
    seen += follow(env, s.actions[s.steps // 2 :], begin=False)
    s.same_as_trace(seen, when="a run after refused actions", mend="check the action before anything moves")


def rendering(s: Subject) -> None:
    """Rendering gives what the mode promises and moves nothing."""
    env = s.make()
    if env.render_mode is None:
        return
    seen: list[Record] = [copy.deepcopy(env.reset(seed=s.seed))]
    for i, action in enumerate(s.actions):
        frame = env.render() if i % 16 == 0 else None
        image = isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3
        if i % 16 == 0 and not {"rgb_array": image, "ansi": isinstance(frame, str)}.get(env.render_mode, True):
            s.fault(f"render() gave {_brief(frame)}", f"what {env.render_mode} promises", "uint8 [height, width, 3]")
        shown = env.step(copy.deepcopy(action))
        seen.append(copy.deepcopy(shown))
        if shown[2] or shown[3]:
            seen.append(copy.deepcopy(env.reset()))
    s.same_as_trace(seen, when="a run that is rendered", mend="draw from the state without changing it")


LAWS: tuple[Callable[[Subject], None], ...] = (
    gymnasium_api, observation_space, plain_reward, finite_reward, boolean_flags, plain_info, observation_kept,
    info_kept, observation_apart, action_kept, deterministic, seeded_reset, reset_forgets, seed_types, space_sampling,
    global_random, pickles, deepcopies, step_before_reset, step_after_end, close_twice, bad_actions, rendering,
    hash_order, clock,
)  # fmt: skip
PROCESSES = frozenset({"hash_order", "clock"})
"""Laws that start another Python."""
STRICT = frozenset({"step_before_reset", "step_after_end", "bad_actions", "seed_types", "pickles", "deepcopies"})
"""Laws that Gymnasium does not ask for."""
_REFUSAL = (ValueError, TypeError, gym.error.Error)


def bad_actions_of(space: spaces.Space) -> list[Any]:
    """Things that are no action of `space`."""
    bad: list[Any] = [None, object(), {"no": "action"}]
    if isinstance(space, spaces.Text):
        return [*bad, 5, "x" * (space.max_length + 1), *([] if "\ud800" in space.character_set else ["\ud800"])]
    bad += ["no action", np.zeros((*(space.shape or ()), 7), dtype=np.float32)]
    if isinstance(space, spaces.Discrete):
        first, count = int(space.start), int(space.n)
        bad += [first - 1, first + count, 10**30, -(10**30), 0.5, float("nan"), np.array([first])]
    elif isinstance(space, (spaces.MultiDiscrete, spaces.MultiBinary)):
        most = space.nvec + space.start if isinstance(space, spaces.MultiDiscrete) else np.full(space.shape, 2)
        bad += [most, np.full(space.shape, -1), np.full(space.shape, np.nan), np.full(space.shape, 0.5)]
    elif isinstance(space, spaces.Box) and space.dtype.kind == "f":
        bad += [np.full(space.shape, v, dtype=space.dtype) for v in (np.nan, np.inf, -np.inf)]
        if np.isfinite(space.high).all():
            bad += [np.nextafter(space.high, np.inf, dtype=space.dtype), np.full(space.shape, 1e30, dtype=space.dtype)]
    return [b for b in bad if b not in space]


def _refused(s: Subject, env: gym.Env, action: Any, what: str, kinds: Any) -> None:
    try:
        env.step(action)
    except AssertionError:
        s.fault(f"{what} met a bare assert", "an error that `python -O` does not remove", "raise a ValueError")
    except kinds:
        return
    except Exception as e:
        s.fault(f"{what} ended in {type(e).__name__}: {e}", "a ValueError or TypeError that says why", "check it first")
    s.fault(f"{what} was accepted", "a clear error", "raise one before anything moves")


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


def _brief(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 60 else text[:57] + "..."
