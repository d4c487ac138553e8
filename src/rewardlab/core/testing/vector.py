"""The strict checker of vector environments: N rows must be N single environments, in every autoreset mode."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv

from rewardlab.core.arrays import array, tree_map
from rewardlab.core.errors import BadOption, FaultyEnvironment
from rewardlab.core.testing.report import Report, judge
from rewardlab.core.testing.trace import actions_of, brief, digest, first_difference, follow, follow_row, same


def check_vector_env(
    env: "str | Callable[[AutoresetMode], VectorEnv]",
    single: Callable[[], gym.Env] | None = None,
    *,
    num_envs: int = 4,
    steps: int = 200,
    seed: int = 0,
    modes: tuple[AutoresetMode, ...] = tuple(AutoresetMode),
    collect: bool = False,
    **options: Any,
) -> Report:
    """Compare a vector environment with `gymnasium.vector.SyncVectorEnv` of its singles, bit for bit.

    Observations, rewards, flags, info columns and their masks must be equal at each step, with partial resets where the
    mode is DISABLED; and each row must equal the single environment seeded with seed + row.

    Args:
        env: an id with a vector entry point, or a factory that takes the autoreset mode.
        single: makes one single environment; for an id, `gymnasium.make` does.
        num_envs: N >= 1, for an id; a factory decides for itself.
        steps: how many of the vector.
        seed: of environment and actions.
        modes: those that the environment offers.
        collect: gather all findings in the report instead of raising the first.
        **options: keywords of both `make_vec` and `make`, for an id.

    Raises:
        FaultyEnvironment: the first law that is broken, unless `collect`.
        BadOption: for a factory without `single`.
    """
    make: Callable[[AutoresetMode], VectorEnv]
    if isinstance(env, str):
        name, make = env, functools.partial(_make_vec, env, num_envs, options)
        single = single or functools.partial(gym.make, env, disable_env_checker=True, **options)
    else:
        make, name = env, type(env(modes[0])).__name__
    if single is None:
        raise BadOption("single=None with a factory", where="check_vector_env", expected="what makes one environment")
    laws = [
        (f"{law.__name__}, {mode.name}", functools.partial(law, make, single, mode, seed, steps, name))
        for mode in modes
        for law in (like_sync, *((like_single,) if mode is AutoresetMode.SAME_STEP else ()))
    ]
    return judge(Report(name), laws, FaultyEnvironment, collect=collect)


def _make_vec(name: str, num_envs: int, options: Mapping[str, Any], mode: AutoresetMode) -> VectorEnv:
    own = gym.VectorizeMode.VECTOR_ENTRY_POINT
    return gym.make_vec(name, num_envs, vectorization_mode=own, autoreset_mode=mode.value, **options)


def like_sync(make: Any, single: Any, mode: AutoresetMode, seed: int, steps: int, name: str) -> None:
    """Each step shows what `SyncVectorEnv` shows."""
    mine = make(mode)
    theirs = SyncVectorEnv([single] * mine.num_envs, autoreset_mode=mode)
    n, draws = mine.num_envs, np.random.default_rng(seed)
    plans = [actions_of(mine.single_action_space, seed + i, steps) for i in range(n)]
    text = isinstance(mine.single_action_space, spaces.Text)

    def compare(t: int, ours: tuple[Any, ...], peer: tuple[Any, ...]) -> None:
        names = ("observations", "rewards", "terminated", "truncated", "info")
        for what, a, b in zip(names if len(ours) == 5 else names[::4], ours, peer, strict=True):
            gap = _gap(a, b, what)
            if gap:
                raise FaultyEnvironment(
                    f"call {t}: {gap}",
                    where=f"{name} [like_sync, {mode.name}]",
                    expected="what SyncVectorEnv of the single environments shows, to the bit",
                    mend="step one row alone, seeded with seed + row, and follow it",
                )

    compare(0, mine.reset(seed=seed), theirs.reset(seed=seed))
    for t in range(steps):
        actions = tuple(p[t] for p in plans) if text else tree_map(lambda *a: np.stack(a), *(p[t] for p in plans))
        ours, peer = mine.step(actions), theirs.step(actions)
        compare(t + 1, ours, peer)
        if mode is AutoresetMode.DISABLED:
            begin = array(ours[2]) | array(ours[3]) | (draws.random(n) < 0.05)  # some in mid-episode
            if begin.any():
                seeds = [seed + 1000 + t if i % 2 else None for i in range(n)]  # some rows with a seed of their own
                resets = (e.reset(seed=seeds, options={"reset_mask": begin.copy()}) for e in (mine, theirs))
                compare(t + 1, *resets)
    mine.close()
    theirs.close()


def like_single(make: Any, single: Any, mode: AutoresetMode, seed: int, steps: int, name: str) -> None:
    """Row i shows what the single environment seeded with seed + i shows."""
    count = make(mode).num_envs
    for row in sorted({0, count // 2, count - 1}):
        one = single()
        alone = follow(one, actions_of(one.action_space, seed + row, steps), seed=seed + row)
        among = list(follow_row(make(mode), seed, steps, row))
        gap = first_difference(alone, among)
        if gap or digest(alone) != digest(among):
            raise FaultyEnvironment(
                f"row {row} and the single environment seeded with {seed + row} differ at {gap}",
                where=f"{name} [like_single]",
                expected="equal to the bit",
                mend="draw per row (rewardlab.core.rng.Streams) and let no row see another",
            )


def _gap(a: Any, b: Any, at: str) -> str:
    """Where two batches differ in value, shape or dtype; empty if nowhere."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if a.keys() != b.keys():
            return f"{at} has the keys {sorted(a)} and {sorted(b)}"
        return next((g for k in sorted(a) for g in [_gap(a[k], b[k], f"{at}[{k!r}]")] if g), "")
    if isinstance(a, tuple) or isinstance(b, tuple):
        return "" if same(tuple(a), tuple(b)) else f"{at}: {brief(a)} and {brief(b)}"
    a, b = array(a), array(b)
    if (a.shape, a.dtype) != (b.shape, b.dtype):
        return f"{at} is {a.dtype}{list(a.shape)} and {b.dtype}{list(b.shape)}"
    return "" if same(a, b) else f"{at}: {brief(a)} and {brief(b)}"
