"""Ids of the grid worlds."""

IDS = {
    "rewardlab/MiniGrid-DoorKey-5x5-v0": {
        "rules": "rewardlab.envs.gridworlds.minigrid:MiniGridTask",
        "max_episode_steps": 250,
        "kwargs": {"task": "MiniGrid-DoorKey-5x5-v0"},
        "summary": "Door and key: take the key, open the door, get to the goal; only the goal pays.",
    },
}
