"""The best plan of a table, said in words beside the same world in numbers."""

import gymnasium as gym
import numpy as np

from rewardlab.envs.world import WorldVectorEnv


def best_plan_in_words(name, rows=40, *, timed=False):
    """(mean return, its standard error, optimal return of the card) of `rows` first episodes.

    With `timed` the state of the table is the number of the step, whatever is observed.
    """
    envs = gym.make_vec(name, num_envs=rows)
    view = envs.unwrapped.rules
    numeric = WorldVectorEnv(view.rules, rows, max_episode_steps=envs.spec.max_episode_steps)
    best, names = view.rules.to_mdp().solve(), view.words[0]
    envs.reset(seed=4)
    state, _ = numeric.reset(seed=4)
    going, earned, t = np.ones(rows, dtype=bool), np.zeros(rows), 0
    while going.any():
        action = best.policy[np.full(rows, t) if timed else np.asarray(state)]
        _, reward, over, cut, _ = envs.step([names[a] if names else str(a) for a in action])
        state, same_reward, *_ = numeric.step(action)
        assert np.array_equal(reward, same_reward)
        earned, going, t = earned + going * reward, going & ~(over | cut), t + 1
    return earned.mean(), earned.std() / np.sqrt(rows), view.card().optimal_return
