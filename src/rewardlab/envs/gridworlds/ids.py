"""Ids of the grid worlds."""

IDS = {
    "rewardlab/MiniGrid-DoorKey-5x5-v0": {
        "rules": "rewardlab.envs.gridworlds.minigrid:MiniGridTask",
        "max_episode_steps": 250,
        "kwargs": {"task": "MiniGrid-DoorKey-5x5-v0"},
    },
}
