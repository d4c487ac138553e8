import pytest
from minigrid.core.world_object import Lava, Wall


@pytest.mark.parametrize("size", [5, 6, 7])
def test_every_level_is_minigrids(size, differences):
    assert differences(f"MiniGrid-LavaGapS{size}-v0") == []


def test_the_gap_may_be_in_a_wall(differences):
    assert differences("MiniGrid-LavaGapS6-v0", range(40), obstacle_type=Wall) == []
    assert differences("MiniGrid-LavaGapS6-v0", range(40), obstacle_type=Lava) == []


def test_a_fault_is_seen(mutant, differences):
    old = "    x = bounded(rng, 2, W - 2)\n    y = bounded(rng, 1, H - 1)\n"
    new = "    y = bounded(rng, 1, H - 1)\n    x = bounded(rng, 2, W - 2)\n"
    assert differences("MiniGrid-LavaGapS6-v0", range(40), native=mutant("lava_gap", old, new))
