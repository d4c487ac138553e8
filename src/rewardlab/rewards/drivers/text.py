"""`score`: a reward paid to responses; `rewards.drivers.trl` makes a reward function of TRL of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.invalid import REFUSE, OnInvalid
from rewardlab.rewards.drivers.kernel import check_reward, guarded, pay
from rewardlab.rewards.drivers.vector import check_policy


def rollouts(prompts: Sequence[Any], responses: Sequence[Any], columns: Mapping[str, Any] | None = None) -> Transitions:
    """Prompts and responses as transitions [B] of episodes of one step.

    `obs` are the prompts, `action` the responses, `next_obs` each prompt with its response behind it, all as object
    arrays; `info` are the columns. Prompts are strings, or lists of chat messages, to which responses are then added.

    Args:
        prompts: B prompts.
        responses: B responses of the same kind.
        columns: name -> B values: answers, tests, ids.

    Raises:
        BadBatch: if the lengths differ.
    """
    columns = columns or {}
    for name, values in {"responses": responses, **columns}.items():
        if len(values) != len(prompts):
            raise BadBatch(f"{len(values)} {name}", where="rollouts", expected=f"{len(prompts)}, one per prompt")
    n = len(prompts)
    return Transitions(
        obs=_objects(prompts),
        action=_objects(responses),
        reward=np.zeros(n),
        next_obs=_objects([p + r for p, r in zip(prompts, responses, strict=True)]),
        terminated=np.ones(n, dtype=bool),
        truncated=np.zeros(n, dtype=bool),
        info={k: _column(v) for k, v in columns.items()},
    )


def score(batch: Transitions, reward: Reward, *, on_invalid: OnInvalid = REFUSE) -> Array:
    """The pay of each response, of the leading shape of `batch`: [B], or [P, G].

    Args:
        batch: `rollouts(prompts, responses)`; each transition is an episode of its own.
        reward: what pays.
        on_invalid: what to do where a pay is NaN, infinite or beyond float32.

    Raises:
        BadReward: naming reward, part and place.
    """
    return scored(batch, reward, on_invalid=on_invalid)[0]


def scored(batch: Transitions, reward: Reward, *, on_invalid: OnInvalid = REFUSE) -> tuple[Array, dict[str, Array]]:
    """What `score` gives, and each part of it by name; both of the leading shape of `batch`.

    Raises:
        BadReward: naming reward, part and place.
    """
    where = f"score with {check_reward(reward, 'score').name}"
    check_policy(on_invalid, where)
    batch.check(where=where)
    shape = batch.shape
    flat = batch.map(lambda x: x.reshape(-1, *x.shape[len(shape) :]))
    reward.reset(flat.terminated | True)
    parts = guarded(reward, flat, recorded=False, where=where, step="of the rollouts")
    paid, parts, _ = pay(parts, flat, on_invalid, where=where, step="of the rollouts")
    return paid.reshape(shape), {k: v.reshape(shape) for k, v in parts.items()}


def _objects(values: Sequence[Any]) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    for i, v in enumerate(values):
        out[i] = v
    return out


def _column(values: Sequence[Any]) -> np.ndarray:
    if len(values) and all(isinstance(v, (bool, int, float, np.number, np.bool_)) for v in values):
        return np.array(values)
    return _objects(values)
