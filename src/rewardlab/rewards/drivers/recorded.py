"""`relabel`: a reward paid to recorded steps."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Tree, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.columns import BORDER, OURS
from rewardlab.rewards.drivers.invalid import REFUSE, OnInvalid
from rewardlab.rewards.drivers.kernel import below, check_reward, guarded, pay
from rewardlab.rewards.drivers.vector import check_policy


def relabel(steps: Transitions, reward: Reward, *, on_invalid: OnInvalid = REFUSE) -> Transitions:
    """Recorded steps with the pay that `reward` gives them.

    `info` gets `task_reward` (kept if there is one, else the recorded reward) and `reward_parts`, as online; the parts
    of an earlier pay move to `reward_parts_below`. A reward with memory forgets its running episodes: hand over one
    that no driver is using. Rows that a NEXT_STEP environment reset are no transitions: leave them out.

    Args:
        steps: [T, N] transitions, oldest first, whose first row begins an episode everywhere; any leading axes for a
            reward without memory.
        reward: what pays.
        on_invalid: what to do where a pay is NaN, infinite or beyond float32.

    Returns:
        The same steps, `reward` replaced.

    Raises:
        BadBatch: if the columns disagree, or a reward with memory is not given [T, N].
        BadReward: naming reward, part and place.
    """
    where = f"relabel with {check_reward(reward, 'relabel').name}"
    check_policy(on_invalid, where)
    steps.check(where=where)
    if reward.memory and len(steps.shape) != 2:
        raise BadBatch(
            f"steps of shape {steps.shape}",
            where=where,
            expected="[T, N]: this reward remembers the episode",
            mend="steps.map(lambda x: x[:, None]) makes [T] into [T, 1]",
        )
    task = steps.info.get("task_reward", steps.reward)
    seen = {k: v for k, v in steps.info.items() if k not in OURS and k not in BORDER}
    batch = Transitions(
        steps.obs, steps.action, steps.reward, steps.next_obs, steps.terminated, steps.truncated,
        {**seen, "task_reward": task},
    )  # fmt: skip
    parts = guarded(reward, batch, recorded=True, where=where, step="in recorded steps")
    paid, parts, _ = pay(parts, batch, on_invalid, where=where, step="of the recorded steps")
    columns: dict[str, Any] = {"task_reward": task, "reward_parts": parts}
    if "reward_parts" in steps.info:
        columns["reward_parts_below"] = below(steps.info["reward_parts"], steps.info.get("reward_parts_below", {}))
    return steps.paying(paid, **columns)


def from_minari(episodes: Iterable[Any]) -> Transitions:
    """Episodes of a Minari dataset as one row of transitions [T, 1], T the steps of all of them.

    An episode that the recording left without an end is truncated at its last step. Recorded infos with one entry per
    observation become columns.

    Args:
        episodes: Minari's `EpisodeData`, e.g. `dataset.iterate_episodes()`; observations and infos have one entry more
            than actions.

    Raises:
        BadBatch: if there is no episode, or the lengths disagree.
    """
    rows = [_episode(e) for e in episodes]
    if not rows:
        raise BadBatch("no episodes", where="from_minari", expected="at least one episode")
    names = set.intersection(*(set(r.info) for r in rows))
    rows = [Transitions(**{**vars(r), "info": {k: v for k, v in r.info.items() if k in names}}) for r in rows]
    return Transitions.concat(rows).map(lambda x: x[:, None])


def _episode(e: Any) -> Transitions:
    reward = np.asarray(e.rewards, dtype=np.float64)
    n = len(reward)
    terminated, truncated = np.array(e.terminations, dtype=bool), np.array(e.truncations, dtype=bool)
    if n and not terminated[-1]:
        truncated[-1] = True
    obs = _arrays(e.observations)
    steps = Transitions(
        tree_map(lambda x: x[:-1], obs),
        _arrays(e.actions),
        reward,
        tree_map(lambda x: x[1:], obs),
        terminated,
        truncated,
        _columns(e.infos or {}, n),
    )
    return steps.check(where=f"from_minari, episode {e.id}")


def _columns(infos: Mapping[str, Any], n: int) -> dict[str, Any]:
    """What each step showed: entry 0 belongs to the reset."""
    out: dict[str, Any] = {}
    for name, value in infos.items():
        if isinstance(value, Mapping):
            out[name] = _columns(value, n)
        elif len(column := np.asarray(value)) == n + 1:
            out[name] = column[1:]
    return out


def _arrays(x: Any) -> Tree:
    if isinstance(x, Mapping):
        return {k: _arrays(v) for k, v in x.items()}
    if isinstance(x, tuple):
        return tuple(_arrays(v) for v in x)
    return np.array(x, dtype=object) if len(x) and isinstance(x[0], str) else np.asarray(x)
