# A designed reward; rewardlab train rewardlab/PickCarry-v0 --reward PickCarry-recorded.py pays with it.
# env: rewardlab/PickCarry-v0
# task: A 5 x 7 map: stop at the object, grasp it 2 times, carry it to the goal.
# system: text2reward
# author: hand
# candidate: 1.1, from the task alone, repairs: 0
# prompt: 57efdd207815f322203d0e1df94e1df0394b405a37faf0186feb21c39d7dee60
# program: 780d7682b21caf940127fd7f2e13f7b7974af1b153296647a74e2e189bc30747
# scores: success 0, task return 0
# audit: warning: What is added is a potential difference for gamma = 1, but the agent discounts with 0.99: the guarantee is lost. good: Every policy that is optimal for the reward is optimal for the task, although 24 equally good actions are no longer among the best. good: No loop pays more than to do the task.
# signature: {"obs":{"shape":[5],"kind":"float"},"action":{"shape":[],"kind":"int"},"info":{"parts":{"carrying":{"shape":[],"kind":"bool"},"success":{"shape":[],"kind":"bool"}}}}

import numpy as np


def reward(obs, action, next_obs, info):
    # towards the object, and the hand that closes; where the goal is is not told
    before = np.abs(obs[0] - obs[2]) + np.abs(obs[1] - obs[3])
    after = np.abs(next_obs[0] - next_obs[2]) + np.abs(next_obs[1] - next_obs[3])
    toward = 0.2 * (before - after)
    grasp = 0.4 * (next_obs[4] - obs[4])
    return toward + grasp, {"toward": toward, "grasp": grasp}
