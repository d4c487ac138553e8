"""Random play in one of MiniGrid's tasks: ours and the peers', reset in the same step, from the midst of episodes.

Random play rarely succeeds in a sparse task: its episodes end by their time limit, and rows that were reset together
would all end in one step, which a short measurement sees or misses. So the rows begin at all times of the episode.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gymnasium as gym
import minigrid  # noqa: F401  (registers its ids)
import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.benchmarks.programs import looped
from rewardlab.benchmarks.throughput_scores import Score
from rewardlab.benchmarks.throughput_turns import Case, Laps, Size, turns
from rewardlab.core.processors import processors

SINGLE, GRID, MANY, THREADED, POOLED = (20.0, 60.0), (500.0, 2000.0), (800.0, 3500.0), (1.3, 1.9), (25.0, 100.0)
"""Floors and moonshots: a single environment, a thread, two threads, two threads against one, EnvPool."""

LEAN: dict[str, Any] = {"copy": False, "columns": []}
"""What a trainer asks for: no copies, no info columns."""

KINDS = {"": "make_vec", ", lean": "copy=False, columns=[]", ", kernel": "the kernel alone"}
"""How an environment is stepped: end of the case's name -> words."""

Stepper = Callable[[np.ndarray], Any]


def stepping(task: str, size: Size, *, envpool: Any = None) -> list[Score]:
    """Nanoseconds per step of an environment.

    Args:
        task: MiniGrid's id.
        size: how much is measured.
        envpool: the module of that name, which is no dependency; without it that peer is left out.
    """
    few, many, most = size.rows
    counts = [(few, 1), (many, 1), *((most, t) for t in (1, 2) if t <= processors())]
    cases = {
        "MiniGrid": single(task),
        f"Sync x {size.peers}": synchronous(task, size.peers),
        "one": single(_ours(task)),
    }
    for n, threads in counts:
        cases[_name(n, threads)] = ours(task, n, threads=threads)
        cases[_name(n, threads) + ", lean"] = ours(task, n, threads=threads, **LEAN)
        cases[_name(n, threads) + ", kernel"] = kernel(task, n, threads=threads)
    pooled = [few, many] if envpool is not None and task in envpool.list_all_envs() else []
    for n in pooled:
        cases[f"EnvPool x {n}"] = pool(envpool, task, n)
    laps = turns(cases, size)
    return scores(laps, size, counts=counts, pooled=pooled)


def scores(
    laps: Mapping[str, Laps], size: Size, *, counts: Iterable[tuple[int, int]], pooled: Iterable[int] = ()
) -> list[Score]:
    """The scores of laps, see `stepping`.

    Args:
        laps: name of the case -> its laps.
        size: how much was measured.
        counts: environments, and threads that stepped them.
        pooled: environments that EnvPool stepped too.
    """
    _, many, most = size.rows
    goals = {(many, 1): GRID, (most, 2): MANY}
    sync = f"Sync x {size.peers}"
    words = f"SyncVectorEnv x {size.peers}"
    found = [
        Score.of("MiniGrid, gymnasium.make", laps["MiniGrid"]),
        Score.of(f"MiniGrid, {words}", laps[sync]),
        Score.of("gymnasium.make", laps["one"], peer="MiniGrid single", against=laps["MiniGrid"], goal=SINGLE),
    ]
    for n, threads in counts:
        name, goal = _name(n, threads), goals.get((n, threads))
        for kind, text in KINDS.items():
            held = None if kind == ", kernel" else goal
            found.append(Score.of(f"{name}: {text}", laps[name + kind], peer=words, against=laps[sync], goal=held))
        if threads == 2:
            for kind, text in KINDS.items():
                one, two = laps[_name(n, 1) + kind], laps[name + kind]
                held = THREADED if kind == ", kernel" else None  # the rest is Python's, and that has one thread
                found.append(
                    Score.of(f"{name} against 1: {text}", two, peer="the same, 1 thread", against=one, goal=held)
                )
    for n in pooled:
        peer, name = laps[f"EnvPool x {n}"], _name(n, 1)
        found.append(Score.of(f"EnvPool x {n}, 1 thread", peer))
        for kind, text in KINDS.items():
            goal = POOLED if kind == ", lean" else None  # EnvPool tells nothing of the level either
            found.append(
                Score.of(f"{name} against EnvPool: {text}", laps[name + kind], peer="EnvPool", against=peer, goal=goal)
            )
    return found


