"""Observations of grids whose rows live on a device: what `observe` shows, made by torch where the rows are."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, tensor
from rewardlab.envs.gridworlds.kernel import codes

KINDS = ("dict", "one_hot", "flat", "full")
"""Pixels are drawn on the host."""


def observe_tensors(kind: str, image: Array, grids: Callable[[], Array], field: Array, words: Array) -> Any:
    """What the agents are shown, bit for bit that of `observe.observe`.

    Args:
        kind: one of `KINDS`.
        image: [n, view, view, 3] uint8, shown as it is for "dict".
        grids: gives the codes [n, width, height] of whole levels.
        field: [n, FIELDS].
        words: [n, M].
    """
    import torch
    from torch.nn.functional import one_hot

    heading = field[:, codes.HEADING].long()
    if kind in ("flat", "one_hot"):
        parts = [one_hot(image[..., i].long(), size).to(torch.uint8) for i, size in enumerate((11, 6, 3))]
        image = torch.cat(parts, dim=-1)
    if kind == "flat":
        return torch.cat([image.flatten(1).float(), one_hot(heading, 4).float()], dim=1)
    if kind == "full":
        n, device = len(field), field.device
        image = tensor(codes.TRIPLES, device=device)[grids().long()]
        agent = tensor(np.array([codes.AGENT, 0, 0], dtype=np.uint8), device=device).repeat(n, 1)
        agent[:, 2] = heading
        image[torch.arange(n, device=device), field[:, codes.X].long(), field[:, codes.Y].long()] = agent
    return {"image": image, "direction": heading, "mission": words}
