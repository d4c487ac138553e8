"""Tasks of a disc that pushes a ball: where each is done, how far it is, and a player that does them."""

import numpy as np

from rewardlab.core.rng import Streams

DISC, BALL = 0.1, 0.12  # m, radii
RAIL = 0.75  # m, how far from the middle the rails stand that hold the ball
NEAR = 0.2  # m, how near the ball must come to a place
MOUTH, DEEP = 0.3, 0.03  # m: half the width of a goal at a rail, and how near to that rail the ball must come
TASKS = {
    "region": "push the ball into the marked region",
    "east": "push the ball against the right rail, between the posts",
    "west": "push the ball against the left rail, between the posts",
    "north": "push the ball against the upper rail, between the posts",
    "south": "push the ball against the lower rail, between the posts",
    "centre": "push the ball into the middle of the table",
}
"""Text id of a task -> what is to be done."""
NAMES = tuple(TASKS)
SIDES = {1: (1.0, 0.0), 2: (-1.0, 0.0), 3: (0.0, 1.0), 4: (0.0, -1.0)}  # of tasks with a rail, the rail's direction


def distance(ball: np.ndarray, task: np.ndarray, target: np.ndarray) -> np.ndarray:
    """m [n] from balls [n, 2] to the nearest place where tasks [n], numbers in `TASKS`, are done; 0 where they are."""
    left = np.maximum(_norm(ball - target)[:, 0] - NEAR, 0.0)
    for number, (x, y) in SIDES.items():
        out = ball[:, 0] * x + ball[:, 1] * y
        along = np.abs(ball[:, 0] * y + ball[:, 1] * x)
        short = np.maximum(RAIL - BALL - DEEP - out, 0.0)
        left = np.where(task == number, np.hypot(short, np.maximum(along - MOUTH, 0.0)), left)
    return left


def targets(task: np.ndarray, ball: np.ndarray, rng: Streams) -> np.ndarray:
    """[n, 2] middles of the targets: of regions drawn at some distance from the ball."""
    tries = rng.uniform((8, 2)) - 0.5
    apart = _norm(tries - ball[:, None])[..., 0]
    pick = np.where(apart >= 0.4, 10.0 + np.arange(8, 0, -1), apart).argmax(1)  # the first that is far enough
    target = np.where((task == 0)[:, None], tries[np.arange(len(ball)), pick], 0.0)
    for number, side in SIDES.items():
        target = np.where((task == number)[:, None], np.array(side) * (RAIL - BALL), target)
    return target


def recalled(obs: np.ndarray, pair: tuple[int, int]) -> dict[str, np.ndarray]:
    """The states that are seen as obs [n, 10], or [n, 11] with the task of `pair` that is on."""
    n = len(obs)
    second = obs[:, 10] > 0.5 if obs.shape[1] > 10 else np.zeros(n, dtype=bool)
    physics = np.concatenate([np.zeros((n, 1)), obs[:, 0:2], obs[:, 4:6], obs[:, 2:4], obs[:, 6:8]], axis=1)
    whole = np.zeros(n, dtype=np.int64)
    task = np.where(second, pair[1], pair[0])
    return {"physics": physics, "task": task, "since": whole, "swaps": whole.copy(), "target": obs[:, 8:10].copy()}


def pusher(physics: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Forces [n, 2] of a player that goes behind the ball, around it if need be, and pushes it to its target.

    Args:
        physics: [n, 9] time, x, y of disc and ball, and their velocities.
        target: [n, 2] m.
    """
    disc, ball, velocity, rolling = physics[:, 1:3], physics[:, 3:5], physics[:, 5:7], physics[:, 7:9]
    way = target - ball - 0.3 * rolling  # where the ball would come by itself counts as well
    ahead = way / np.maximum(_norm(way), 1e-9)
    touching = DISC + BALL
    off = disc - ball
    along = (off * ahead).sum(1, keepdims=True)
    across = off - along * ahead
    beside = _norm(across)
    aside = np.where(beside > 1e-3, across / np.maximum(beside, 1e-9), ahead[:, ::-1] * [1.0, -1.0])
    behind = np.clip(ball - ahead * (touching + 0.04), DISC - 1, 1 - DISC)
    around = ball + aside * (touching + 0.08) - ahead * 0.15
    aim = np.where(along > -0.6 * touching, around, behind)
    wanted = 5.0 * (aim - disc)
    pushing = (along < -0.8 * touching) & (beside < 0.08)
    wanted = np.where(pushing, 0.7 * ahead - 8.0 * across, wanted)
    wanted = wanted / np.maximum(_norm(wanted), 1.0)
    return np.clip(wanted + 1.0 * (wanted - velocity), -1, 1).astype(np.float32)


def _norm(x: np.ndarray) -> np.ndarray:
    """[..., 1]."""
    return np.sqrt((x**2).sum(-1, keepdims=True))
