import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadBatch, BadCheckpoint
from rewardlab.core.memory import EpisodeMemory


def test_reset_forgets_the_rows_it_names_and_no_others():
    memory = EpisodeMemory(start=2.0, shape=(2,))
    memory.reset(np.ones(3, dtype=bool))
    assert (memory.read(np.zeros(3)) == 2.0).all()
    memory.write(np.arange(6.0).reshape(2, 3))
    memory.reset(np.array([False, True, False]))
    assert memory.read(np.zeros(3)).tolist() == [[0.0, 2.0, 2.0], [3.0, 2.0, 5.0]]


def test_another_number_of_rows_begins_anew_in_all():
    memory = EpisodeMemory()
    memory.reset(np.ones(2, dtype=bool))
    memory.write(np.ones(2))
    memory.reset(np.array([True, False, False]))
    assert memory.read(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def test_it_follows_the_library_of_the_batch():
    memory = EpisodeMemory(start=0.1)
    memory.reset(torch.ones(2, dtype=torch.bool))
    held = memory.read(torch.zeros(2, dtype=torch.float64))
    assert held.dtype == torch.float64 and held.tolist() == [0.1, 0.1]
    assert memory.read(torch.zeros(2)).dtype == torch.float32
    assert isinstance(memory.read(np.zeros(2)), np.ndarray)


def test_state_is_a_copy():
    memory, other = EpisodeMemory(), EpisodeMemory()
    assert memory.state_dict() == {}
    memory.reset(np.ones(2, dtype=bool))
    state = memory.state_dict()
    memory.write(memory.read(np.zeros(2)) + 1)
    other.load_state_dict(state)
    assert other.read(np.zeros(2)).tolist() == [0.0, 0.0]
    with pytest.raises(BadCheckpoint, match="memory of shape"):
        EpisodeMemory(shape=(3,)).load_state_dict(state)


def test_only_single_steps_of_known_rows():
    memory = EpisodeMemory(where="Here")
    with pytest.raises(BadBatch, match=r"Here: a batch with leading axes \(2, 3\)"):
        memory.read(np.zeros((2, 3)))
    memory.read(np.zeros(2))
    with pytest.raises(BadBatch, match="3 rows"):
        memory.read(np.zeros(3))
