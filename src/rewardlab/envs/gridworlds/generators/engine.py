"""MiniGrid's own engine: it draws the levels, and says what each of its tasks is about.

A level is named by its seed alone, so the engine holds nothing that the next episode depends on.
"""

import contextlib
import io
import itertools
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.gridworlds.generators.instructions_of import tell
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.levels import Levels
from rewardlab.envs.gridworlds.kernel.missions import BABY_WORDS, Missions


def load(task: str, options: Mapping[str, Any]) -> Any:
    """MiniGrid's own environment of this id, made with these keywords of its class.

    Raises:
        BadOption: for an unknown id, a keyword or a size that MiniGrid refuses, or a class with rules of its own.
    """
    import minigrid  # registers its ids

    known = [name for name in gym.registry if name.startswith(("MiniGrid-", "BabyAI-"))]
    if task not in known:
        raise BadOption(
            f"task={task!r}",
            where="MiniGridTask",
            expected=f"an id of MiniGrid {minigrid.__version__}",
            mend=nearest(task, known),
        )
    try:
        with warnings.catch_warnings(), quiet():
            warnings.simplefilter("ignore", DeprecationWarning)  # an older version of an id is asked for on purpose
            engine: Any = gym.make(task, disable_env_checker=True, **options).unwrapped
            engine.reset(seed=0)
    except FileNotFoundError as e:
        raise BadOption(
            f"{task} needs the pattern {e.filename}",
            where="MiniGridTask",
            expected="MiniGrid with its folder envs/wfc/patterns, which its wheel leaves out",
            mend="copy that folder from MiniGrid's repository to this place, or choose another task",
        ) from None
    except (AssertionError, TypeError, ValueError, RecursionError, ImportError, KeyError, IndexError) as e:
        raise BadOption(
            f"{task} cannot be made with {dict(options)!r}: {type(e).__name__}: {e}",
            where="MiniGridTask",
            expected="keywords and sizes that MiniGrid's own class takes",
        ) from None
    if rule_of(engine) is None:
        raise BadOption(
            f"task={task!r} has rules of its own ({type(engine).__name__}.step)",
            where="MiniGridTask",
            expected="one of the tasks that MiniGrid registers",
            mend="use gymnasium.make with the id itself",
        )
    return engine


def quiet() -> contextlib.AbstractContextManager:
    """BabyAI prints each level that it rejects."""
    return contextlib.redirect_stdout(io.StringIO())


def missions(engine: Any) -> list[str] | None:
    """Every text of the mission space; None where the space is open, as for instructions."""
    if rule_of(engine) == codes.INSTRUCTION:
        return None
    space = engine.observation_space["mission"]
    return [space.mission_func(*words) for words in itertools.product(*(space.ordered_placeholders or []))]


def baby_missions(engine: Any) -> Missions:
    """The baby language, with room for the longest instruction of this class.

    A description has at most 7 words ("the red ball in front of you"), 3 without a place; "pick up" and "go to" put two
    before it, "put" and "next to" three around two of them, "and" one, ", then" and "after you" two between clauses.
    """
    from minigrid.envs.babyai.core.levelgen import LevelGen

    if not isinstance(engine, LevelGen):
        return Missions(BABY_WORDS, _LENGTHS.get(type(engine).__name__, 9))
    described = 7 if engine.locations else 3
    kinds = engine.action_kinds
    clause = max((3 + 2 * described) * ("putnext" in kinds), 2 + described)
    joined = 2 * clause + 1 if "and" in engine.instr_kinds or "seq" in engine.instr_kinds else clause
    return Missions(BABY_WORDS, 2 * joined + 2 if "seq" in engine.instr_kinds else joined)


_LENGTHS = {"OpenTwoDoors": 10, "OpenDoorsOrder": 10, "MoveTwoAcross": 20}
"""Words of instructions of two clauses; those of one have at most nine."""


def rule_of(engine: Any) -> int | None:
    """The rule that ends the episodes of this class, None for an unknown one."""
    from minigrid.envs.babyai.core.roomgrid_level import RoomGridLevel
    from minigrid.minigrid_env import MiniGridEnv

    kind: Any = type(engine)
    if isinstance(engine, RoomGridLevel):
        return codes.INSTRUCTION if kind.step is RoomGridLevel.step else None
    for parent in kind.__mro__:
        if parent.__module__.startswith("minigrid.") and parent.__name__ in _TASKS:
            return _TASKS[parent.__name__][0] if kind.step is parent.step else None
    return codes.STANDARD if kind.step is MiniGridEnv.step and kind._reward is MiniGridEnv._reward else None


