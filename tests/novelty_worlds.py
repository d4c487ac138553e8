"""Small worlds and walks for the tests of intrinsic rewards by counts and memory."""

import numpy as np
from steps import steps
from support_rewards import walks

from rewardlab.core.rng import Streams
from rewardlab.envs.mdps import DeepSea
from rewardlab.rewards import PaidVector


def ring_walk(states, t, n, *, seed):
    """States [T + 1, N] of walks on a ring that lean to the right and begin in state 0."""
    rng = np.random.default_rng(seed)
    moves = np.where(rng.random((t, n)) < 0.6, 1, -1)
    return np.concatenate([np.zeros((1, n), dtype=np.int64), np.cumsum(moves, axis=0)]) % states


def dives(size, t, n, *, seed):
    """Successors [T, N] that random actions reach in the deep sea."""
    rules, rng = DeepSea(size=size), Streams(np.arange(n) + 1000 * seed)
    rng.begin(np.ones(n, dtype=bool))
    state, out = rules.start(n, rng), []
    for _ in range(t):
        state, _, ended, _ = rules.move(state, rng.integers(2), rng)
        out.append(state["cell"])
        state = {"cell": np.where(ended, 0, state["cell"])}
    return np.stack(out)


def visits_of(obs, next_obs=None):
    """Steps that reach `obs` [*lead] or, with `next_obs`, go from one to the other."""
    return steps(obs.shape, obs=obs, next_obs=next_obs)


def line(obs):
    """Where a walk of `support_rewards` is: its first number."""
    return obs[..., 0]


def paid_walks(reward, mode, *, rows=3, length=60, seed=0, update_every=1):
    """What `PaidVector` pays on walks, step by step, with all that happened: a list of one dict per step."""
    envs, rng = PaidVector(walks(rows, mode), reward, update_every=update_every), np.random.default_rng(seed)
    obs, _ = envs.reset(seed=seed)
    ended, out = np.zeros(rows, dtype=bool), []
    for _ in range(length):
        before = np.array(obs)
        obs, paid, terminated, truncated, info = envs.step(rng.integers(0, 2, rows))
        done, after = terminated | truncated, np.array(obs)
        final = info.get("final_obs", [None] * rows)
        for i in np.flatnonzero(done):
            after[i] = after[i] if final[i] is None else final[i]
        moved = ~ended if mode.value == "NextStep" else np.ones(rows, dtype=bool)
        out.append({"before": before, "after": after, "paid": np.array(paid), "done": done, "moved": moved})
        ended = done
    return out
