"""Levels by seed: our own generators where there are some, held against MiniGrid before they are trusted."""

import pickle

import numpy as np
import pytest
from contracts.chosen import PLAYABLE

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.generators import minigrid_levels
from rewardlab.envs.gridworlds.generators.minigrid_levels import MiniGridLevels
from rewardlab.envs.gridworlds.kernel import codes

THEIRS = [n.removeprefix("rewardlab/") for n in PLAYABLE if n.startswith("rewardlab/MiniGrid-")]
SOME = ("MiniGrid-DoorKey-5x5-v0", "MiniGrid-Dynamic-Obstacles-6x6-v0", "MiniGrid-Fetch-8x8-N3-v0")


def same(one, other):
    a, b = vars(one), vars(other)
    field = [x["field"].copy() for x in (a, b)]
    for x in field:
        x[:, codes.MISSION] = 0
    return np.array_equal(*field) and all(np.array_equal(a[k], b[k]) for k in a if k != "field")


def asked(draw, seeds):
    """What MiniGrid itself draws."""
    return draw._asked(seeds)


@pytest.mark.parametrize("task", SOME)
def test_our_levels_are_minigrids(task):
    draw = MiniGridLevels(task, {})
    assert draw.cheap
    seeds = np.array([0, 5, 2**31, 2**63, 2**64 - 1, 123456789], dtype=np.uint64)
    mine = draw(seeds)
    assert draw._drawer is not None  # it has proved itself
    assert same(mine, asked(draw, seeds))
    assert mine.wide[:, codes.LEVEL_SEED].tolist() == seeds.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("task", THEIRS)
def test_every_id_of_minigrid_has_levels_of_our_own(task):
    draw = MiniGridLevels(task, {})
    assert draw.cheap
    seeds = np.random.default_rng(0).integers(0, 2**63, 100).astype(np.uint64)
    assert same(draw(seeds), asked(draw, seeds))
    assert draw._drawer is not None


def test_a_generator_that_differs_is_not_used(monkeypatch):
    class Wrong(minigrid_levels.Drawer):
        def __call__(self, seeds, cells, *rest):
            super().__call__(seeds, cells, *rest)
            cells[-1, 8] ^= 1

    monkeypatch.setattr(minigrid_levels, "Drawer", Wrong)
    draw = MiniGridLevels(SOME[0], {})
    seeds = np.arange(4, dtype=np.uint64)
    assert same(draw(seeds), asked(draw, seeds))
    assert draw._drawer is None


def test_options_are_those_of_the_level():
    for options in ({"size": 6}, {"size": 11, "max_steps": 17}):
        draw = MiniGridLevels(SOME[0], options)
        seeds = np.arange(5, dtype=np.uint64)
        assert same(draw(seeds), asked(draw, seeds))
        assert draw(seeds).cells.shape == (5, options["size"] ** 2)
        assert (draw(seeds).field[:, codes.MAX_STEPS] == options.get("max_steps", 10 * 36)).all()


def test_babyai_draws_its_own():
    draw = MiniGridLevels("BabyAI-GoToSeqS5R2-v0", {})
    assert not draw.cheap
    assert draw.texts is None
    levels = draw(np.array([3, 3, 4], dtype=np.uint64))
    assert np.array_equal(levels.cells[0], levels.cells[1])
    assert not np.array_equal(levels.tags[0], levels.tags[2])


def test_pickles_draw_the_same():
    for task in (*SOME, "BabyAI-GoToLocal-v0"):
        draw, seeds = MiniGridLevels(task, {}), np.arange(3, dtype=np.uint64)
        before = pickle.loads(pickle.dumps(draw))
        first = draw(seeds)
        after = pickle.loads(pickle.dumps(draw))
        assert same(first, before(seeds))
        assert same(first, after(seeds))


def test_unknown_tasks_are_refused():
    with pytest.raises(BadOption, match="DoorKey"):
        MiniGridLevels("MiniGrid-DoorKey-7x7-v0", {})
