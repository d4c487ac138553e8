"""Parts of groups."""

from dataclasses import replace

import numpy as np
import torch

from rewardlab.core.batch import Group


def tasks(group: Group, index: np.ndarray) -> Group:
    """The tasks at positions `index` [P'] of a group, with all its columns."""
    at = torch.as_tensor(index, device=group.reward.device)
    columns = {k: getattr(group, k)[at] for k in ("logp", "old_logp", "ref_logp", "mask", "reward")}
    return replace(group, **columns, info={k: x[at] for k, x in group.info.items()})
