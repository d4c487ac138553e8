"""Groups of dialogues: which tasks they are of, and parts of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from rewardlab.core.batch import Group


def tasks(group: Group, index: np.ndarray) -> Group:
    """The tasks at positions `index` [P'] of a group, with all its columns."""
    at = torch.as_tensor(index, device=group.reward.device)
    columns = {k: getattr(group, k)[at] for k in ("logp", "old_logp", "ref_logp", "mask", "reward")}
    return replace(group, **columns, info={k: x[at] for k, x in group.info.items()})


def on(group: Group, device: Any) -> Group:
    """The same group on a device."""
    columns = {k: getattr(group, k).to(device) for k in ("logp", "old_logp", "ref_logp", "mask", "reward")}
    return Group(**columns, info={k: x.to(device) for k, x in group.info.items()})


def task_seeds(given: Sequence[int] | None, count: int, *, seed: int, iteration: int) -> list[int]:
    """`count` seeds of tasks for an iteration; of given ones each comes at most once before one comes again.

    Where `count` does not divide their number, some are left out of a pass.
    """
    if given is None:
        return list(map(int, np.random.default_rng([seed, iteration, 1]).integers(2**31, size=count)))
    a_pass, place = divmod(iteration, len(given) // count)
    order = np.random.default_rng([seed, a_pass, 2]).permutation(len(given))
    return [int(given[i]) for i in order[place * count : (place + 1) * count]]
