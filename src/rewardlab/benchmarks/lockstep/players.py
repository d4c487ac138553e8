"""Players: actions that lead into all corners of a level, from one seed.

A player is called at the start of an episode with an unwrapped MiniGrid environment and a generator of random numbers.
It gives one action after the other, looks at the environment before each, changes nothing in it, and ends when it does
not want to play this episode any longer.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rewardlab.benchmarks.lockstep.routes import Cell, Pose, ahead, free, route
from rewardlab.benchmarks.lockstep.solvers import actions_to_success
from rewardlab.benchmarks.lockstep.trial import DONE, DROP, FORWARD, LEFT, PICKUP, RIGHT, TOGGLE, Ended, Trial

Player = Callable[[Any, np.random.Generator], Iterator[int]]

WEIGHTS = np.array([0.13, 0.13, 0.3, 0.14, 0.1, 0.18, 0.02])  # left, right, forward, pickup, drop, toggle, done

SPARE = 10  # steps that a new way between moving obstacles may be longer than the last


def uniform(env: Any, rng: np.random.Generator) -> Iterator[int]:
    """Every action equally often."""
    while True:
        yield int(rng.integers(env.action_space.n))


def busy(env: Any, rng: np.random.Generator) -> Iterator[int]:
    """More steps ahead, and more of what changes things, than by chance."""
    weights = WEIGHTS[: env.action_space.n] / WEIGHTS[: env.action_space.n].sum()
    while True:
        yield int(rng.choice(len(weights), p=weights))


def vandal(env: Any, rng: np.random.Generator) -> Iterator[int]:
    """Goes from thing to thing; takes, drops, opens, shuts and breaks it; carries things to the goal."""
    while True:
        yield from _some(uniform(env, rng), int(rng.integers(4)))
        carries = env.carrying is not None
        ends = ("goal", "lava") if rng.random() < (0.3 if carries else 0.05) else ()
        kinds = ("door", "key", "ball", "box", *ends)
        cells = [(i % env.width, i // env.width) for i, x in enumerate(env.grid.grid) if x and x.type in kinds]
        if not cells:
            yield from _some(busy(env, rng), 10)
            continue
        picked = (cells[int(i)] for i in rng.permutation(len(cells))[:4])
        target = next((c for c in picked if _way(env, c) is not None), None)
        if target is not None:
            yield from _walk(env, target)
        if ahead(_pose(env)) != target:
            yield from _some(busy(env, rng), 10)
        elif ends and env.grid.get(*target) is not None and env.grid.get(*target).type in ends:
            yield FORWARD
        else:
            for _ in range(int(rng.integers(1, 6))):
                yield _handle(env, rng)


def solver(env: Any, rng: np.random.Generator) -> Iterator[int]:
    """Ends the episode with a reward; does not play a level that it cannot solve."""
    yield from actions_to_success(env) or ()


def interrupted(env: Any, rng: np.random.Generator) -> Iterator[int]:
    """A solver whose plans are crossed: some steps of a plan, some of another player's, and a new plan from there."""
    for _ in range(int(rng.integers(1, 5))):
        plan = actions_to_success(env)
        yield from (plan or ())[: int(rng.integers(1 + len(plan or ())))]
        detour = (uniform, busy, vandal)[int(rng.integers(3))]
        yield from _some(detour(env, rng), int(rng.integers(1, 20)))
    plan = actions_to_success(env)
    yield from busy(env, rng) if plan is None else plan


def patient(env: Any, rng: np.random.Generator) -> Iterator[int]:
    """Waits until time is up."""
    wait = _waiting(env)
    while True:
        yield from wait


def last_moment(env: Any, rng: np.random.Generator) -> Iterator[int]:
    """Waits until a plan takes all the time that is left, and plays it: paid and out of time in one step.

    Where one can only wait by turns, it may be a step early, and among moving obstacles some steps.
    """
    plan = actions_to_success(env)
    if plan is None:
        return
    wait, moving = _waiting(env), "obstacles" in vars(env)
    while env.steps_remaining - len(plan) - SPARE * moving >= len(wait):
        yield from wait
    if moving:  # they stand elsewhere now
        plan = actions_to_success(env) or []
    yield from plan


def brief(play: Player, steps: int) -> Player:
    """The same player, who leaves an episode after so many steps: more levels are seen."""
    return lambda env, rng: _some(play(env, rng), steps)


def anyone(env: Any, rng: np.random.Generator) -> Iterator[int]:
    """Another of these players in each episode."""
    return (uniform, busy, vandal, solver, interrupted)[int(rng.integers(5))](env, rng)


def _some(actions: Iterator[int], count: int) -> Iterator[int]:
    return itertools.islice(actions, count)


def _walk(env: Any, target: Cell) -> Iterator[int]:
    """Actions until the agent looks at a cell, as long as a way is known; closed doors on it are opened."""
    for _ in range(env.width * env.height):
        way = _way(env, target)
        if not way:
            return
        x, y, heading = _pose(env)
        if way[0][:2] == (x, y):
            yield RIGHT if (way[0][2] - heading) % 4 == 1 else LEFT
        else:
            yield FORWARD if free(env.grid.get(*way[0][:2])) else TOGGLE


def _waiting(env: Any) -> tuple[int, ...]:
    """Actions after which everything is as before, and that end no episode by themselves."""
    for wait in ((DONE,), (LEFT, RIGHT)):
        if max(wait) < env.action_space.n:
            trial = Trial(env)
            try:
                for action in wait:
                    trial.act(action)
            except Ended:
                continue
            return wait
    return (RIGHT, LEFT)


def _handle(env: Any, rng: np.random.Generator) -> int:
    """Mostly what changes the thing ahead: take it, drop another, turn a door, break a box."""
    usual = [a for a in (LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE) if a < env.action_space.n]
    x, y = ahead(_pose(env))
    inside = 0 <= x < env.width and 0 <= y < env.height
    thing = env.grid.get(x, y) if inside else None
    if rng.random() < 0.25 or TOGGLE not in usual:
        return usual[int(rng.integers(len(usual)))]
    if thing is None:
        return FORWARD if env.carrying is None else DROP
    if thing.type == "door" or (thing.type == "box" and rng.random() < 0.3):
        return TOGGLE
    return PICKUP if env.carrying is None and thing.can_pickup() else LEFT


def _way(env: Any, target: Cell) -> list[Pose] | None:
    return route(env, lambda pose: ahead(pose) == target, hands=False)


def _pose(env: Any) -> Pose:
    return int(env.agent_pos[0]), int(env.agent_pos[1]), int(env.agent_dir)
