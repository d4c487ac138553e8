# A designed reward; rewardlab train rewardlab/PickCarry-v0 --reward PickCarry-evolution.py pays with it.
# env: rewardlab/PickCarry-v0
# task: A 5 x 7 map: stop at the object, grasp it 2 times, carry it to the goal.
# system: evolution
# author: evolution
# candidate: 1.1, from the task alone, repairs: 0
# prompt: none
# program: f4e17b4d140e867062be98631a68007cb1208d197dfbd32521de36d87c51068e
# scores: success 1, task return 1
# audit: warning: What is added is a potential difference for gamma = 1, but the agent discounts with 0.99: the guarantee is lost. good: Every policy that is optimal for the reward is optimal for the task, although 24 equally good actions are no longer among the best. good: No loop pays more than to do the task.
# signature: {"obs":{"shape":[5],"kind":"float"},"action":{"shape":[],"kind":"int"},"info":{"parts":{"carrying":{"shape":[],"kind":"bool"},"success":{"shape":[],"kind":"bool"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    success = info["success"]
    place_to_object = np.sqrt((next_obs[0] - next_obs[2])**2 + (next_obs[1] - next_obs[3])**2)
    place_to_object_before = np.sqrt((obs[0] - obs[2])**2 + (obs[1] - obs[3])**2)
    holds_success = 1 * success  # holds success
    nearer_place_to_object = 3 * (place_to_object_before - place_to_object)  # nearer place_to_object
    return holds_success + nearer_place_to_object, {"holds_success": holds_success, "nearer_place_to_object": nearer_place_to_object}
