"""Solvers: for a level of MiniGrid or BabyAI as it stands, actions that end it with a reward.

BabyAI's levels are first given to BabyAI's own bot, which plays with the agent's eyes; where it fails, and for the
levels of MiniGrid, errands with full sight do the work. What is returned has been played to its end on a copy.
"""

from collections.abc import Callable
from typing import Any

from rewardlab.benchmarks.lockstep.bot import play_bot
from rewardlab.benchmarks.lockstep.errands import Errands
from rewardlab.benchmarks.lockstep.instructions import carry_out
from rewardlab.benchmarks.lockstep.obstacles import dodge
from rewardlab.benchmarks.lockstep.routes import Cell, Pose
from rewardlab.benchmarks.lockstep.trial import DONE, Ended, Stuck, Trial


def actions_to_success(env: Any) -> list[int] | None:
    """Actions from the present state of a level to a positive reward at the end of the episode.

    Args:
        env: an unwrapped MiniGrid environment, freshly reset or in the middle of an episode; it is not changed.

    Returns:
        The actions, the same for the same state; None if the level pays nothing (Playground) or no way is known.
    """
    for solve in _solvers(env):
        trial = Trial(env)
        try:
            solve(trial)
        except Ended:
            if trial.paid > 0:
                return trial.actions
        except Stuck:
            pass
    return None


def _solvers(env: Any) -> list[Callable[[Trial], None]]:
    names = [cls.__name__ for cls in type(env).__mro__]
    if "RoomGridLevel" in names:
        fresh = [play_bot] if env.step_count == 0 else []  # from the middle the bot would not know what is done
        return [*fresh, _carry_out]
    for name in names:
        if name in _TASKS:
            return [_TASKS[name]]
    return [_enter_goal]


def _carry_out(trial: Trial) -> None:
    carry_out(Errands(trial), trial.world.instrs)


def _enter_goal(trial: Trial) -> None:
    w = trial.world
    goals = [(i % w.width, i // w.width) for i, x in enumerate(w.grid.grid) if x is not None and x.type == "goal"]
    if not goals:
        raise Stuck("no goal")
    Errands(trial).travel(lambda pose: pose[:2] == goals[0], goal=goals[0])


def _fetch_target(trial: Trial) -> None:
    w = trial.world
    Errands(trial, hands=False).fetch(lambda x: x.type == w.targetType and x.color == w.targetColor)


def _get_object(trial: Trial) -> None:
    if trial.world.carrying is trial.world.obj:
        Errands(trial).put_down()  # only picking it up counts
    Errands(trial).fetch(lambda x: x is trial.world.obj)


def _stand_beside(trial: Trial) -> None:
    x, y = (int(v) for v in trial.world.target_pos)
    Errands(trial).travel(lambda pose: abs(pose[0] - x) + abs(pose[1] - y) == 1)
    trial.act(DONE)


def _put_near(trial: Trial) -> None:
    w = trial.world
    x, y = (int(v) for v in w.target_pos)

    def near(cell: Cell) -> bool:
        return max(abs(cell[0] - x), abs(cell[1] - y)) <= 1

    Errands(trial, hands=False).deliver(lambda thing: thing.type == w.move_type and thing.color == w.moveColor, near)


def _open_door(trial: Trial) -> None:
    Errands(trial).open([trial.world.door])


def _open_both(trial: Trial) -> None:
    if not trial.world.red_door.is_open:
        Errands(trial).open([trial.world.red_door])
    Errands(trial).open([trial.world.blue_door])


def _remember(trial: Trial) -> None:
    place: Pose = trial.world.success_pos
    Errands(trial, hands=False).travel(lambda pose: pose[:2] == tuple(place))


_TASKS: dict[str, Callable[[Trial], None]] = {
    "DynamicObstaclesEnv": dodge,
    "FetchEnv": _fetch_target,
    "GoToDoorEnv": _stand_beside,
    "GoToObjectEnv": _stand_beside,
    "PutNearEnv": _put_near,
    "RedBlueDoorEnv": _open_both,
    "UnlockEnv": _open_door,
    "UnlockPickupEnv": _get_object,
    "BlockedUnlockPickupEnv": _get_object,
    "KeyCorridorEnv": _get_object,
    "ObstructedMazeEnv": _get_object,
    "MemoryEnv": _remember,
}