def draw(engine: Any, seed: int, levels: Levels, row: int) -> str:
    """Write the level of a seed into a row of `levels` (its words apart); returns the text of its mission.

    Raises:
        BadOption: for a level with something that these rules do not know.
    """
    try:
        with quiet():
            engine.reset(seed=seed)
    except RecursionError:
        raise _unknown(engine, seed, "no room for all its things: MiniGrid's reset gives up") from None
    rule = rule_of(engine)
    height, field = engine.height, levels.field[row]
    levels.cells[row] = codes.pack(engine.grid.encode()).ravel()
    for p, thing in enumerate(engine.grid.grid):  # row by row, y-major
        cell = p % engine.width * height + p // engine.width
        if thing is not None and thing.contains is not None:
            levels.inside[row, cell] = _code(thing.contains)
        if thing is not None and thing.type == "door" and thing.is_open and thing.is_locked:
            raise _unknown(engine, seed, "a door that is open and locked")
    field[[codes.X, codes.Y]] = engine.agent_pos
    field[codes.HEADING], field[codes.MAX_STEPS] = engine.agent_dir, engine.max_steps
    levels.wide[row, codes.LEVEL_SEED] = seed
    if rule == codes.INSTRUCTION:
        tell(engine, levels, row)
    elif rule:
        _TASKS[_task_name(engine)][1](engine, levels, row)
    if engine.carrying is not None:
        if rule != codes.INSTRUCTION:
            raise _unknown(engine, seed, "something in the hand from the start")
        x, y = engine.carrying.init_pos
        cell = x * height + y
        levels.cells[row, cell], field[codes.TAKE_AT] = _code(engine.carrying), cell
    return str(engine.mission)


def _code(thing: Any) -> int:
    return int(codes.pack(np.array(thing.encode()))[()])


def _unknown(engine: Any, seed: int, what: str) -> BadOption:
    return BadOption(
        f"level {seed} of {engine.spec.id} has {what}",
        where="MiniGridTask",
        expected="what MiniGrid's registered tasks have",
    )


def _task_name(engine: Any) -> str:
    return next(parent.__name__ for parent in type(engine).__mro__ if parent.__name__ in _TASKS)


def _at(engine: Any, position: Any) -> int:
    return int(position[0]) * engine.height + int(position[1])


def _place_of(engine: Any, thing: Any) -> int:
    """The cell of this very object."""
    p = next(p for p, other in enumerate(engine.grid.grid) if other is thing)
    return p % engine.width * engine.height + p // engine.width


def _pick_up(engine: Any, levels: Levels, row: int) -> None:
    levels.cells[row, _place_of(engine, engine.obj)] |= codes.TARGET


def _open(engine: Any, levels: Levels, row: int) -> None:
    levels.field[row, codes.P0] = _place_of(engine, engine.door)


def _fetch(engine: Any, levels: Levels, row: int) -> None:
    levels.field[row, codes.P0] = _named(engine.targetType, engine.targetColor)


def _go(engine: Any, levels: Levels, row: int) -> None:
    levels.field[row, [codes.P0, codes.P1]] = engine.target_pos


def _put(engine: Any, levels: Levels, row: int) -> None:
    levels.field[row, codes.P0] = _named(engine.move_type, engine.moveColor)
    levels.field[row, [codes.P1, codes.P2]] = engine.target_pos


def _doors(engine: Any, levels: Levels, row: int) -> None:
    doors = engine.red_door, engine.blue_door
    levels.field[row, [codes.P0, codes.P1]] = [_place_of(engine, door) for door in doors]


def _memory(engine: Any, levels: Levels, row: int) -> None:
    levels.field[row, [codes.P0, codes.P1]] = [_at(engine, p) for p in (engine.success_pos, engine.failure_pos)]


def _obstacles(engine: Any, levels: Levels, row: int) -> None:
    levels.field[row, codes.FIELDS :] = [_at(engine, ball.cur_pos) for ball in engine.obstacles]
    state = engine.np_random.bit_generator.state
    numbers = [state["state"]["state"], state["state"]["inc"]]
    levels.wide[row, codes.RANDOM :] = [
        *(part for number in numbers for part in divmod(number, 2**64)),
        state["has_uint32"] << 32 | state["uinteger"],
    ]


def _named(kind: str, colour: str) -> int:
    return {"key": codes.KEY, "ball": codes.BALL, "box": codes.BOX}[kind] | codes.COLOURS.index(colour) << 4


_TASKS: dict[str, tuple[int, Callable[[Any, Levels, int], None]]] = {
    "UnlockEnv": (codes.OPEN_DOOR, _open),
    "UnlockPickupEnv": (codes.PICK_UP, _pick_up),
    "BlockedUnlockPickupEnv": (codes.PICK_UP, _pick_up),
    "KeyCorridorEnv": (codes.PICK_UP, _pick_up),
    "ObstructedMazeEnv": (codes.PICK_UP, _pick_up),
    "FetchEnv": (codes.FETCH, _fetch),
    "GoToDoorEnv": (codes.GO_DONE, _go),
    "GoToObjectEnv": (codes.GO_DONE, _go),
    "PutNearEnv": (codes.PUT_NEAR, _put),
    "RedBlueDoorEnv": (codes.TWO_DOORS, _doors),
    "MemoryEnv": (codes.MEMORY, _memory),
    "DynamicObstaclesEnv": (codes.OBSTACLES, _obstacles),
}
"""MiniGrid's classes with rules beside goal and lava -> the rule, and what notes its parameters."""
