"""A bandit's table in text: who always says the best arm earns what the card says, and one reads what was pulled."""

import gymnasium as gym
from text_plans import best_plan_in_words


def test_the_best_arm_said_in_words_earns_what_the_card_says():
    mean, error, optimal = best_plan_in_words("rewardlab/BernoulliBanditText-v0", timed=True)
    assert abs(mean - optimal) <= 4 * error


def test_one_reads_how_often_each_arm_was_pulled_and_what_it_paid():
    env = gym.make("rewardlab/BernoulliBanditText-v0")
    env.reset(seed=2)
    paid = {2: [], 4: []}
    for arm in (2, 4, 4, 2, 4):
        text, reward, *_ = env.step(str(arm))
        paid[arm].append(float(reward))
    assert "pull 5 of 50" in text and "arm 0: 0 pulls" in text
    for arm, pays in paid.items():
        assert f"arm {arm}: {len(pays)} pulls, paid {sum(pays) / len(pays):.3f} each" in text
