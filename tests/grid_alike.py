"""What every task on the grid kernel must do: a row of a vector shows what the single environment of its seed shows."""

import numpy as np

from rewardlab.envs.world import WorldEnv, WorldVectorEnv


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return np.array_equal(a, b)


def rows_are_singles(rules, *, seed=3, n=3, steps=60, limit=25):
    """Play both at random; returns how many episodes of the rows ended."""
    envs = WorldVectorEnv(rules, n, max_episode_steps=limit)
    rng, ended = np.random.default_rng(0), 0
    obs, info = envs.reset(seed=seed)
    singles = [WorldEnv(rules) for _ in range(n)]
    shown, clock = [env.reset(seed=seed + i) for i, env in enumerate(singles)], [0] * n
    for _ in range(steps):
        for i, (one, told) in enumerate(shown):
            assert same(one, {k: v[i] for k, v in obs.items()})
            assert same(
                told, {k: v[i] for k, v in info.items() if not k.startswith(("_", "final")) and info[f"_{k}"][i]}
            )
        action = rng.choice(7, size=n, p=[0.15, 0.15, 0.35, 0.12, 0.06, 0.15, 0.02])
        obs, reward, terminated, truncated, info = envs.step(action)
        shown = []
        for i, env in enumerate(singles):
            one, pay, over, cut, told = env.step(int(action[i]))
            clock[i] += 1
            cut = cut or clock[i] >= limit
            assert (pay, over, cut) == (reward[i], terminated[i], truncated[i])
            if over or cut:
                ended += 1
                clock[i] = 0
                last = info["final_info"]
                assert same(told, {k: last[k][i] for k in told})
                one, told = env.reset()
            shown.append((one, told))
    return ended
