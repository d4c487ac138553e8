# A designed reward; rewardlab train rewardlab/PointMaze-v0 --reward PointMaze-recorded.py pays with it.
# env: rewardlab/PointMaze-v0
# task: A point in a plane with walls comes within 0.1 m of its goal.
# system: text2reward
# author: hand
# candidate: 1.1, from the task alone, repairs: 0
# prompt: 75d624dfecd7ecb7c2d4a991c45396c83ee49a259d09a3159e4fc79f229f4091
# program: 6bc1af1bdbeafc5bd34f616c19ba6d68f06ea7b373fa1040674ac0a942d42dec
# scores: success 0.94, task return 0.94
# audit: from play: PointNav has no tabular form no fault was seen
# signature: {"obs":{"shape":[4],"kind":"float"},"action":{"shape":[2],"kind":"float"},"info":{"parts":{"distance":{"shape":[],"kind":"float"},"goal":{"shape":[2],"kind":"float"},"hit":{"shape":[],"kind":"bool"},"position":{"shape":[2],"kind":"float"},"progress":{"shape":[],"kind":"float"},"success":{"shape":[],"kind":"bool"},"velocity":{"shape":[2],"kind":"float"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    # the way that is left, around the walls
    left = -0.005 * info["distance"]
    return left, {"left": left}
