# A designed reward; rewardlab train rewardlab/GuessNumber-v0 --reward GuessNumber-recorded.py pays with it.
# env: rewardlab/GuessNumber-v0
# task: Find a number from 1 to 32 in 6 guesses, each answered with higher, lower or correct.
# system: text2reward
# author: hand
# candidate: 1.2, from the task alone, repairs: 1
# prompt: f7b504a3dd0cf884da56abed894f95d1ffc14c0adf1daeda7a99fa8bbd704706
# program: 19966dead3dabdb63974dd4b017aa46a599c412bd6dde1980df50b8e5e0d646d
# scores: success 0.76, task return 0.76
# audit: from play: its observations (Box) do not say which state of the table they show no fault was seen
# signature: {"obs":{"shape":[44],"kind":"float"},"action":{"shape":[],"kind":"int"},"info":{"parts":{"high":{"shape":[],"kind":"int"},"informative":{"shape":[],"kind":"bool"},"low":{"shape":[],"kind":"int"},"success":{"shape":[],"kind":"bool"},"turn":{"shape":[],"kind":"int"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    # sensible guesses, and how few numbers are possible
    sensible = 0.05 if info["informative"] else -0.05
    left = np.maximum(info["high"] - info["low"] + 1.0, 1.0)
    few = 0.1 / left
    return sensible + few, {"sensible": sensible, "few": few}
