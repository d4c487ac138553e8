import numpy as np
import pytest
import torch

from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel.observe import observe
from rewardlab.envs.gridworlds.kernel.observe_tensors import KINDS, observe_tensors
from rewardlab.envs.gridworlds.minigrid import MiniGridTask


@pytest.mark.parametrize("kind", KINDS)
def test_tensors_show_what_arrays_show(kind):
    rules, rng = MiniGridTask(task="MiniGrid-DoorKey-6x6-v0"), Streams(range(16))
    batch = rules.batch(16)
    rng.begin(slice(None))
    levels, which = rules.deal(rng)
    batch.begin(np.arange(16), levels, which)
    words = levels.words[which]
    for action in np.random.default_rng(0).integers(7, size=(30, 16)):
        batch.step(action)
    given = (np.array(batch.image), batch.grids(), batch.field, words)
    wanted = observe(kind, given[0], lambda: given[1], given[2], given[3], tile=8)
    image, grids, field, told = (torch.from_numpy(np.ascontiguousarray(x)) for x in given)
    shown = observe_tensors(kind, image, lambda: grids, field, told)
    assert isinstance(shown, dict) == isinstance(wanted, dict)
    if not isinstance(wanted, dict):
        shown, wanted = {"all": shown}, {"all": wanted}
    assert shown.keys() == wanted.keys()
    for key, x in wanted.items():
        assert shown[key].numpy().dtype == x.dtype, key
        np.testing.assert_array_equal(shown[key].numpy(), x)
    space = MiniGridTask(task="MiniGrid-DoorKey-6x6-v0", observation=kind).observation_space
    one = {k: v[0].numpy() for k, v in shown.items()}
    assert space.contains(one["all"] if "all" in one else one | {"direction": int(one["direction"])})
