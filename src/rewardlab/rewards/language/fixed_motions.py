"""Five fixed motions of each body, as calls: what a baseline without rewards of its own can choose from."""

from collections.abc import Mapping

PRIMITIVES: Mapping[str, Mapping[str, str]] = {
    "reacher": {
        "reach_target": "min_l2_distance('fingertip', 'target', 20.0)",
        "stretch_arm": "set_joint_target('elbow', 0.0, 20.0)",
        "fold_arm": "set_joint_target('elbow', 2.5, 20.0)",
        "point_ahead": "set_joint_target('shoulder', 0.0, 20.0)\nset_joint_target('elbow', 0.0, 20.0)",
        "rest": "reset_reward()",
    },
    "hopper": {
        "stand": "set_torso_height(1.25)\nset_torso_pitch(0.0)",
        "crouch": "set_torso_height(1.0)",
        "lean_forward": "set_torso_pitch(0.2)",
        "lift_foot": "set_foot('foot', 0.1, False)",
        "rest": "reset_reward()",
    },
    "walker": {
        "stand": "set_torso_height(1.25)\nset_torso_pitch(0.0)",
        "crouch": "set_torso_height(1.0)",
        "lean_forward": "set_torso_pitch(0.2)",
        "lift_left_foot": "set_foot('left', 0.2, False)",
        "lift_right_foot": "set_foot('right', 0.2, False)",
    },
    "pusher": {
        "go_to_ball": "min_l2_distance('disc', 'ball', 20.0)",
        "go_to_target": "min_l2_distance('disc', 'target', 20.0)",
        "push_ball_to_target": "min_l2_distance('disc', 'ball', 5.0)\nmin_l2_distance('ball', 'target', 20.0)",
        "go_to_middle": "min_l2_distance('disc', 'middle', 20.0)",
        "rest": "reset_reward()",
    },
}
"""Body -> five motions, as calls."""
