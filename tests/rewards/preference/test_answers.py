import numpy as np
import torch

from rewardlab.rewards import vector_items
from rewardlab.rewards.preference.answers import Answers, counted


def test_rows_of_sets_keep_what_belongs_together():
    x = torch.arange(24.0).reshape(4, 2, 3, 1)
    all_ = Answers(x, x[..., 0] > 0, torch.arange(4.0), torch.arange(4))
    sets = all_.rows(torch.tensor([[3, 0], [1, 1]]))
    assert sets.x.shape == (2, 2, 2, 3, 1) and sets.mask.shape == (2, 2, 2, 3)
    assert sets.label.tolist() == [[3, 0], [1, 1]] == sets.who.tolist()
    torch.testing.assert_close(sets.x[0, 0], x[3])
    assert len(all_) == 4


def test_without_a_mask_all_steps_count():
    items = vector_items(np.zeros((3, 2, 1)))
    assert counted(items, "cpu").all() and counted(items, "cpu").shape == (3, 2, 1)
    some = items.paying(items.reward, mask=np.array([[[1], [0]]] * 3))
    assert counted(some, "cpu")[:, :, 0].tolist() == [[True, False]] * 3
