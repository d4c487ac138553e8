"""Grids in letters: MiniGrid's own text, and the same in colours that one can read."""

import re

import gymnasium as gym
import minigrid  # noqa: F401
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.pictures.letters import ansi, legend

TINT = re.compile(r"\x1b\[0;(?:1;)?38;5;(\d+);48;5;(\d+)m([^\x1b]+)")


def bare(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def everything():
    """A grid [13, 6, 3] with each kind in each colour."""
    kind, colour = np.meshgrid(np.arange(1, 13), np.arange(6), indexing="ij")
    return codes.unpack((kind | colour << 4).astype(np.uint8))


def light(number):
    """Relative luminance of one of the 240 fixed colours of a terminal, as WCAG 2 defines it."""
    n = number - 16
    rgb = [8 + 10 * (number - 232)] * 3 if number >= 232 else [0 if k == 0 else 55 + 40 * k for k in _base6(n)]
    linear = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def _base6(n):
    return n // 36, n // 6 % 6, n % 6


@pytest.mark.parametrize(
    "name",
    ["MiniGrid-DoorKey-8x8-v0", "MiniGrid-ObstructedMaze-2Dlhb-v1", "MiniGrid-LavaGapS5-v0", "BabyAI-PickupDist-v0"],
)
def test_plain_letters_are_minigrids(name):
    env = gym.make(name, disable_env_checker=True).unwrapped
    env.reset(seed=3)
    rng = np.random.default_rng(0)
    for _ in range(25):
        grid, place, heading = env.grid.encode(), env.agent_pos, env.agent_dir
        assert ansi(grid, place, heading, colour=False) == env.pprint_grid()
        assert bare(ansi(grid, place, heading)) == env.pprint_grid()
        ahead = env.grid.get(*env.front_pos)
        toggles = ahead is not None and ahead.type == "door"
        env.step(5 if toggles else int(rng.integers(3)))


def test_every_door_as_minigrid_writes_it():
    grid = everything()
    lines = ansi(grid, None, colour=False).split("\n")
    assert lines[0] == "  WRFR__KRARBRGRVR  DRLR"
    assert [line[2:4] for line in lines] == ["WR", "WG", "WB", "WP", "WY", "WG"]


def test_every_cell_sets_ink_and_ground_that_differ():
    lit = np.zeros((12, 6), dtype=bool)
    lit[:, ::2] = True
    text = ansi(everything(), (0, 0), 2, seen=lit)
    found = TINT.findall(text)
    assert "".join(letters for *_, letters in found) == bare(text).replace("\n", "")  # no cell is left to the terminal
    for ink, ground, letters in found:
        if not letters.strip():
            continue
        one, two = sorted((light(int(ink)), light(int(ground))))
        # WCAG asks 3 of large and bold letters; walls are quiet, and there are many.
        assert (two + 0.05) / (one + 0.05) > (1.3 if set(letters) <= set("WRGBPY") and "W" in letters else 3), letters
    assert all(line.endswith("\x1b[0m") for line in text.split("\n"))


def test_colours_tell_things_apart():
    """Two cells of other letters or another colour never look the same: grey and green have one letter."""
    grid = everything()
    looks = {}
    for x, y in np.ndindex(12, 6):
        kind = int(codes.pack(grid)[x, y]) & 15
        if kind not in (codes.EMPTY, codes.AGENT, codes.LAVA):
            looks.setdefault(ansi(grid[x : x + 1, y : y + 1], None), []).append((kind, y))
    assert all(len(same) == 1 for same in looks.values())


def test_cells_in_sight_have_a_lighter_ground():
    grid = np.ones((2, 1, 3), np.uint8)
    (_, dark, _), (_, bright, _) = TINT.findall(ansi(grid, None, seen=np.array([[False], [True]])))
    assert light(int(dark)) < light(int(bright)) < 0.1


def test_the_legend_names_what_is_there():
    env = gym.make("MiniGrid-DoorKey-5x5-v0", disable_env_checker=True).unwrapped
    env.reset(seed=0)
    words = bare(legend(env.grid.encode()))
    assert words == "GG green goal, KY yellow key, LY yellow locked door, WG grey wall, > V < ^ agent"
    assert legend(env.grid.encode(), colour=False) == words
    whole = legend(colour=False)
    assert all(word in whole for word in ("W wall", "__ open door", "V lava", "B box", "P purple", "> V < ^ agent"))
    assert bare(legend()) == whole != legend()


def test_mistakes_are_named():
    with pytest.raises(BadOption, match=r"a grid of shape \(3, 3\)"):
        ansi(np.ones((3, 3), np.uint8), None)
    with pytest.raises(BadOption, match=r"seen of shape \(2,\)"):
        ansi(np.ones((3, 3, 3), np.uint8), None, seen=np.ones(2, bool))
