import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.generators import table
from rewardlab.envs.gridworlds.generators.drawer import Drawer
from rewardlab.envs.gridworlds.kernel import codes

LIMITS = [
    ("CrossingEnv", "size", 67, {"num_crossings": 64}),
    ("FetchEnv", "numObjs", 256, {}),
    ("GoToObjectEnv", "numObjs", 18, {}),
    ("KeyCorridorEnv", "num_rows", 9, {"room_size": 3}),
    ("MultiRoomEnv", "maxNumRooms", 42, {"minNumRooms": 2}),
    ("PutNearEnv", "numObjs", 18, {}),
]


@pytest.mark.parametrize(("class_name", "option", "most", "others"), LIMITS)
def test_more_than_there_is_memory_for_is_refused(class_name, option, most, others):
    parameters = table.native(class_name).parameters
    parameters({**others, option: most})
    with pytest.raises(BadOption, match=f"{option}={most + 1}"):
        parameters({**others, option: most + 1})


def test_the_greatest_levels_are_minigrids(differences):
    assert differences("MiniGrid-KeyCorridorS3R3-v0", range(3), num_rows=9) == []
    assert differences("MiniGrid-LavaCrossingS9N1-v0", range(3), size=67, num_crossings=64) == []
    assert differences("MiniGrid-PutNear-8x8-N3-v0", range(3), size=40, numObjs=18) == []
    assert differences("MiniGrid-GoToObject-8x8-N2-v0", range(3), size=9, numObjs=18) == []
    assert differences("MiniGrid-Fetch-8x8-N3-v0", range(3), size=25, numObjs=256) == []


def test_the_longest_row_of_rooms_stays_within_its_memory():
    cells, inside = np.zeros((2, 1, 120 * 120), dtype=np.uint8)
    field, wide = np.zeros((1, codes.FIELDS), dtype=np.int32), np.zeros((1, codes.WIDE), dtype=np.uint64)
    kwargs = {"minNumRooms": 42, "maxNumRooms": 42, "maxRoomSize": 4}
    Drawer("MultiRoomEnv", kwargs, 120, 120)(np.array([1], dtype=np.uint64), cells, inside, field, wide)
    assert (cells & 15 == codes.CLOSED).sum() >= 38  # a later room's wall may cover a door
