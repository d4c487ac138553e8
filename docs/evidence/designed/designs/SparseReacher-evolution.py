# A designed reward; rewardlab train rewardlab/SparseReacher-v0 --reward SparseReacher-evolution.py pays with it.
# env: rewardlab/SparseReacher-v0
# task: A planar arm of two 0.5 m links brings its fingertip within 0.05 m of a target.
# system: evolution
# author: evolution
# candidate: 1.1, from the task alone, repairs: 0
# prompt: none
# program: e0299bfdac18b5e073ac340320cc2b233d4141545cb4e30c0935bb923f2d16bb
# scores: success 1, task return 1
# audit: from play: SparseReacher has no tabular form no fault was seen
# signature: {"obs":{"shape":[10],"kind":"float"},"action":{"shape":[2],"kind":"float"},"info":{"parts":{"distance":{"shape":[],"kind":"float"},"fingertip":{"shape":[2],"kind":"float"},"success":{"shape":[],"kind":"bool"},"target":{"shape":[2],"kind":"float"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    success = info["success"]
    length_difference = np.sqrt(next_obs[8]**2 + next_obs[9]**2)
    length_difference_before = np.sqrt(obs[8]**2 + obs[9]**2)
    holds_success = 1 * success  # holds success
    nearer_length_difference = 0.75 * (length_difference_before - length_difference)  # nearer length_difference
    return holds_success + nearer_length_difference, {"holds_success": holds_success, "nearer_length_difference": nearer_length_difference}
