import itertools

import numpy as np
import pytest
from minigrid.core.grid import Grid
from minigrid.core.mission import MissionSpace
from minigrid.core.world_object import Ball, Box, Door, Floor, Goal, Key, Lava, Wall
from minigrid.minigrid_env import MiniGridEnv

from rewardlab.envs.gridworlds import kernel

COLOURS = ("red", "green", "yellow")


class Jumble(MiniGridEnv):
    """Every kind of thing, anywhere, densely: what no task of MiniGrid shows at once."""

    def __init__(self, width, height, through):
        space = MissionSpace(mission_func=lambda: "")
        super().__init__(space, width=width, height=height, max_steps=10**6, see_through_walls=through)

    def _gen_grid(self, width, height):
        self.grid, self.mission = Grid(width, height), ""
        self.grid.wall_rect(0, 0, width, height)
        kinds = [
            Wall, Goal, Lava,
            *(lambda k=k, c=c: k(c) for k in (Key, Ball, Box, Floor, Door) for c in COLOURS),
            *(lambda c=c: Door(c, is_locked=True) for c in COLOURS),
            *(lambda c=c: Door(c, is_open=True) for c in COLOURS),
        ]  # fmt: skip
        for x, y in itertools.product(range(1, width - 1), range(1, height - 1)):
            if self.np_random.random() < 0.45:
                self.put_obj(kinds[self.np_random.integers(len(kinds))](), x, y)
        self.place_agent()


def codes(image):
    """MiniGrid's triples as one number each, for any encoding."""
    return image[..., 0].astype(int) * 100 + image[..., 1] * 10 + image[..., 2]


@pytest.mark.parametrize(("width", "height", "through"), [(6, 9, False), (9, 6, True), (5, 5, False)])
def test_actions_and_views_are_minigrids_among_all_things(width, height, through):
    env, rng = Jumble(width, height, through), np.random.default_rng(0)
    stride = height + 2 * kernel.BORDER
    offsets, steps = kernel.view_offsets(stride), kernel.HEADINGS @ (stride, 1)
    events = set()
    for seed in range(25):
        obs, _ = env.reset(seed=seed)
        cells = kernel.pack(env.grid.encode())[None]
        x, y = (int(v) for v in env.agent_pos)
        at, heading = np.array([(x + kernel.BORDER) * stride + y + kernel.BORDER]), np.array([env.agent_dir])
        carried = np.array([kernel.EMPTY], dtype=np.uint8)
        for action in rng.choice(7, size=60, p=[0.15, 0.15, 0.2, 0.2, 0.1, 0.15, 0.05]):
            seen = kernel.view(cells, at, heading, carried, offsets, through=through)[0]
            np.testing.assert_array_equal(codes(kernel.TRIPLES[seen]), codes(obs["image"]))
            before = carried[0] & 15
            cells, at, heading, carried, entered = kernel.act(cells, at, heading, carried, np.array([action]), steps)
            obs, reward, ended, _, _ = env.step(int(action))
            np.testing.assert_array_equal(kernel.unpack(cells[0], height), env.grid.encode())
            assert divmod(int(at[0]), stride) == tuple(int(v) + kernel.BORDER for v in env.agent_pos)
            assert heading[0] == env.agent_dir
            held = env.carrying.encode() if env.carrying else (kernel.EMPTY, 0, 0)
            assert tuple(kernel.TRIPLES[carried[0]]) == held
            assert (reward > 0) == (entered[0] == kernel.GOAL)
            assert ended == (entered[0] in (kernel.GOAL, kernel.LAVA))
            events.add((int(action), int(before), int(carried[0] & 15), int(entered[0])))
    kinds = {before for _, before, _, _ in events}
    assert kinds >= {kernel.EMPTY, kernel.KEY, kernel.BALL, kernel.BOX}  # all were carried
    assert {entered for *_, entered in events} >= {kernel.EMPTY, kernel.FLOOR, kernel.OPEN, kernel.GOAL, kernel.LAVA}


def test_doors_boxes_and_keys():
    yellow, red = 4 << 4, 0 << 4
    steps = kernel.HEADINGS @ (1 + 2 * kernel.BORDER, 1)
    corridor = np.array([[(kernel.EMPTY, 0, 0)], [(kernel.EMPTY, 0, 0)]])
    at = np.array([kernel.BORDER * (1 + 2 * kernel.BORDER) + kernel.BORDER])

    def toggle(ahead, carried):
        cells = kernel.pack(corridor)[None].copy()
        cells[0, at + steps[0]] = ahead
        after, *_ = kernel.act(cells, at, np.array([0]), np.array([carried], np.uint8), np.array([5]), steps)
        assert cells[0, at + steps[0]] == ahead  # what was given is kept
        return int(after[0, at + steps[0]][0])

    assert toggle(kernel.LOCKED | yellow, kernel.KEY | yellow) == kernel.OPEN | yellow
    assert toggle(kernel.LOCKED | yellow, kernel.KEY | red) == kernel.LOCKED | yellow
    assert toggle(kernel.LOCKED | yellow, kernel.BALL | yellow) == kernel.LOCKED | yellow
    assert toggle(kernel.CLOSED | red, kernel.EMPTY) == kernel.OPEN | red
    assert toggle(kernel.OPEN | red, kernel.EMPTY) == kernel.CLOSED | red
    assert toggle(kernel.BOX | red, kernel.EMPTY) == kernel.EMPTY
    assert toggle(kernel.GREY_WALL, kernel.KEY | yellow) == kernel.GREY_WALL


def test_packing_loses_nothing():
    env = Jumble(8, 7, False)
    for seed in range(20):
        env.reset(seed=seed)
        grid = env.grid.encode()
        cells = kernel.pack(grid)
        assert cells.shape == ((8 + 12) * (7 + 12),)
        np.testing.assert_array_equal(kernel.unpack(cells, 7), grid)
        assert (cells.reshape(20, 19)[:6] == kernel.GREY_WALL).all()
