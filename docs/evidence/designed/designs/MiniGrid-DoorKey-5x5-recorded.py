# A designed reward; rewardlab train rewardlab/MiniGrid-DoorKey-5x5-v0 --reward MiniGrid-DoorKey-5x5-recorded.py pays with it.
# env: rewardlab/MiniGrid-DoorKey-5x5-v0
# task: MiniGrid-DoorKey-5x5-v0, 5 x 5 cells: use the key to open the door and then get to the goal.
# system: text2reward
# author: hand
# candidate: 1.1, from the task alone, repairs: 0
# prompt: 0c6699dd5e19f1ed301b9b0e24ae5c750c84176953b1bf8ca216831e9fd04878
# program: 4934252a745f92bedb983f102e4b86f23dc2b73c09d4c210ad70a382f7a0db9c
# scores: success 1, task return 0.92872
# audit: from play: the reward reads info columns, and observations are no numbers of states warning: The task's own reward has 0.53% of what 'random' is paid: the rest drowns it.
# signature: {"obs":{"shape":[984],"kind":"float"},"action":{"shape":[],"kind":"int"},"info":{"parts":{"agent_pos":{"shape":[2],"kind":"int"},"carrying_key":{"shape":[],"kind":"bool"},"door_open":{"shape":[],"kind":"bool"},"door_pos":{"shape":[2],"kind":"int"},"goal_pos":{"shape":[2],"kind":"int"},"key_pos":{"shape":[2],"kind":"int"},"progress":{"shape":[],"kind":"float"},"success":{"shape":[],"kind":"bool"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    # the distance to what comes next: key, then door, then goal; it is a cost, so that waiting never pays
    agent = info["agent_pos"]
    to_key = np.sum(np.abs(info["key_pos"] - agent))
    to_door = np.sum(np.abs(info["door_pos"] - agent))
    to_goal = np.sum(np.abs(info["goal_pos"] - agent))
    if info["door_open"]:
        left = 0.02 * to_goal
    elif info["carrying_key"]:
        left = 0.2 + 0.02 * to_door
    else:
        left = 0.4 + 0.02 * to_key
    way = -0.05 * left
    return way, {"way": way}
