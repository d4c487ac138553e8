"""The laws of how a single environment behaves: determinism, seeds, copies, refusals."""

import copy
import pickle
import random
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from rewardlab.core.testing.subject import Subject
from rewardlab.core.testing.trace import Record, brief, digest, first_difference, follow, same

_REFUSAL = (ValueError, TypeError, gym.error.Error)


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
    env = s.make()
    for seed in (0, 2**31, 2**63):
        env.reset(seed=seed)
    for kind in (np.int64, np.uint64, np.int32):
        try:
            begun = env.reset(seed=kind(3))  # type: ignore[arg-type]
        except _REFUSAL as e:
            s.fault(f"seed {kind(3)!r} was refused: {e}", "the start of seed 3", "use operator.index(seed)")
        if not same(begun, env.reset(seed=3)):
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
    """An action outside the space is refused with a ValueError or TypeError, and nothing moves.

    An environment whose metadata says `any_text` hears texts outside its space too, and answers within the other.
    """
    env, seen = s.halfway()
    for bad in bad_actions_of(env):
        _refused(s, env, bad, f"action {brief(bad)}", _REFUSAL)
    seen += follow(env, s.actions[s.steps // 2 :], begin=False)
    s.same_as_trace(seen, when="a run after refused actions", mend="check the action before anything moves")
    if env.metadata.get("any_text", False):
        for text in texts_outside(env.action_space):
            env.reset()
            obs = env.step(text)[0]
            if obs not in env.observation_space:
                s.fault(f"the text {brief(text)} was answered by {brief(obs)}", "an observation of the space", "cut it")


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
            s.fault(f"render() gave {brief(frame)}", f"what {env.render_mode} promises", "uint8 [height, width, 3]")
        shown = env.step(copy.deepcopy(action))
        seen.append(copy.deepcopy(shown))
        if shown[2] or shown[3]:
            seen.append(copy.deepcopy(env.reset()))
    s.same_as_trace(seen, when="a run that is rendered", mend="draw from the state without changing it")


def bad_actions_of(env: gym.Env) -> list[Any]:
    """Things that are no action of `env`; one that hears any text is given none of those."""
    space = env.action_space
    bad: list[Any] = [None, object(), {"no": "action"}]
    if isinstance(space, spaces.Text):
        return [*bad, 5, *([] if env.metadata.get("any_text", False) else texts_outside(space))]
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


def texts_outside(space: Any) -> list[str]:
    """A text that is too long, and one of letters that the space does not have."""
    return ["x" * (space.max_length + 1), *([] if "\ud800" in space.character_set else ["\ud800"])]


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
