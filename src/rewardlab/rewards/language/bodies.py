"""Bodies: what a sentence may speak of, and what is measured of it in an observation.

A body names its joints, its feet and the points of its world, says within which range each may be asked for, and reads
their numbers from observations [..., D]: of Gymnasium's Hopper, Walker2d and Reacher, and of a disc that pushes a ball.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rewardlab.core.arrays import Array, namespace

Range = tuple[float, float]
Measures = Mapping[str, Array]
"""height, pitch [...]; foot NAME [...] m over the ground; joint NAME [...] rad; point NAME [..., 2]; speed [..., K]."""


@dataclass(frozen=True)
class Body:
    """What there is to speak of.

    Attributes:
        name: of the body.
        measure: observations [..., D] -> the numbers of what is named here.
        height: m, the range of the torso's height; None without a torso.
        pitch: rad, the range of its pitch, forward positive; None without one.
        feet: name -> m, the range of heights that it may be lifted to.
        joints: name -> rad, the range of angles.
        points: names of places, between which distances may be asked for.
        defaults: (residual, target, weight) of what holds unless it is said otherwise: "effort", "rest", "height" ...
    """

    name: str
    measure: Callable[[Array], Measures]
    height: Range | None = None
    pitch: Range | None = None
    feet: Mapping[str, Range] = field(default_factory=dict)
    joints: Mapping[str, Range] = field(default_factory=dict)
    points: tuple[str, ...] = ()
    defaults: tuple[tuple[str, float, float], ...] = (("effort", 0.0, 0.01),)


def _turned(x: Array, z: Array, angle: Array) -> tuple[Array, Array]:
    """x, z of a body that is pitched by an angle, forward positive."""
    xp = namespace(angle)
    c, s = xp.cos(angle), xp.sin(angle)
    return x * c + z * s, z * c - x * s


def _leg(z: Array, pitch: Array, angles: Array, heel: float, toe: float, radius: float) -> Array:
    """m above the ground, of the lowest place of a foot, by the three angles [..., 3] above it."""
    xp = namespace(z)
    thigh = pitch - angles[..., 0]
    shin = thigh - angles[..., 1]
    foot = shin - angles[..., 2]
    zero = xp.zeros_like(z)
    hip = z + _turned(zero, zero - 0.2, pitch)[1]
    knee = hip + _turned(zero, zero - 0.45, thigh)[1]
    ankle = knee + _turned(zero, zero - 0.5, shin)[1]
    ends = [ankle + _turned(zero + x, zero, foot)[1] for x in (heel, toe)]
    return xp.where(ends[0] < ends[1], ends[0], ends[1]) - radius


def _hopper(obs: Array) -> Measures:
    z, pitch = obs[..., 0], obs[..., 1]
    return {
        "height": z,
        "pitch": pitch,
        "foot foot": _leg(z, pitch, obs[..., 2:5], -0.13, 0.26, 0.06),
        **{f"joint {name}": obs[..., 2 + k] for k, name in enumerate(("thigh", "leg", "foot"))},
        "speed": obs[..., 5:11],
    }


def _walker(obs: Array) -> Measures:
    z, pitch = obs[..., 0], obs[..., 1]
    names = ("right thigh", "right leg", "right foot", "left thigh", "left leg", "left foot")
    return {
        "height": z,
        "pitch": pitch,
        "foot right": _leg(z, pitch, obs[..., 2:5], 0.0, 0.2, 0.06),
        "foot left": _leg(z, pitch, obs[..., 5:8], 0.0, 0.2, 0.06),
        **{f"joint {name}": obs[..., 2 + k] for k, name in enumerate(names)},
        "speed": obs[..., 8:17],
    }


def _reacher(obs: Array) -> Measures:
    xp = namespace(obs)
    shoulder = xp.atan2(obs[..., 2], obs[..., 0])
    target = obs[..., 4:6]
    upper = xp.stack([obs[..., 0], obs[..., 2]], axis=-1)
    return {
        "joint shoulder": shoulder,
        "joint elbow": xp.atan2(obs[..., 3], obs[..., 1]),
        "point fingertip": target + obs[..., 8:10],
        "point target": target,
        "point elbow": 0.1 * upper,
        "point base": xp.zeros_like(target),
        "speed": 0.1 * obs[..., 6:8],
    }


def _pusher(obs: Array) -> Measures:
    return {
        "point disc": obs[..., 0:2],
        "point ball": obs[..., 4:6],
        "point target": obs[..., 8:10],
        "point middle": namespace(obs).zeros_like(obs[..., 0:2]),
        "speed": obs[..., 2:4],
    }


_DEGREE = math.pi / 180
HOPPER = Body(
    "hopper",
    _hopper,
    height=(0.8, 1.4),
    pitch=(-0.6, 0.6),
    feet={"foot": (0.0, 0.4)},
    joints={"thigh": (-150 * _DEGREE, 0.0), "leg": (-150 * _DEGREE, 0.0), "foot": (-45 * _DEGREE, 45 * _DEGREE)},
    defaults=(("effort", 0.0, 0.02), ("rest", 0.0, 0.02), ("height", 1.25, 10.0), ("pitch", 0.0, 10.0)),
)
"""Gymnasium's Hopper: a torso on one leg."""
WALKER = Body(
    "walker",
    _walker,
    height=(0.8, 1.4),
    pitch=(-0.6, 0.6),
    feet={"left": (0.0, 0.5), "right": (0.0, 0.5)},
    joints={
        f"{side} {name}": (-45 * _DEGREE, 45 * _DEGREE) if name == "foot" else (-150 * _DEGREE, 0.0)
        for side in ("left", "right")
        for name in ("thigh", "leg", "foot")
    },
    defaults=(("effort", 0.0, 0.02), ("rest", 0.0, 0.02), ("height", 1.25, 10.0), ("pitch", 0.0, 10.0)),
)
"""Gymnasium's Walker2d: a torso on two legs."""
REACHER = Body(
    "reacher",
    _reacher,
    joints={"shoulder": (-math.pi, math.pi), "elbow": (-3.0, 3.0)},
    points=("fingertip", "target", "elbow", "base"),
    defaults=(("effort", 0.0, 0.001), ("rest", 0.0, 0.002)),
)
"""Gymnasium's Reacher: an arm of two links in the plane, and a target."""
PUSHER = Body(
    "pusher",
    _pusher,
    points=("disc", "ball", "target", "middle"),
    defaults=(("effort", 0.0, 0.001), ("rest", 0.0, 0.001)),
)
"""A disc that can push a ball about a table, seen as BallPush shows it."""
