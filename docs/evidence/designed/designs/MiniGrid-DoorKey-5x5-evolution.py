# A designed reward; rewardlab train rewardlab/MiniGrid-DoorKey-5x5-v0 --reward MiniGrid-DoorKey-5x5-evolution.py pays with it.
# env: rewardlab/MiniGrid-DoorKey-5x5-v0
# task: MiniGrid-DoorKey-5x5-v0, 5 x 5 cells: use the key to open the door and then get to the goal.
# system: evolution
# author: evolution
# candidate: 2.1, from the task alone, repairs: 0
# prompt: none
# program: 9a0a64e6abdc7a3e9575d18dd34e303c3db5e5ea2fa1ce49ffe267a2ff4c62d4
# scores: success 1, task return 0.923248
# audit: from play: the reward reads info columns, and observations are no numbers of states warning: The task's own reward has 0.08% of what 'random' is paid: the rest drowns it.
# signature: {"obs":{"shape":[984],"kind":"float"},"action":{"shape":[],"kind":"int"},"info":{"parts":{"agent_pos":{"shape":[2],"kind":"int"},"carrying_key":{"shape":[],"kind":"bool"},"door_open":{"shape":[],"kind":"bool"},"door_pos":{"shape":[2],"kind":"int"},"goal_pos":{"shape":[2],"kind":"int"},"key_pos":{"shape":[2],"kind":"int"},"progress":{"shape":[],"kind":"float"},"success":{"shape":[],"kind":"bool"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    progress = info["progress"]
    short_progress = -0.1429 * (1.0 - progress / 1)  # short progress
    return short_progress, {"short_progress": short_progress}
