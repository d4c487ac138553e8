# A designed reward; rewardlab train rewardlab/GuessNumber-v0 --reward GuessNumber-evolution.py pays with it.
# env: rewardlab/GuessNumber-v0
# task: Find a number from 1 to 32 in 6 guesses, each answered with higher, lower or correct.
# system: evolution
# author: evolution
# candidate: 2.3, from the task alone, repairs: 0
# prompt: none
# program: 46b986c80c7a159c6bb673f87154bc88a5a5533a24d334d5ae0b552978aa8d0e
# scores: success 0.34, task return 0.34
# audit: from play: its observations (Box) do not say which state of the table they show warning: The task's own reward has 0.14% of what 'random' is paid: the rest drowns it.
# signature: {"obs":{"shape":[44],"kind":"float"},"action":{"shape":[],"kind":"int"},"info":{"parts":{"high":{"shape":[],"kind":"int"},"informative":{"shape":[],"kind":"bool"},"low":{"shape":[],"kind":"int"},"success":{"shape":[],"kind":"bool"},"turn":{"shape":[],"kind":"int"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    success = info["success"]
    high = info["high"]
    holds_success = 0.3102 * success  # holds success
    lacks_success = -0.8021 * (1.0 - success)  # lacks success
    level_high = -1.016 * high / 1  # level high
    return holds_success + lacks_success + level_high, {"holds_success": holds_success, "lacks_success": lacks_success, "level_high": level_high}
