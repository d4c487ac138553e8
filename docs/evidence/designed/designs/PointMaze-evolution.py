# A designed reward; rewardlab train rewardlab/PointMaze-v0 --reward PointMaze-evolution.py pays with it.
# env: rewardlab/PointMaze-v0
# task: A point in a plane with walls comes within 0.1 m of its goal.
# system: evolution
# author: evolution
# candidate: 2.1, from the task alone, repairs: 0
# prompt: none
# program: 5ccc71b794ab72ae6c5545e0f844e34e398a5c0ccec3c0ddc8d4d779ec0d8a69
# scores: success 1, task return 1
# audit: from play: PointNav has no tabular form no fault was seen
# signature: {"obs":{"shape":[4],"kind":"float"},"action":{"shape":[2],"kind":"float"},"info":{"parts":{"distance":{"shape":[],"kind":"float"},"goal":{"shape":[2],"kind":"float"},"hit":{"shape":[],"kind":"bool"},"position":{"shape":[2],"kind":"float"},"progress":{"shape":[],"kind":"float"},"success":{"shape":[],"kind":"bool"},"velocity":{"shape":[2],"kind":"float"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    position_to_goal = np.sqrt((next_obs[0] - next_obs[2])**2 + (next_obs[1] - next_obs[3])**2)
    position_to_goal_before = np.sqrt((obs[0] - obs[2])**2 + (obs[1] - obs[3])**2)
    nearer_position_to_goal = 2.144 * (position_to_goal_before - position_to_goal)  # nearer position_to_goal
    return nearer_position_to_goal, {"nearer_position_to_goal": nearer_position_to_goal}
