"""Ids of the environments that MuJoCo moves."""

IDS = {
    "rewardlab/BallPush-v0": {"rules": "rewardlab.envs.mujoco.ball_push:BallPush", "max_episode_steps": 200},
    "rewardlab/BallPush-Goal-v0": {
        "rules": "rewardlab.envs.mujoco.ball_push:BallPush",
        "max_episode_steps": 200,
        "kwargs": {"task": "east"},
        "summary": "A disc pushes a ball between the posts at the right rail.",
    },
    "rewardlab/BallPush-Pixels-v0": {
        "rules": "rewardlab.envs.mujoco.ball_push:BallPush",
        "max_episode_steps": 200,
        "kwargs": {"observation": "pixels"},
        "summary": "A disc pushes a ball into a region, seen from above in 32 x 32 pixels.",
    },
    "rewardlab/BallPush-ResetFree-v0": {
        "rules": "rewardlab.envs.mujoco.ball_push:BallPush",
        "kwargs": {"task": "east", "reset_free": True},
        "summary": "Pushing a ball between the posts and back to the middle in turns, without resets.",
    },
    "rewardlab/SparseReacher-v0": {
        "rules": "rewardlab.envs.mujoco.sparse_reacher:SparseReacher",
        "max_episode_steps": 50,
    },
}
