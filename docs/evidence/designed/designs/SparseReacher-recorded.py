# A designed reward; rewardlab train rewardlab/SparseReacher-v0 --reward SparseReacher-recorded.py pays with it.
# env: rewardlab/SparseReacher-v0
# task: A planar arm of two 0.5 m links brings its fingertip within 0.05 m of a target.
# system: text2reward
# author: hand
# candidate: 2.1, from 1.1, repairs: 0
# prompt: 5f6a86c1c8500281141dc09db46c101cb284513f67ef2be50a348cbeb924bc07
# program: f7002536986ce00154315703ebfa35e6efecee9e6ddfc0d11fd4fdbfeb5b4c53
# scores: success 1, task return 1
# audit: from play: SparseReacher has no tabular form no fault was seen
# signature: {"obs":{"shape":[10],"kind":"float"},"action":{"shape":[2],"kind":"float"},"info":{"parts":{"distance":{"shape":[],"kind":"float"},"fingertip":{"shape":[2],"kind":"float"},"success":{"shape":[],"kind":"bool"},"target":{"shape":[2],"kind":"float"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    # progress, worth more the nearer the fingertip is: a difference of a potential
    before = np.linalg.norm(obs[8:10])
    after = np.linalg.norm(next_obs[8:10])
    progress = 2.0 * (before - after)
    last = np.exp(-8.0 * after) - np.exp(-8.0 * before)
    time = -0.01
    return progress + last + time, {"progress": progress, "last": last, "time": time}
