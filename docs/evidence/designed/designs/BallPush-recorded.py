# A designed reward; rewardlab train rewardlab/BallPush-v0 --reward BallPush-recorded.py pays with it.
# env: rewardlab/BallPush-v0
# task: A disc of radius 0.1 m on a table of 2 x 2 m must push the ball into the marked region. The ball, of radius 0.12 m, stays between rails at 0.75 m from the middle; the disc passes under them.
# system: text2reward
# author: hand
# candidate: 2.1, from 1.3, repairs: 0
# prompt: 698594b23d7424b182d544db8eea8aa66dce4e702a39eed0411547517d5482fe
# program: 6366667bbd4d5c415db1ac461368fd3596688adfaf311f7992b4741c8f88f49e
# scores: success 0.8, task return 0.8
# audit: from play: BallPush has no tabular form no fault was seen
# signature: {"obs":{"shape":[10],"kind":"float"},"action":{"shape":[2],"kind":"float"},"info":{"parts":{"ball":{"shape":[2],"kind":"float"},"ball_velocity":{"shape":[2],"kind":"float"},"disc":{"shape":[2],"kind":"float"},"distance":{"shape":[],"kind":"float"},"success":{"shape":[],"kind":"bool"},"target":{"shape":[2],"kind":"float"},"touch":{"shape":[],"kind":"bool"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    # the ball's progress counts most; the disc is led behind the ball; a little for time
    way = next_obs[8:10] - next_obs[4:6]
    spot = next_obs[4:6] - 0.2 * way / (np.linalg.norm(way) + 0.001)
    way_before = obs[8:10] - obs[4:6]
    spot_before = obs[4:6] - 0.2 * way_before / (np.linalg.norm(way_before) + 0.001)
    ball = 4.0 * (np.linalg.norm(way_before) - np.linalg.norm(way))
    disc = 1.0 * (np.linalg.norm(obs[0:2] - spot_before) - np.linalg.norm(next_obs[0:2] - spot))
    time = -0.002
    return ball + disc + time, {"ball": ball, "disc": disc, "time": time}
