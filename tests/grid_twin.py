"""MiniGrid's environment in some situation, and our kernel in the same one: every step of both must agree."""

from typing import Any

import numpy as np
from minigrid.core.grid import Grid
from minigrid.core.mission import MissionSpace
from minigrid.core.world_object import Ball, Box, Door, Floor, Goal, Key, Lava, Wall
from minigrid.minigrid_env import MiniGridEnv

from rewardlab.envs.gridworlds.generators import engine
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.batch import Batch, constants
from rewardlab.envs.gridworlds.kernel.levels import Levels

LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE, DONE = range(7)


class Room(MiniGridEnv):
    """An empty room with the agent at 1, 1, looking right; without a task."""

    def __init__(self, width: int = 6, height: int = 5, **keywords: Any) -> None:
        space = MissionSpace(mission_func=lambda: "")
        super().__init__(space, width=width, height=height, **{"max_steps": 100, **keywords})

    def _gen_grid(self, width: int, height: int) -> None:
        self.grid, self.mission = Grid(width, height), ""
        self.grid.wall_rect(0, 0, width, height)
        self.agent_pos, self.agent_dir = (1, 1), 0


class Jumble(Room):
    """Every kind of thing, anywhere, densely: what no task of MiniGrid shows at once."""

    def _gen_grid(self, width: int, height: int) -> None:
        super()._gen_grid(width, height)
        colours = ("red", "green", "yellow")
        kinds = [
            Wall, Goal, Lava,
            *(lambda k=k, c=c: k(c) for k in (Key, Ball, Box, Floor, Door) for c in colours),
            *(lambda c=c: Door(c, is_locked=True) for c in colours),
            *(lambda c=c: Door(c, is_open=True) for c in colours),
            *(lambda c=c: Box(c, contains=Key(c)) for c in colours),
        ]  # fmt: skip
        for x in range(1, width - 1):
            for y in range(1, height - 1):
                if self.np_random.random() < 0.45:
                    self.put_obj(kinds[self.np_random.integers(len(kinds))](), x, y)
        self.place_agent()


def level_of(env: Any) -> Levels:
    """The running situation of a MiniGrid environment as one level, by the code that reads MiniGrid's levels."""
    balls = len(env.obstacles) if engine.rule_of(env) == codes.OBSTACLES else 0
    levels = Levels.empty(1, env.width * env.height, length=1, balls=balls)
    env.reset = lambda **_: None  # the level is there already
    try:
        engine.draw(env, 0, levels, 0)
    finally:
        del env.reset
    return levels


def batch_for(env: Any, n: int = 1, *, threads: int | None = None) -> Batch:
    """Room for n environments of this one's task."""
    rule = engine.rule_of(env)
    assert rule is not None
    const = constants(
        env.width, env.height, view=env.agent_view_size, through=env.see_through_walls, rule=rule, inside=True,
        balls=len(env.obstacles) if rule == codes.OBSTACLES else 0,
    )  # fmt: skip
    return Batch(const, n, threads=threads)


class Twin:
    """A MiniGrid environment in the situation that it is in, and a batch of one row that began in it."""

    def __init__(self, env: Any) -> None:
        self.env, self.batch = env, batch_for(env)
        self.batch.begin(np.zeros(1, np.int64), level_of(env), np.zeros(1, np.int64))
        self.batch.field[0, codes.STEPS] = env.step_count
        self.same_view(env.gen_obs() if env.carrying is None else None)

    def same_view(self, obs: Any) -> None:
        if obs is not None:
            np.testing.assert_array_equal(self.batch.image[0], obs["image"])
            assert self.batch.field[0, codes.HEADING] == obs["direction"]

    def step(self, action: int) -> tuple[float, bool]:
        """One step of both; returns reward and whether the episode has terminated."""
        obs, reward, ended, cut, _ = self.env.step(action)
        count = self.batch.step(np.array([action]))
        field = self.batch.field[0]
        self.same_view(obs)
        np.testing.assert_array_equal(codes.unpack(self.batch.grids()[0]), self.env.grid.encode())
        assert tuple(field[[codes.X, codes.Y]]) == tuple(self.env.agent_pos)
        held = self.env.carrying.encode() if self.env.carrying else (codes.EMPTY, 0, 0)
        assert tuple(codes.TRIPLES[field[codes.CARRIED] & 0x7F]) == held
        assert self.batch.reward[0] == reward  # to the bit
        assert (self.batch.ended[0], self.batch.cut[0]) == (ended, cut)
        assert count == (ended or cut)
        return float(reward), bool(ended)

    def play(self, *actions: int) -> tuple[float, bool]:
        """Several steps; the last one's reward and end, and none may have ended before."""
        for action in actions[:-1]:
            assert self.step(action) == (0.0, False)
        return self.step(actions[-1])
