"""The taxi in text: the best plan, said in words, earns the table's optimal return."""

import gymnasium as gym
import pytest


@pytest.mark.parametrize("seed", range(5))
def test_the_optimal_policy_in_words_earns_its_value(seed):
    env, numeric = gym.make("rewardlab/TaxiText-v0"), gym.make("rewardlab/Taxi-v0")
    text, _ = env.reset(seed=seed)
    state, _ = numeric.reset(seed=seed)
    assert text.endswith(env.unwrapped.rules.text(env.unwrapped.get_state()["state"], 0).split("\n")[-1])
    policy = numeric.unwrapped.to_mdp().solve().policy
    names = env.unwrapped.rules.words[0]
    total = earned = 0.0
    over = False
    while not over:
        action = int(policy[int(state)])
        state, reward, over, _, _ = numeric.step(action)
        earned += float(reward)
        text, reward, ended, _, info = env.step(names[action])
        total += float(reward)
        assert ended == over and info["understood"]
    assert total == earned > 0
