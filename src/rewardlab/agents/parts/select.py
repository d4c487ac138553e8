"""Which prompts and responses are learned from: functions `Group -> Group`.

    varied   keep the prompts whose rewards differ        (the others have no advantage)
    without  keep a response's reward, drop its tokens    (it stays in the mean of its group)
    ranked   keep the responses at some ranks of reward   (0 is the best, −1 the worst)
    replaced put one stored response in the place of another

Columns of `info` follow: those with a first axis of length P lose prompts, those with axes [P, G] also responses.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rewardlab.agents.parts.checked import column
from rewardlab.core.arrays import Array, is_torch, namespace, tensor
from rewardlab.core.batch import Group

FIELDS = ("logp", "old_logp", "ref_logp", "mask", "reward")


def prompts(group: Group, index: Any) -> Group:
    """The prompts at `index`: a mask [P] or positions."""
    return _mapped(group, lambda x: x[index], 1)


def varied(group: Group) -> Group:
    """The prompts whose responses were not all paid the same; none may be left."""
    xp = namespace(group.reward)
    return prompts(group, xp.max(group.reward, axis=-1) > xp.min(group.reward, axis=-1))


def without(group: Group, drop: Array) -> Group:
    """The group whose responses in `drop` [P, G] bool have no tokens; advantages still know their rewards."""
    return replace(group, mask=(group.mask != 0) & ~drop[..., None])


def overlong(group: Group) -> Group:
    """Without the responses that were cut off at the longest length: `info["truncated"]` [P, G]."""
    return without(group, column(group, "truncated", by="overlong", axes=2) != 0)


def responses(group: Group, index: Array) -> Group:
    """The responses at `index` [P, K] of each prompt, in that order."""
    rows = np.arange(index.shape[0])[:, None]
    where = tensor(rows, device=index.device) if is_torch(index) else rows
    return _mapped(group, lambda x: x[where, index], 2)


def replaced(group: Group, stored: Group, at: Array) -> Group:
    """The group with the response of `stored` [P, 1, T] where `at` [P, G] is true, with the columns of both."""
    xp = namespace(group.logp)

    def put(x: Array, y: Array) -> Array:
        return xp.where(at[..., None] if x.ndim > 2 else at, y, x)

    info = {
        k: put(v, stored.info[k]) if k in stored.info and tuple(v.shape[:2]) == tuple(at.shape) else v
        for k, v in group.info.items()
    }
    return Group(**{k: put(getattr(group, k), getattr(stored, k)) for k in FIELDS}, info=info)


def by_rank(group: Group) -> Array:
    """The places [P, G] of the responses from the best to the worst; equals in their order."""
    xp = namespace(group.reward)
    return xp.argsort(-1.0 * group.reward, axis=-1, stable=True)


def ranked(group: Group, ranks: Sequence[int]) -> Group:
    """The responses at `ranks` from the best: (0,) is best-of-N, (0, −1) the best and the worst."""
    return responses(group, by_rank(group)[:, list(ranks)])


def _mapped(group: Group, f: Callable[[Array], Array], axes: int) -> Group:
    lead = tuple(group.logp.shape[:axes])
    info = {k: f(v) if tuple(v.shape[:axes]) == lead else v for k, v in group.info.items()}
    if axes == 2:  # a column [P] speaks of the prompt
        info = {k: v if v.ndim < 2 else info[k] for k, v in group.info.items()}
    return Group(**{k: f(getattr(group, k)) for k in FIELDS}, info=info)
