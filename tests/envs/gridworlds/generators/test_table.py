import gymnasium as gym
import numpy as np
import pytest

from rewardlab.envs.gridworlds.generators import table


def test_every_id_of_minigrid_has_a_generator_but_those_of_other_packages():
    import minigrid  # noqa: F401, it registers its ids

    names = {
        name: spec.entry_point.partition(":")[2]
        for name, spec in gym.registry.items()
        if name.startswith("MiniGrid-") and "WFC" not in name
    }
    assert len(names) == 76
    for name, class_name in names.items():
        found = table.native(class_name)
        assert found is not None, name
        parameters = found.parameters(gym.spec(name).kwargs)
        assert len(parameters) <= 8 and all(type(n) is int for n in parameters), name


@pytest.mark.parametrize("name", ["GoToRedBallGrey", "WFCEnv", "MiniGridEnv", ""])
def test_an_unknown_class_has_none(name):
    assert table.native(name) is None


def test_p_holds_what_the_class_was_given():
    parameters = table.native("EmptyEnv").parameters
    assert parameters({}) == (1, 1, 0)
    assert parameters({"agent_start_pos": None})[:2] == (-1, -1)
    assert table.native("KeyCorridorEnv").parameters({"room_size": np.int64(4).item(), "obj_type": "box"}) == (4, 3, 7)
