"""What can be known of a reward from play alone: sizes, shares, how it ranks behaviours, and loops that were walked."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.core.arrays import array, tree_leaves
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.vector import PaidVector
from rewardlab.rewards.metrics.auditing.behaviour import Behaviour, summed
from rewardlab.rewards.metrics.auditing.findings import Finding
from rewardlab.rewards.metrics.auditing.policies import Policy

_NEVER = 10**9  # an update that never comes: the reward is audited as it stands


@dataclass(frozen=True)
class Played:
    """T steps of N rows under one policy.

    Attributes:
        behaviour: what they sum up to.
        features: [T, N, D] what was seen before each step.
        pay: [T, N] what was paid.
        task: [T, N] what the task itself paid.
        done: [T, N] bool.
        returns: [E, 2] discounted paid and true return of each whole episode.
    """

    behaviour: Behaviour
    features: np.ndarray
    pay: np.ndarray
    task: np.ndarray
    done: np.ndarray
    returns: np.ndarray


def play(
    envs: VectorEnv, reward: Reward, name: str, policy: Policy | None, *, steps: int, gamma: float, seed: int
) -> Played:
    """Play `steps` steps of every row, paid by a copy of the reward that does not learn.

    Args:
        envs: the rows; NumPy observations.
        reward: as it stands.
        name: the policy's.
        policy: observations [N, *obs] -> actions [N]; None for random actions.
        steps: T.
        gamma: the discount of returns.
        seed: of rows and random actions.
    """
    paid = PaidVector(envs, copy.deepcopy(reward), update_every=_NEVER)
    obs, _ = paid.reset(seed=seed)
    paid.action_space.seed(seed)
    N = paid.num_envs
    kept: dict[str, list[np.ndarray]] = {k: [] for k in ("features", "pay", "task", "done")}
    parts: dict[str, list[np.ndarray]] = {}
    running, weight, whole = np.zeros((N, 2)), np.ones(N), list[np.ndarray]()
    for _ in range(steps):
        action = paid.action_space.sample() if policy is None else policy(obs)
        kept["features"].append(features(obs, N))
        obs, pay, terminated, truncated, info = paid.step(action)
        done, pay, task = array(terminated) | array(truncated), array(pay), array(info["task_reward"])
        true = _true(info, task, done)
        running += weight[:, None] * np.stack([pay, true], axis=1)
        weight *= gamma
        whole.extend(running[done])
        running[done], weight[done] = 0.0, 1.0
        for key, value in (("pay", pay), ("task", task), ("done", done)):
            kept[key].append(value.copy())
        for key, value in info["reward_parts"].items():
            parts.setdefault(key, []).append(array(value).copy())
    stacked = {k: np.stack(v) for k, v in kept.items()}
    returns = np.array(whole).reshape(-1, 2)
    means = returns.mean(0) if len(returns) else running.mean(0)
    flat = {k: np.stack(v).ravel() for k, v in parts.items() if len(v) == steps}
    every = stacked["pay"].ravel()
    behaviour = summed(name, every, flat, np.ones(len(every)), paid=float(means[0]), true=float(means[1]))
    return Played(behaviour, returns=returns, **stacked)


def features(obs: object, n: int) -> np.ndarray:
    """Observations [N, *obs] of any kind of numbers as [N, D]; what is no number is left out."""
    leaves = [array(x).reshape(n, -1) for x in tree_leaves(obs)]
    numbers = [x.astype(np.float64) for x in leaves if x.dtype.kind in "fiub"]
    return np.concatenate(numbers, axis=1) if numbers else np.zeros((n, 0))


def _true(info: Mapping[str, Any], task: np.ndarray, done: np.ndarray) -> np.ndarray:
    """The true reward [N] of a step: that of rows that ended stands in `final_info`."""
    now = info.get("true_reward")
    last = info.get("final_info", {}).get("true_reward")
    if now is None and last is None:
        return task
    if last is None or not done.any():
        return array(now)
    return np.where(done, array(last), array(now) if now is not None else array(last))


def loops(played: Played, gamma: float) -> tuple[float, float] | None:
    """The best loop that was walked: what going round for ever would be worth, and the pay of one round.

    A loop returns to an observation of the same episode, and the task pays nothing on the way.
    """
    best: tuple[float, float] | None = None
    T, N = played.pay.shape
    if played.features.shape[-1] == 0:
        return None
    for i in range(N):
        seen: dict[bytes, int] = {}
        for t in range(T):
            key = played.features[t, i].tobytes()
            start = seen.get(key)
            if start is not None and not played.task[start:t, i].any():
                pay = played.pay[start:t, i]
                value = float((gamma ** np.arange(len(pay)) * pay).sum()) / (1.0 - gamma ** len(pay))
                if best is None or value > best[0]:
                    best = value, float(pay.sum())
            seen[key] = t
            if played.done[t, i]:
                seen = {}
    return best


def findings(played: Mapping[str, Played], *, gamma: float, task: str) -> list[Finding]:
    """The findings of play in words.

    Args:
        played: name of the policy -> its steps.
        gamma: the agent's discount.
        task: the name of the task's own part.
    """
    out: list[Finding] = []
    behaviours = [p.behaviour for p in played.values()]
    by_true = max(behaviours, key=lambda b: b.true)
    by_paid = max(behaviours, key=lambda b: b.paid)
    spread = max(b.true for b in behaviours) - min(b.true for b in behaviours)
    if len(behaviours) > 1 and spread > 0:
        gap = (by_true.true - by_paid.true) / spread
        data = {"gap": gap, "liked": by_paid.name, "best": by_true.name}
        if gap > 0.05:
            words = (
                f"The reward ranks {by_paid.name!r} first, whose true return is {by_paid.true:.4g}; {by_true.name!r} "
            )
            words += f"truly earns {by_true.true:.4g}, and is paid less."
            out.append(Finding("ranking", "fault", words, "pay more for what the better policy does differently", data))
        else:
            out.append(Finding("ranking", "good", "The reward ranks the best of these policies first.", data=data))
    walked = [(found, name) for name, p in played.items() if (found := loops(p, gamma)) is not None]
    if walked and 0 < gamma < 1:
        (value, round_), name = max(walked)
        if value > by_true.paid + 1e-6 * (1 + abs(by_true.paid)) and round_ > 0:
            words = (
                f"{name!r} walked a loop that pays {round_:.4g} a round where the task pays nothing; going round for "
            )
            words += f"ever is worth {value:.4g}, more than the {by_true.paid:.4g} that {by_true.name!r} is paid."
            out.append(Finding("loop", "fault", words, "pay for progress, not for being there", {"value": value}))
    share = by_true.shares.get(task)
    if share is not None and len(by_true.shares) > 1 and 0 < share < 0.02:
        words = f"The task's own reward has {share:.2%} of what {by_true.name!r} is paid: the rest drowns it."
        out.append(Finding("scale", "warning", words, "lower the weights of the other terms", {"share": share}))
    if all(b.size == 0 for b in behaviours):
        out.append(Finding("silent", "warning", "Nothing was paid in any step that was played.", "play for longer"))
    return out
