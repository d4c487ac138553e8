"""What the tests of all families share: MiniGrid's own level read out as arrays, and the native one beside it."""

import importlib.util
import itertools

import gymnasium as gym
import minigrid  # noqa: F401, it registers its ids
import numpy as np
import pytest
from contracts.chosen import NONE, has_turn, word

from rewardlab.envs.gridworlds.generators import table
from rewardlab.envs.gridworlds.generators.drawer import Drawer
from rewardlab.envs.gridworlds.kernel import codes, pcg

MANY = (*range(300), 2**32 + 5, 2**63)
SEEDS = tuple(seed for seed in MANY if word() == NONE or seed > 300 or has_turn(seed % 3, 3, "levels"))
"""In a short run a third of them, by its word."""
FIELDS = [codes.X, codes.Y, codes.HEADING, codes.MISSION, codes.P0, codes.P1, codes.P2, codes.P3]


def random_of(engine):
    """The state of MiniGrid's generator as five words."""
    state = engine.np_random.bit_generator.state
    numbers = state["state"]["state"], state["state"]["inc"]
    return [*(half for n in numbers for half in divmod(n, 2**64)), state["has_uint32"] << 32 | state["uinteger"]]


def code_of(thing):
    kind, colour, state = thing.encode()
    return (codes.CLOSED - 1 + state if kind == codes.OPEN and state else kind) | colour << 4


def named(kind, colour):
    return {"key": codes.KEY, "ball": codes.BALL, "box": codes.BOX}[kind] | codes.COLOURS.index(colour) << 4


def of_the_rule(engine, cell, where):
    """P0..P3 and the cells of the obstacles, as MiniGrid's class holds them."""
    name = type(engine).__name__
    if name == "UnlockEnv":
        return [where(engine.door)], []
    if name == "FetchEnv":
        return [named(engine.targetType, engine.targetColor)], []
    if name in ("GoToDoorEnv", "GoToObjectEnv"):
        return list(engine.target_pos), []
    if name == "PutNearEnv":
        return [named(engine.move_type, engine.moveColor), *engine.target_pos], []
    if name == "RedBlueDoorEnv":
        return [where(engine.red_door), where(engine.blue_door)], []
    if name == "MemoryEnv":
        return [cell(*engine.success_pos), cell(*engine.failure_pos)], []
    if name == "DynamicObstaclesEnv":
        return [], [cell(*ball.cur_pos) for ball in engine.obstacles]
    return [], []


def truth(engine, missions):
    """The level that MiniGrid shows: cells, contents, fields, obstacles, generator."""
    height = engine.height
    cells, inside = np.zeros((2, engine.width * height), dtype=np.uint8)

    def cell(x, y):
        return int(x) * height + int(y)

    place = {id(v): cell(*divmod(p, engine.width)[::-1]) for p, v in enumerate(engine.grid.grid) if v is not None}
    for p, thing in enumerate(engine.grid.grid):
        at = cell(*divmod(p, engine.width)[::-1])
        cells[at] = codes.EMPTY if thing is None else code_of(thing)
        if thing is not None and thing.contains is not None:
            inside[at] = code_of(thing.contains)
    if type(engine).__name__.startswith(("UnlockPickup", "BlockedUnlock", "KeyCorridor", "ObstructedMaze")):
        cells[place[id(engine.obj)]] |= codes.TARGET
    rule, balls = of_the_rule(engine, cell, lambda thing: place[id(thing)])
    fields = [*engine.agent_pos, engine.agent_dir, missions.index(engine.mission), *rule, *[0] * (4 - len(rule))]
    return cells, inside, np.array(fields), np.array(balls), np.array(random_of(engine), dtype=np.uint64)


def ours(engine, kwargs, seeds):
    """The native levels of these seeds, in the same form."""
    count, size = len(seeds), engine.width * engine.height
    balls = len(getattr(engine, "obstacles", ()))
    cells, inside = np.full((2, count, size), 77, dtype=np.uint8)  # nothing is taken for granted
    # Room for one obstacle at least: only then is the state of the generator kept.
    field = np.full((count, codes.FIELDS + max(balls, 1)), 77, dtype=np.int32)
    wide = np.full((count, codes.WIDE), 77, dtype=np.uint64)
    draw = Drawer(type(engine).__name__, kwargs, engine.width, engine.height)
    draw(np.array(seeds, dtype=np.uint64), cells, inside, field, wide)
    assert wide[:, codes.LEVEL_SEED].tolist() == list(seeds)
    return zip(
        cells, inside, field[:, FIELDS], field[:, codes.FIELDS :][:, :balls], wide[:, codes.RANDOM :], strict=True
    )


def one_by_one(native, engine, kwargs, seeds):
    """The same from any generator."""
    balls = len(getattr(engine, "obstacles", ()))
    given = native.parameters(kwargs)
    p = np.array([*given, *[0] * (8 - len(given))], dtype=np.int64)
    for seed in seeds:
        cells, inside = np.full((2, engine.width * engine.height), 77, dtype=np.uint8)
        field, scratch = np.full(codes.FIELDS + balls, 77, dtype=np.int32), np.full(256, 77, dtype=np.int64)
        rng = np.zeros(pcg.WORDS, dtype=np.uint64)
        pcg.seed(rng, np.uint64(seed))
        assert native.generate(cells, inside, field, rng, scratch, engine.width, engine.height, p) == 0
        yield cells, inside, field[FIELDS], field[codes.FIELDS :], rng


@pytest.fixture
def differences():
    """(task, seeds, another native generator, more arguments of MiniGrid's class) -> the seeds with another level."""

    def compare(task, seeds=SEEDS, *, native=None, **kwargs):
        engine = gym.make(task, disable_env_checker=True, **kwargs).unwrapped
        engine.reset(seed=0)
        space = engine.observation_space["mission"]
        missions = [space.mission_func(*words) for words in itertools.product(*(space.ordered_placeholders or []))]
        kwargs = {**gym.spec(task).kwargs, **kwargs}
        levels = one_by_one(native, engine, kwargs, seeds) if native else ours(engine, kwargs, seeds)
        found = []
        for seed, level in zip(seeds, levels, strict=True):
            engine.reset(seed=seed)
            pairs = zip(truth(engine, missions), level, strict=True)
            if not all(np.array_equal(theirs, mine) for theirs, mine in pairs):
                found.append(seed)
        return found

    return compare


@pytest.fixture
def mutant(tmp_path):
    """(family, old, new) -> its generator with a fault planted into a copy of the source."""

    def plant(family, old, new):
        origin = importlib.util.find_spec(f"rewardlab.envs.gridworlds.generators.{family}").origin
        with open(origin, encoding="utf-8") as file:
            source = file.read()
        assert source.count(old) == 1, f"{source.count(old)} of {old!r}"
        path = tmp_path / f"{family}_mutant.py"
        path.write_text(source.replace(old, new), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return table.Native(family, module.generate, module.parameters)

    return plant
