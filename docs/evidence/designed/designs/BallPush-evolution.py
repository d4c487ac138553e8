# A designed reward; rewardlab train rewardlab/BallPush-v0 --reward BallPush-evolution.py pays with it.
# env: rewardlab/BallPush-v0
# task: A disc of radius 0.1 m on a table of 2 x 2 m must push the ball into the marked region. The ball, of radius 0.12 m, stays between rails at 0.75 m from the middle; the disc passes under them.
# system: evolution
# author: evolution
# candidate: 1.3, from the task alone, repairs: 0
# prompt: none
# program: 2a9e3849d78254859267068c86121d0479bd26f00e7676f54c4c85b4186dec17
# scores: success 0.02, task return 0.02
# audit: from play: BallPush has no tabular form no fault was seen
# signature: {"obs":{"shape":[10],"kind":"float"},"action":{"shape":[2],"kind":"float"},"info":{"parts":{"ball":{"shape":[2],"kind":"float"},"ball_velocity":{"shape":[2],"kind":"float"},"disc":{"shape":[2],"kind":"float"},"distance":{"shape":[],"kind":"float"},"success":{"shape":[],"kind":"bool"},"target":{"shape":[2],"kind":"float"},"touch":{"shape":[],"kind":"bool"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    distance = info["distance"]
    target_0 = next_obs[8]
    far_distance = -0.01487 * distance / 1  # far distance
    level_target_0 = 0.02916 * target_0 / 2  # level target_0
    return far_distance + level_target_0, {"far_distance": far_distance, "level_target_0": level_target_0}
