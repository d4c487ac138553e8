"""Honest reward programs in the manner of the published ones: what a designer may be expected to write.

All are for one step of `WORLD`: a reaching arm with a gripper, a few columns of info. Each text is ordinary Python;
those that speak torch run as ordinary torch too.
"""

from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions

COLUMNS: dict[str, tuple[tuple[int, ...], str]] = {
    "distance": ((), "float"),
    "fingertip": ((3,), "float"),
    "object_pos": ((3,), "float"),
    "goal": ((3,), "float"),
    "object_rot": ((4,), "float"),
    "goal_rot": ((4,), "float"),
    "joint_pos": ((7,), "float"),
    "joint_vel": ((7,), "float"),
    "feet": ((4, 3), "float"),
    "contact": ((2,), "bool"),
    "stage": ((), "int"),
    "success": ((), "bool"),
    "x_velocity": ((), "float"),
    "height": ((), "float"),
}


def steps(numbers: Any, rows: int) -> Transitions:
    """A batch of the world, every number drawn by `numbers(shape)`, which gives floats."""
    info: dict[str, Any] = {}
    for name, (shape, kind) in COLUMNS.items():
        x = numbers((rows, *shape))
        info[name] = x if kind == "float" else x > 0 if kind == "bool" else np.clip(x, -1, 2).astype(np.int64) + 1
    done = numbers((rows,)) > 0
    return Transitions(
        numbers((rows, 17)), numbers((rows, 6)), numbers((rows,)), numbers((rows, 17)), done, ~done, info
    )


def row(batch: Transitions, i: int, name: str) -> Any:
    """What a parameter of that name is in row i."""
    if name == "info":
        return {k: v[i] for k, v in batch.info.items()}
    return {"prev_obs": batch.obs, "actions": batch.action, "done": batch.done}.get(name, getattr(batch, name, None))[i]


HONEST: dict[str, str] = {}

