# A designed reward; rewardlab train rewardlab/KeyRoom-v0 --reward KeyRoom-recorded.py pays with it.
# env: rewardlab/KeyRoom-v0
# task: 9 x 9 cells: take the key, open the door, reach the chest behind it.
# system: text2reward
# author: hand
# candidate: 1.2, from the task alone, repairs: 1
# prompt: 6c120a22bc25ae3da66f425961c26bd3137cd64f6ace2c7f0523b11b39c207ff
# program: a7b28b94e129cf26a11620c28ed65330d0964036fead7a291c9f3253d74216dc
# scores: success 1, task return 1
# audit: from play: the reward reads info columns, and observations are no numbers of states no fault was seen
# signature: {"obs":{"shape":[984],"kind":"float"},"action":{"shape":[],"kind":"int"},"info":{"parts":{"agent_pos":{"shape":[2],"kind":"int"},"carrying_key":{"shape":[],"kind":"bool"},"door_open":{"shape":[],"kind":"bool"},"door_pos":{"shape":[2],"kind":"int"},"event":{"shape":[],"kind":"int"},"goal_pos":{"shape":[2],"kind":"int"},"key_pos":{"shape":[2],"kind":"int"},"progress":{"shape":[],"kind":"float"},"subgoal":{"shape":[],"kind":"int"},"subgoal_chest":{"shape":[],"kind":"bool"},"subgoal_door":{"shape":[],"kind":"bool"},"subgoal_key":{"shape":[],"kind":"bool"},"success":{"shape":[],"kind":"bool"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    # taking the key and unlocking the door; dropping the key takes its pay back
    took = 0.2 if info["event"] == 5 else 0.0
    dropped = -0.2 if info["event"] == 6 else 0.0
    unlocked = 0.3 if info["event"] == 7 else 0.0
    return took + dropped + unlocked, {"took": took, "dropped": dropped, "unlocked": unlocked}
