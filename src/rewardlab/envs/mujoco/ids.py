"""Ids of the environments that MuJoCo moves."""

IDS = {
    "rewardlab/SparseReacher-v0": {
        "rules": "rewardlab.envs.mujoco.sparse_reacher:SparseReacher",
        "max_episode_steps": 50,
    },
}
