"""A way between MiniGrid's moving obstacles, found by playing every step with the level's own random numbers."""

import heapq
from typing import Any

from rewardlab.benchmarks.lockstep.routes import HEADINGS, Pose
from rewardlab.benchmarks.lockstep.trial import FORWARD, LEFT, RIGHT, Ended, Stuck, Trial

MOST = 4000  # states that are tried


def dodge(trial: Trial) -> None:
    """Go to the goal of a Dynamic-Obstacles level: best first, by the turns and steps that an empty room would take.

    Raises:
        Stuck: if no way was found.
        Ended: when the goal is reached.
    """
    world = trial.world
    goals = [i for i, x in enumerate(world.grid.grid) if x is not None and x.type == "goal"]
    if not goals:
        raise Stuck("no goal")
    goal = (goals[0] % world.width, goals[0] // world.width)
    start, count = _save(world), len(trial.actions)
    queue: list[tuple[float, int, tuple[Any, ...], tuple[int, ...]]] = [(_left(trial.pose, goal), 0, start, ())]
    for number in range(1, MOST):
        if not queue:
            break
        _, _, state, plan = heapq.heappop(queue)
        for k, action in enumerate((FORWARD, LEFT, RIGHT)):
            _restore(world, state)
            try:
                trial.act(action)
            except Ended:
                if trial.paid > 0:
                    _restore(world, start)
                    _replay(trial, count, (*plan, action))
                continue
            entry = (_left(trial.pose, goal) + 0.1 * len(plan), 3 * number + k, _save(world), (*plan, action))
            heapq.heappush(queue, entry)
    raise Stuck("no way between the obstacles")


def _replay(trial: Trial, count: int, plan: tuple[int, ...]) -> None:
    """Play the plan that was found, in place of all that was tried."""
    del trial.actions[count:]
    for action in plan:
        trial.act(action)


def _left(pose: Pose, goal: tuple[int, int]) -> int:
    """Steps and turns to the goal in an empty room, from below."""
    dx, dy = goal[0] - pose[0], goal[1] - pose[1]
    hx, hy = HEADINGS[pose[2]]
    along = hx * dx + hy * dy
    aside = abs(dx) + abs(dy) - abs(along)
    turns = (2 if along < 0 and not aside else 1) if along < 0 or aside else 0
    return abs(dx) + abs(dy) + turns


def _save(world: Any) -> tuple[Any, ...]:
    """All that a step changes."""
    return (
        list(world.grid.grid),
        [ball.cur_pos for ball in world.obstacles],
        world.agent_pos,
        world.agent_dir,
        world.step_count,
        world.np_random.bit_generator.state,
    )


def _restore(world: Any, state: tuple[Any, ...]) -> None:
    cells, balls, world.agent_pos, world.agent_dir, world.step_count, world.np_random.bit_generator.state = state
    world.grid.grid = list(cells)
    for ball, place in zip(world.obstacles, balls, strict=True):
        ball.cur_pos = place
