# A designed reward; rewardlab train rewardlab/KeyRoom-v0 --reward KeyRoom-evolution.py pays with it.
# env: rewardlab/KeyRoom-v0
# task: 9 x 9 cells: take the key, open the door, reach the chest behind it.
# system: evolution
# author: evolution
# candidate: 1.1, from the task alone, repairs: 0
# prompt: none
# program: ed5eb4d2ea26926084d5bdb3de74f3572af93cf262d0df8ef38d61047902447a
# scores: success 0.98, task return 0.98
# audit: from play: the reward reads info columns, and observations are no numbers of states no fault was seen
# signature: {"obs":{"shape":[984],"kind":"float"},"action":{"shape":[],"kind":"int"},"info":{"parts":{"agent_pos":{"shape":[2],"kind":"int"},"carrying_key":{"shape":[],"kind":"bool"},"door_open":{"shape":[],"kind":"bool"},"door_pos":{"shape":[2],"kind":"int"},"event":{"shape":[],"kind":"int"},"goal_pos":{"shape":[2],"kind":"int"},"key_pos":{"shape":[2],"kind":"int"},"progress":{"shape":[],"kind":"float"},"subgoal":{"shape":[],"kind":"int"},"subgoal_chest":{"shape":[],"kind":"bool"},"subgoal_door":{"shape":[],"kind":"bool"},"subgoal_key":{"shape":[],"kind":"bool"},"success":{"shape":[],"kind":"bool"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    success = info["success"]
    progress = info["progress"]
    holds_success = 1 * success  # holds success
    short_progress = -0.1 * (1.0 - progress / 1)  # short progress
    return holds_success + short_progress, {"holds_success": holds_success, "short_progress": short_progress}