# -- cases ---------------------------------------------------------------------------------------------------------


def single(name: str) -> Case:
    """One environment as `gymnasium.make` gives it, reset when its episode ends."""
    env = gym.make(name)
    env.reset(seed=0)
    actions = itertools.cycle(random_actions(1, _kinds(env.action_space))[:, 0].tolist())

    def run(steps: int) -> None:
        for action in itertools.islice(actions, steps):
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()

    return Case(1, run)


def synchronous(task: str, n: int) -> Case:
    """n environments of MiniGrid's in Gymnasium's `SyncVectorEnv`, in SAME_STEP mode."""
    envs: Any = looped(task, n)
    envs.reset(seed=0)
    for i, one in enumerate(envs.envs):
        own = one.unwrapped
        own.step_count = i * own.max_steps // n  # to play there would take minutes
    return Case(n, _player(envs.step, random_actions(n, _kinds(envs.single_action_space))))


def ours(task: str, n: int, *, threads: int, **keywords: Any) -> Case:
    """n environments of ours, in SAME_STEP mode."""
    envs: Any = gym.make_vec(_ours(task), num_envs=n, threads=threads, **keywords)
    actions = random_actions(n, _kinds(envs.single_action_space))
    spread(envs, actions, int(envs.unwrapped.rules.max_steps))
    return Case(n, _player(envs.step, actions))


def kernel(task: str, n: int, *, threads: int) -> Case:
    """The compiled step alone; rows that end get one of 1024 levels that were drawn before."""
    from rewardlab.core.rng import Streams
    from rewardlab.envs.gridworlds.minigrid import MiniGridTask

    rules = MiniGridTask(task=task)
    batch, streams = rules.batch(n, threads=threads), Streams(range(1024))
    streams.begin(slice(None))
    levels, which = rules.deal(streams)
    every = np.arange(n)

    def begin(rows: np.ndarray) -> None:
        batch.begin(rows, levels, which[rows % len(which)])

    def step(action: np.ndarray) -> None:
        if batch.step(action):
            begin(np.flatnonzero(batch.ended | batch.cut))

    actions = random_actions(n, _kinds(rules.action_space))
    begin(every)
    for rows, action in zip(_spans(n, rules.max_steps), itertools.cycle(actions), strict=False):
        step(action)
        if len(rows):
            begin(rows)
    return Case(n, _player(step, actions))


def pool(envpool: Any, task: str, n: int) -> Case:
    """n environments of EnvPool's on one thread; it takes a step more for each episode's end."""
    envs = envpool.make(task, env_type="gymnasium", num_envs=n, num_threads=1)
    envs.reset()
    return Case(n, _player(envs.step, random_actions(n, _kinds(envs.action_space)).astype(np.int32)))


# -- play ----------------------------------------------------------------------------------------------------------


def random_actions(n: int, kinds: int) -> np.ndarray:
    """[steps, n] int64 in [0, kinds): so many that no processor learns them by heart."""
    return np.random.default_rng(0).integers(0, kinds, (max(64, 65_536 // n), n))


def spread(envs: VectorEnv, actions: np.ndarray, length: int) -> None:
    """Play until the rows are at evenly spread times of their episodes.

    Args:
        envs: in SAME_STEP mode.
        actions: [steps, n], begun again at their end.
        length: of an episode that ends by its time limit.
    """
    envs.reset(seed=0)
    for rows, action in zip(_spans(envs.num_envs, length), itertools.cycle(actions), strict=False):
        envs.step(action)
        if len(rows):
            mask = np.zeros(envs.num_envs, dtype=bool)
            mask[rows] = True
            envs.reset(options={"reset_mask": mask})


def _spans(n: int, length: int) -> list[np.ndarray]:
    """Which of n rows begin anew after step t, for t = 0 .. length - 1: each does once."""
    due = np.arange(n) * length // n
    return [np.flatnonzero(due == t) for t in range(length)]


def _player(step: Stepper, actions: np.ndarray) -> Callable[[int], None]:
    endless = itertools.cycle(actions)

    def run(steps: int) -> None:
        for action in itertools.islice(endless, steps):
            step(action)

    return run


def _kinds(space: Any) -> int:
    return int(space.n)


def _ours(task: str) -> str:
    return f"rewardlab/{task}"


def _name(n: int, threads: int) -> str:
    return f"x {n}, {threads} thread{'s' * (threads > 1)}"
