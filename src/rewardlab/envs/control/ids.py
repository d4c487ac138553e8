"""Ids of continuous control by plain rules."""

IDS = {
    "rewardlab/BicycleDrive-v0": {
        "rules": "rewardlab.envs.control.bicycle_drive:BicycleDrive",
        "max_episode_steps": 400,
    },
    "rewardlab/PointMaze-v0": {
        "rules": "rewardlab.envs.control.point_nav:PointNav",
        "max_episode_steps": 200,
        "kwargs": {"layout": "S....\n.###.\n...#.\n##.#.\n...#G"},
        "summary": "A point in a maze: one way leads to the goal, the other to a dead end.",
    },
    "rewardlab/PointMaze-Hard-v0": {
        "rules": "rewardlab.envs.control.point_nav:PointNav",
        "max_episode_steps": 200,
        "kwargs": {
            "layout": "S...#..\n###.#.#\n....#..\n.##.##.\n.#...#.\n.###.#.\n...#..G",
            "inertia": True,
            "goal_seen": False,
            "discs": [[0.0, 0.857143, 0.12, 0.001], [0.0, -0.285714, 0.12, 0.002]],
        },
        "summary": "A maze whose goal is not seen, for a point with inertia; two hidden discs on the way pay a little.",
    },
    "rewardlab/PointNav-v0": {"rules": "rewardlab.envs.control.point_nav:PointNav", "max_episode_steps": 50},
    "rewardlab/PointReach-v0": {
        "rules": "rewardlab.envs.control.point_nav:PointNav",
        "max_episode_steps": 100,
        "kwargs": {"inertia": True, "rest": 0.15},
        "summary": "A point with inertia reaches a place and brakes there.",
    },
    "rewardlab/PointReach-Circle-v0": {
        "rules": "rewardlab.envs.control.point_nav:PointNav",
        "max_episode_steps": 50,
        "kwargs": {
            "goals": [
                [0.8, 0.0],
                [0.565685, 0.565685],
                [0.0, 0.8],
                [-0.565685, 0.565685],
                [-0.8, 0.0],
                [-0.565685, -0.565685],
                [0.0, -0.8],
                [0.565685, -0.565685],
            ],
            "begin": [0.0, 0.0],
            "goal_seen": False,
        },
        "summary": "Eight places on a circle, one of them right: which is not seen.",
    },
    "rewardlab/PointReach-Pixels-v0": {
        "rules": "rewardlab.envs.control.point_nav:PointNav",
        "max_episode_steps": 100,
        "kwargs": {"inertia": True, "rest": 0.15, "observation": "pixels"},
        "summary": "A point with inertia reaches a place and brakes there, seen from above in 32 x 32 pixels.",
    },
}
