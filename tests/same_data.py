"""One of our agents and its twin of Stable-Baselines3, with the same weights, learning from the same rollout."""

import numpy as np
import torch
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.logger import Logger


def twins(ours, theirs, world, **options):
    """Agents of both classes; the weights are theirs."""
    pair = [cls("MlpPolicy", make_vec_env(world, 2, seed=0), seed=0, device="cpu", **options) for cls in (ours, theirs)]
    pair[0].policy.load_state_dict(pair[1].policy.state_dict())
    return pair


def update(mine, theirs):
    """Both learn once from the rollout that `theirs` collects."""
    for agent in (mine, theirs):
        agent.set_logger(Logger(None, []))
    _, callback = theirs._setup_learn(10_000, CallbackList([]))
    callback.on_training_start({}, {})
    theirs.collect_rollouts(theirs.env, callback, theirs.rollout_buffer, theirs.n_steps)
    _, callback = mine._setup_learn(10_000, CallbackList([]))
    callback.on_training_start({}, {})
    roll, data = mine.rollout_buffer, theirs.rollout_buffer
    ends = np.concatenate([data.episode_starts[1:], theirs._last_episode_starts[None]]).astype(bool)
    roll.begin()
    for t in range(theirs.n_steps):
        roll.look(t, torch.from_numpy(data.observations[t]))
    roll.look(theirs.n_steps, torch.from_numpy(np.asarray(theirs._last_obs)))
    actions = torch.from_numpy(data.actions)
    roll.action = actions[..., 0].long() if theirs.action_space.shape == () else actions
    roll.reward[:] = torch.from_numpy(data.rewards)  # what lies beyond a cut is in them already
    roll.terminated[:] = torch.from_numpy(ends)
    roll.truncated.zero_()
    with torch.no_grad():
        mine._batch = mine._evaluate(roll, None)
    flat = [x.swapaxes(0, 1).flatten() for x in (data.advantages, data.log_probs)]
    shape = (theirs.n_steps, -1)
    for own, held in zip((mine._batch.advantage, mine._batch.log_prob), flat, strict=True):
        np.testing.assert_allclose(own.view(shape).T.flatten().numpy(), held, atol=2e-4, rtol=1e-4)
    for agent in (mine, theirs):
        agent._update_current_progress_remaining(64, 10_000)
        agent.train()