HONEST["reach"] = '''
import numpy as np

def reward(obs, action, next_obs, info):
    """Reach the goal with little effort."""
    distance = np.linalg.norm(next_obs[8:10])
    reach = np.exp(-4.0 * distance)
    effort = -0.01 * np.sum(action**2)
    return reach + effort, {"reach": reach, "effort": effort}
'''
HONEST["progress"] = """
def reward(obs, action, next_obs, info):
    before = np.linalg.norm(obs[0:3] - obs[3:6])
    after = np.linalg.norm(next_obs[0:3] - next_obs[3:6])
    return 10 * (before - after) - 0.1 * np.square(action).sum()
"""
HONEST["staged grasp"] = """
import numpy as np

def reward(obs, action, next_obs, info):
    tip, thing, goal = info["fingertip"], info["object_pos"], info["goal"]
    reach_distance = np.linalg.norm(tip - thing)
    reaching = 1.0 - np.tanh(5.0 * reach_distance)
    grasped = info["contact"][0] and info["contact"][1]
    if not grasped:
        return reaching, {"reaching": reaching, "lifting": 0.0, "placing": 0.0}
    lifted = thing[2] > 0.05
    lifting = 1.0 if lifted else 0.0
    placing = 0.0
    if lifted:
        placing = 1 - np.tanh(5.0 * np.linalg.norm(goal - thing))
    total = reaching + lifting + 2.0 * placing
    return total, {"reaching": reaching, "lifting": lifting, "placing": placing}
"""
HONEST["temperatures in torch"] = """
import torch
from typing import Tuple, Dict

@torch.jit.script
def compute_reward(info: Dict[str, torch.Tensor], action: torch.Tensor) -> Tuple[torch.Tensor, Dict[str, torch.Tensor]]:
    object_pos = info["object_pos"]
    goal = info["goal"]
    distance = torch.norm(object_pos - goal, p=2, dim=-1)
    distance_temperature: float = 10.0
    distance_reward = torch.exp(-distance_temperature * distance)
    velocity_penalty_temperature = 0.1
    velocity_penalty = 1.0 - torch.exp(-velocity_penalty_temperature * torch.sum(info["joint_vel"] ** 2, dim=-1))
    total_reward = distance_reward - 0.2 * velocity_penalty
    reward_dict = {
        "distance_reward": distance_reward,
        "velocity_penalty": velocity_penalty,
    }
    return total_reward, reward_dict
"""
HONEST["rotation in torch"] = """
import torch

def compute_reward(info, action):
    rot, target = info["object_rot"], info["goal_rot"]
    dot_product = torch.sum(rot * target, dim=-1)
    rotation_error = 2.0 * torch.acos(torch.clamp(torch.abs(dot_product), max=1.0))
    rotation_reward = torch.exp(-0.5 * rotation_error)
    bonus = torch.where(rotation_error < 0.1, torch.ones_like(rotation_error), torch.zeros_like(rotation_error))
    action_penalty = action.pow(2).sum(dim=-1)
    reward = rotation_reward + 5.0 * bonus - 0.001 * action_penalty
    return reward, {"rotation": rotation_reward, "bonus": bonus}
"""
HONEST["locomotion"] = """
def reward(obs, action, next_obs, info):
    forward_reward_weight = 1.25
    ctrl_cost_weight = 0.1
    healthy_reward = 5.0
    forward = forward_reward_weight * info["x_velocity"]
    ctrl_cost = ctrl_cost_weight * np.sum(np.square(action))
    is_healthy = 1.0 < info["height"] < 2.0
    healthy = healthy_reward * is_healthy
    return forward + healthy - ctrl_cost
"""
HONEST["joints in a loop"] = """
import numpy as np

LIMITS = [2.8, 1.7, 2.8, 3.0, 2.8, 3.7, 2.8]

def reward(info, action):
    penalty = 0.0
    for i, limit in enumerate(LIMITS):
        q = info["joint_pos"][i]
        if abs(q) > 0.9 * limit:
            penalty -= (abs(q) - 0.9 * limit) ** 2
    smooth = -0.05 * sum(v ** 2 for v in info["joint_vel"])
    return penalty + smooth, {"limits": penalty, "smooth": smooth}
"""
HONEST["helpers"] = """
import numpy as np

def tolerance(x, lower=0.0, upper=0.0, margin=1.0):
    if lower <= x <= upper:
        return 1.0
    gap = lower - x if x < lower else x - upper
    return np.exp(-0.5 * (gap / margin) ** 2)

def reward(obs, action, next_obs, info):
    upright = tolerance(next_obs[1], lower=0.9, upper=1.1, margin=0.4)
    still = tolerance(info["x_velocity"], margin=2.0)
    small = np.mean([tolerance(a, margin=1.0) for a in action])
    return upright * still * (4.0 + small) / 5.0
"""
HONEST["components summed"] = """
def reward(obs, action, next_obs, info):
    weights = {"reach": 1.0, "height": 0.5, "effort": 0.01}
    parts = {}
    parts["reach"] = -np.linalg.norm(info["fingertip"] - info["goal"])
    parts["height"] = min(info["height"], 1.5)
    parts["effort"] = -np.sum(np.abs(action))
    total = sum(weights[k] * v for k, v in parts.items())
    return float(total), parts
"""
HONEST["weighted terms"] = """
def reward(obs, action, next_obs, info):
    terms = [
        ("distance", 2.0, -info["distance"]),
        ("success", 10.0, float(info["success"])),
        ("time", 1.0, -0.01),
    ]
    total, parts = 0.0, dict()
    for name, weight, value in terms:
        parts[name] = weight * value
        total += parts[name]
    return total, parts
"""
HONEST["early returns"] = """
import math

def reward(obs, action, next_obs, info):
    if info["success"]:
        return 100.0
    if info["height"] < 0.2:
        return -10.0
    d = math.sqrt((next_obs[0] - info["goal"][0]) ** 2 + (next_obs[1] - info["goal"][1]) ** 2)
    return -d
"""
HONEST["stages by number"] = """
def reward(obs, action, next_obs, info):
    stage = info["stage"]
    bonus = 0.25 * stage
    if stage == 0:
        shaping = 1 / (1 + 10 * np.linalg.norm(info["fingertip"] - info["object_pos"]))
    elif stage == 1:
        shaping = 1 / (1 + 10 * abs(info["object_pos"][2] - info["goal"][2]))
    elif stage in (2, 3):
        shaping = 1 / (1 + 10 * np.linalg.norm(info["object_pos"] - info["goal"]))
    else:
        shaping = 0.0
    return bonus + 0.25 * shaping
"""
HONEST["ternaries"] = """
def reward(obs, action, next_obs, info):
    near = True if info["distance"] < 0.05 else False
    closed = 1.0 if action[-1] < 0 else 0.0
    r = 2.0 * closed if near else -info["distance"] - 0.1 * closed
    return r if not np.isnan(r) else 0.0
"""
HONEST["mujoco pusher"] = """
import numpy as np

def reward(obs, action, next_obs, info):
    vec_1 = info["object_pos"] - info["fingertip"]
    vec_2 = info["object_pos"] - info["goal"]
    reward_near = -np.linalg.norm(vec_1)
    reward_dist = -np.linalg.norm(vec_2)
    reward_ctrl = -np.square(action).sum()
    return reward_dist + 0.1 * reward_ctrl + 0.5 * reward_near
"""
HONEST["hinge and clip"] = """
def reward(obs, action, next_obs, info):
    speed = np.clip(info["x_velocity"], -1.0, 3.0)
    over = max(0.0, np.max(np.abs(action)) - 0.8)
    return speed - 2.0 * over - 0.1 * np.clip(np.abs(obs - next_obs), 0, 1).mean()
"""
HONEST["feet"] = """
def reward(obs, action, next_obs, info):
    feet = info["feet"]
    heights = feet[:, 2]
    slips = np.linalg.norm(feet[:, :2], axis=1)
    on_ground = heights < 0.05
    slip_cost = np.sum(np.where(on_ground, slips, 0.0))
    symmetric = -abs(heights[0] + heights[3] - heights[1] - heights[2])
    air = sum(1.0 for _ in range(4)) - np.sum(on_ground)
    return symmetric - slip_cost + 0.1 * air
"""
HONEST["rows of feet"] = """
def reward(obs, action, next_obs, info):
    total = 0.0
    for foot in info["feet"]:
        if foot[2] < 0:
            continue
        total += foot[2] / (1.0 + np.hypot(foot[0], foot[1]))
    return total
"""
HONEST["first limit"] = """
def reward(obs, action, next_obs, info):
    safe = 0
    for q in info["joint_pos"]:
        if q > 1.0:
            break
        safe += 1
    return safe / 7
"""
HONEST["angle"] = """
import math

def normalize_angle(x):
    return ((x + math.pi) % (2 * math.pi)) - math.pi

def reward(obs, action, next_obs):
    theta = math.atan2(next_obs[1], next_obs[0])
    cost = normalize_angle(theta) ** 2 + 0.1 * next_obs[2] ** 2 + 0.001 * action[0] ** 2
    return -cost
"""
HONEST["facing"] = """
def reward(obs, action, next_obs, info):
    to_goal = info["goal"][:2] - next_obs[:2]
    direction = to_goal / (np.linalg.norm(to_goal) + 1e-6)
    heading = np.array([np.cos(next_obs[2]), np.sin(next_obs[2])])
    alignment = np.dot(heading, direction)
    cross = heading[0] * direction[1] - heading[1] * direction[0]
    return alignment - 0.1 * abs(cross)
"""
HONEST["quaternion"] = """
import numpy as np

def quat_to_z(q):
    w, x, y, z = q
    return np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])

def reward(info):
    q = info["object_rot"] / (np.linalg.norm(info["object_rot"]) + 1e-8)
    up = quat_to_z(q)
    tilt = np.arccos(np.clip(up @ np.array([0.0, 0.0, 1.0]), -1.0, 1.0))
    return 1.0 - tilt / np.pi, {"tilt": -tilt}
"""
HONEST["gripper"] = """
def reward(obs, action, next_obs, info):
    opening = next_obs[7] + next_obs[8]
    dist = info["distance"]
    want_open = dist > 0.1
    grip = opening if want_open else -opening
    return -dist + 0.1 * grip + (5.0 if info["success"] else 0.0)
"""
HONEST["task reward and done"] = """
def reward(obs, action, next_obs, reward, terminated, truncated):
    bonus = 0.0
    if terminated and not truncated:
        bonus = -1.0
    return reward + bonus - 0.01
"""
HONEST["aliases"] = """
def get_reward(prev_obs, actions, next_obs):
    return float(np.sum((next_obs - prev_obs)[:3])) - 1e-3 * float(np.dot(actions, actions))
"""
HONEST["get and in"] = """
def reward(obs, action, next_obs, info):
    d = info.get("distance", 0.0)
    v = info.get("no_such_column", 1.0)
    extra = info["height"] if "height" in info else 0.0
    missing = 1.0 if "elevation" in info else 2.0
    return -d + v + extra + missing
"""
HONEST["lists"] = """
def reward(obs, action, next_obs, info):
    rewards = []
    rewards.append(-info["distance"])
    if True:
        rewards.append(0.5)
    rewards.extend([r * 2 for r in rewards])
    rewards += [np.tanh(obs[0])]
    best = max(rewards)
    return best + sum(rewards) / len(rewards) + rewards[-1]
"""
HONEST["lambdas"] = """
def reward(obs, action, next_obs, info):
    gauss = lambda x, s=1.0: np.exp(-(x / s) ** 2)
    scale = 2.0
    f = lambda x: scale * gauss(x, s=0.5)
    return f(info["distance"]) + gauss(info["height"])
"""
HONEST["nested helper"] = """
def reward(obs, action, next_obs, info):
    weight = 0.3
    def term(a, b):
        d = np.abs(a - b)
        if d.max() > 1.0:
            return -weight * d.max()
        return -weight * d.mean()
    weight = 0.5
    return term(info["fingertip"], info["goal"]) + term(obs[:3], next_obs[:3])
"""
HONEST["any and all"] = """
def reward(obs, action, next_obs, info):
    r = 0.0
    if np.any(np.abs(action) > 1.0):
        r -= 1.0
    if np.all(info["contact"]):
        r += 1.0
    if all(abs(a) < 2 for a in action) and any([info["success"], info["height"] > 1]):
        r += 0.5
    return r
"""
HONEST["statistics"] = """
def reward(obs, action, next_obs):
    spread = np.std(action) + np.var(obs[:5])
    jerk = np.abs(np.diff(action)).sum()
    return -spread - 0.1 * jerk + np.median(next_obs[:5]) + obs.max() - obs.min() - np.prod(np.tanh(action[:3]))
"""
HONEST["reshape"] = """
def reward(obs, action, next_obs, info):
    grid = next_obs[:12].reshape(4, 3)
    centre = grid.mean(axis=0)
    gaps = np.linalg.norm(grid - centre, axis=-1)
    pair = np.concatenate([centre, info["goal"]])
    return -gaps.max() - np.linalg.norm(pair[:3] - pair[3:]) - grid.T[0].sum() + np.stack([gaps, gaps]).sum(axis=0)[1]
"""
HONEST["matrix"] = """
def reward(obs, action, next_obs):
    error = np.concatenate((next_obs[:4], next_obs[8:10]))
    Q = np.eye(6)
    R = 0.1 * np.eye(6)
    return -(error @ Q @ error) - action.T @ R @ action
"""
HONEST["log barrier"] = """
def reward(obs, action, next_obs, info):
    margin = np.maximum(0.5 - np.abs(action), 1e-3)
    barrier = np.log(margin).sum()
    return -np.log1p(info["distance"] ** 2) + 0.01 * barrier + np.sqrt(np.abs(info["height"]) + 1e-9)
"""
HONEST["closest"] = """
def reward(obs, action, next_obs, info):
    targets = np.array([[0.0, 0.0, 0.5], [0.3, 0.0, 0.5], [0.0, 0.3, 0.5]])
    distances = np.linalg.norm(targets - info["object_pos"], axis=1)
    nearest = np.argmin(distances)
    bonus = np.array([1.0, 2.0, 3.0])[nearest]
    return -np.min(distances) + 0.1 * bonus + (0.1 if nearest == 1 else 0)
"""
HONEST["clip in Python"] = """
def clamp(x, lo, hi):
    return max(lo, min(hi, x))

def reward(obs, action, next_obs, info):
    progress = clamp(info["x_velocity"] / 4.0, 0.0, 1.0)
    posture = clamp(1 - abs(next_obs[3]), -1, 1)
    energy = sum([abs(a * v) for a, v in zip(action, info["joint_vel"])])
    return 0.8 * progress + 0.2 * posture - 0.001 * energy
"""
HONEST["update"] = """
def reward(obs, action, next_obs, info):
    parts = {"time": -0.01}
    parts.update({"reach": -info["distance"]})
    if info["success"]:
        parts["success"] = 10.0
    else:
        parts["success"] = 0.0
    parts["time"] *= 2
    return sum(parts.values()), parts
"""
HONEST["velocity towards"] = """
import numpy as np

def reward(obs, action, next_obs, info):
    delta = info["goal"] - info["object_pos"]
    d = np.sqrt(np.sum(delta ** 2))
    unit = np.divide(delta, d + 1e-6)
    v = np.inner(info["joint_vel"][:3], unit)
    weight = 1.0 / (1.0 + np.exp(-10.0 * (d - 0.2)))
    return np.where(d < 0.02, 10.0, weight * v - d)
"""
HONEST["many branches"] = """
def reward(obs, action, next_obs, info):
    d = info["distance"]
    if d < 0.05:
        r = 1.0
        if info["contact"][0]:
            r += 1.0
            if info["contact"][1]:
                return r + 3.0
    elif d < 0.5:
        r = 0.5
    else:
        if info["height"] < 0:
            return -1.0
        r = 0.0
    r -= 0.01 * len(action)
    return r
"""
HONEST["loop with return"] = """
def first_large(xs, bound):
    for i, x in enumerate(xs):
        if x > bound:
            return i
        if x < -bound:
            break
    else:
        return 100
    return -1

def reward(obs, action):
    return 0.1 * first_large(obs[:4], 0.5) + first_large(action, 1.0)
"""
HONEST["casts"] = """
def reward(obs, action, next_obs, info):
    near = (info["fingertip"] < info["goal"]).astype(np.float64)
    count = int(np.sum(info["contact"]))
    cell = int(next_obs[0])
    return near.mean() + count + 0.1 * cell + float(info["success"]) + bool(info["stage"]) * 0.5 + info["height"].item()
"""
HONEST["sigmoid in torch"] = """
import torch

def reward(next_obs, action, info):
    up = torch.sigmoid(4.0 * (info["height"] - 1.0))
    vel = torch.tanh(info["x_velocity"] / 2)
    stable = torch.square(next_obs[3:6]).mean()
    lazy = torch.abs(action).max()
    return up * vel - 0.1 * stable - 0.01 * lazy + torch.stack([up, vel]).sum() + torch.cat([action, action]).mean()
"""
HONEST["keyed by joint"] = """
def reward(info):
    parts = {f"joint_{i}": -0.1 * info["joint_vel"][i] ** 2 for i in range(3)}
    return sum(parts.values()), parts
"""
HONEST["bits"] = """
def reward(obs, action, next_obs, info):
    grasp = info["contact"][0] & info["contact"][1]
    fine = (info["height"] > 0) | ~info["contact"][0]
    both = np.logical_and(info["contact"], np.array([True, False])).sum()
    return 1.0 * grasp + 0.5 * fine + both + (info["stage"] % 2) + info["stage"] // 2 + info["stage"] ** 2
"""
HONEST["cross"] = """
def reward(obs, action, next_obs, info):
    n = np.cross(info["fingertip"], info["goal"])
    t = np.outer(action[:2], action[2:4])
    return np.linalg.norm(n, 1) + np.linalg.norm(n, np.inf) + np.trace(t) + t[::-1][0, 0] + np.cumsum(action)[-1]
"""
HONEST["nothing but constants"] = """
STEP = -0.01

def reward(obs, action, next_obs, info):
    return STEP
"""
