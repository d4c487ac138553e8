"""Bicycle drive: a car on an oval, in the coordinates of the track.

    ṡ = v cos α / (1 − n κ(s)),    ṅ = v sin α,    α̇ = v tan δ / L − κ(s) ṡ,    v̇ = a,    δ̇ = u
    x' = x + dt ẋ,    r = (s' − s) / length,    over once |n| > width / 2

The state is the place s along the middle line, the offset n to its left, the heading α relative to it, the speed v, the
acceleration a and the steering angle δ. Two straights are joined by two bends, and the curvature κ rises and falls
linearly between them. The return counts laps; leaving the track ends the episode, and a speed or a sideways
acceleration beyond its limit is told in `info`.

Source: Kong, Pfeiffer, Schildbach, Borrelli, "Kinematic and Dynamic Vehicle Models for Autonomous Driving Control
Design", IEEE Intelligent Vehicles Symposium 2015, Section II.A (the bicycle); Verschueren, De Bruyne, Zanon, Frasch,
Diehl, "Towards Time-Optimal Race Car Driving using Nonlinear MPC in Real-Time", CDC 2014, Section II (the coordinates).
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.picture import FAINT, INK, LINE, RED, Picture
from rewardlab.envs.world import Card, Columns, Rules, State

AHEAD = 10  # curvatures that are seen, the first one at the car
TOP_SPEED = 20.0  # m/s, what the motor gives at the most, in either direction
ACCELERATION = 5.0  # m/s²
STEERING, STEERING_RATE = 0.4, 3.2  # rad, rad/s
WHEELBASE = 0.33  # m
_SIDE = 400  # pixels


@dataclass
class BicycleDrive(Rules):
    """A kinematic bicycle on an oval: acceleration and steering rate, laps for pay.

    Args:
        straight: m, length of each of the two straights, >= 0.01.
        radius: m, of the bends.
        ease: m, over which the curvature rises or falls; at most the shorter of straight and bend.
        width: m, of the track; less than the radius.
        v_max: m/s, the speed limit, in (0, 20].
        v_min: m/s, the lowest speed that is no violation, in [-20, v_max); below 0 the car may go backwards.
        alat_max: m/s², the limit of the sideways acceleration v² κ, > 0.
        dt: s, a step, in (0, 0.2].
        look_ahead: m, between the curvatures that are seen, > 0.

    Raises:
        BadOption: for a number outside its range.
    """

    straight: float = 25.0
    radius: float = 8.0
    ease: float = 6.0
    width: float = 3.0
    v_max: float = 12.0
    v_min: float = -3.0
    alat_max: float = 10.0
    dt: float = 0.05
    look_ahead: float = 1.5

    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        bend = math.pi * self.radius if isinstance(self.radius, (int, float)) else math.nan
        for name, least, most in (
            ("straight", 0.01, 1e4), ("radius", 1.0, 1e4), ("ease", 1e-3, min(self.straight, bend)),
            ("width", 0.1, self.radius), ("v_max", 1e-3, TOP_SPEED), ("v_min", -TOP_SPEED, self.v_max - 1e-6),
            ("alat_max", 1e-3, 1e4), ("dt", 1e-4, 0.2), ("look_ahead", 1e-3, 1e3),
        ):  # fmt: skip
            value = getattr(self, name)
            if not least <= value <= most:
                raise BadOption(
                    f"{name}={value!r}", where="BicycleDrive", expected=f"a number in [{least:g}, {most:g}]"
                )
        self.length = 2.0 * (self.straight + bend)
        """m, of the middle line."""
        steep = 1.0 / self.radius
        low = np.array([0, -self.width, -np.pi, -TOP_SPEED, -ACCELERATION, -STEERING, *[0.0] * AHEAD], dtype=np.float32)
        high = np.array([self.length, self.width, np.pi, TOP_SPEED, ACCELERATION, STEERING, *[steep] * AHEAD])
        self._low, self._high = low, np.nextafter(high.astype(np.float32), np.float32(np.inf))
        self.observation_space = spaces.Box(self._low, self._high, dtype=np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def curvature(self, s: np.ndarray) -> np.ndarray:
        """κ [...] in 1/m at places s [...]; it turns by π in each half of the oval."""
        half, bend = 0.5 * self.length, math.pi * self.radius
        apart = np.abs((s - self.straight - 0.5 * bend + 0.5 * half) % half - 0.5 * half)  # from the middle of a bend
        return np.clip(0.5 + (0.5 * bend - apart) / self.ease, 0.0, 1.0) / self.radius

    def start(self, n: int, rng: Streams) -> State:
        draw = rng.uniform((4,))
        x = np.zeros((n, 6))
        x[:, 0] = draw[:, 0] * self.length
        x[:, 1] = (draw[:, 1] - 0.5) * 0.25 * self.width
        x[:, 2] = (draw[:, 2] - 0.5) * 0.2
        x[:, 3] = min(2.0, self.v_max) * (0.5 + draw[:, 3])
        return {"x": x, "driven": np.zeros(n)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        s, n, alpha, v, _, delta = np.moveaxis(state["x"], -1, 0)
        push, turn = np.moveaxis(np.clip(np.asarray(action, dtype=np.float64), -1.0, 1.0), -1, 0)
        kappa, a = self.curvature(s), ACCELERATION * push
        along = v * np.cos(alpha) / (1.0 - n * kappa)
        after = np.stack(
            [
                (s + self.dt * along) % self.length,
                n + self.dt * v * np.sin(alpha),
                (alpha + self.dt * (v * np.tan(delta) / WHEELBASE - kappa * along) + np.pi) % (2 * np.pi) - np.pi,
                np.clip(v + self.dt * a, -TOP_SPEED, TOP_SPEED),
                a,
                np.clip(delta + self.dt * STEERING_RATE * turn, -STEERING, STEERING),
            ],
            axis=-1,
        )
        gained = self.dt * along / self.length
        new = {"x": after, "driven": state["driven"] + gained}
        off = np.abs(after[..., 1]) > 0.5 * self.width
        fast = (after[..., 3] > self.v_max + 1e-9) | (after[..., 3] < self.v_min - 1e-9)
        slip = np.abs(after[..., 3] ** 2 * self.curvature(after[..., 0])) > self.alat_max + 1e-9
        columns = {"off_track": off, "speeding": fast, "sliding": slip, "violation": off | fast | slip}
        return new, gained, off, columns

    def observe(self, state: State) -> np.ndarray:
        """What is seen, [n, 16] float64: the state, and the curvature here and ahead."""
        x = state["x"]
        ahead = self.curvature(x[..., :1] + self.look_ahead * np.arange(AHEAD))
        return np.concatenate([x, ahead], axis=-1)

    def look(self, state: State) -> Tree:
        return np.clip(self.observe(state).astype(np.float32), self._low, self._high)

    def recall(self, obs: Array) -> State:
        """The state in which obs [n, 16] is seen, for planning; laps are counted from there."""
        x = np.array(obs, dtype=np.float64)[..., :6]
        return {"x": x, "driven": np.zeros(x.shape[:-1])}

    def apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """How far states lie apart, as vectors [..., 7] of s, n, alpha, v, a, delta and laps: the short way round."""
        gap = one - other
        for k, period in ((0, self.length), (2, 2 * np.pi)):
            gap[..., k] = (gap[..., k] + 0.5 * period) % period - 0.5 * period
        return gap

    def brake(self, obs: Array) -> np.ndarray:
        """Actions [n, 2] for obs [n, 16] that come to a standstill on the middle line, as hard as the car can brake."""
        n, alpha, v, delta, kappa = (obs[:, k] for k in (1, 2, 3, 5, 6))
        forwards = np.where(v < 0, -1.0, 1.0)
        bend = kappa * np.cos(alpha) / (1.0 - n * kappa) - 0.25 * n - forwards * alpha
        want = np.clip(np.arctan(WHEELBASE * bend), -STEERING, STEERING)
        push, turn = -v / (ACCELERATION * self.dt), (want - delta) / (STEERING_RATE * self.dt)
        return np.clip(np.stack([push, turn], axis=-1), -1.0, 1.0)

    def inform(self, state: State) -> Columns:
        x = state["x"]
        return {
            "laps": state["driven"].copy(),
            "speed": x[..., 3].copy(),
            "left": 0.5 * self.width - x[..., 1],
            "right": 0.5 * self.width + x[..., 1],
        }

    def _middle(self) -> np.ndarray:
        """[M, 3] x, y in m and heading of the middle line, from s = 0, its centre at 0, 0."""
        step = self.length / 800
        turn = self.curvature(step * (np.arange(800) + 0.5)) * step
        heading = np.concatenate([[0.0], np.cumsum(turn)])
        middle = 0.5 * (heading[1:] + heading[:-1])
        place = np.cumsum(np.stack([np.cos(middle), np.sin(middle)], axis=1) * step, axis=0)
        return np.concatenate([place - place.mean(axis=0), heading[1:, None]], axis=1)

    def draw(self, state: State, i: int) -> np.ndarray:
        line, picture = self._middle(), Picture(_SIDE, _SIDE)
        scale = 0.85 * _SIDE / float(np.ptp(line[:, :2], axis=0).max() + self.width)

        def shown(point: np.ndarray) -> tuple[float, float]:
            return _SIDE / 2 + scale * float(point[0]), _SIDE / 2 - scale * float(point[1])

        for side, colour, wide in ((0.5, LINE, 3), (-0.5, LINE, 3), (0.0, FAINT, 1)):
            left = np.stack([-np.sin(line[:, 2]), np.cos(line[:, 2])], axis=1) * side * self.width
            edge = (line[:, :2] + left)[::8]
            for one, two in zip(edge, np.roll(edge, -1, axis=0), strict=True):
                picture.line(*shown(one), *shown(two), wide, colour)
        s, n, alpha = state["x"][i, :3]
        x, y, heading = line[int(s / self.length * 800) % 800]
        car = np.array([x - n * math.sin(heading), y + n * math.cos(heading)])
        nose = car + 2.0 * np.array([math.cos(heading + alpha), math.sin(heading + alpha)])
        picture.line(*shown(car), *shown(nose), 4, INK)
        picture.disc(*shown(car), 5, RED)
        picture.write(self.text(state, i), 12, 12, FAINT, size=1)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        s, n, alpha, v, a, delta = state["x"][i]
        return (
            f"{s:.1f} m of {self.length:.1f} m, {n:+.2f} m left, heading {alpha:+.2f} rad, {v:.2f} m/s, "
            f"{a:+.1f} m/s², steering {delta:+.2f} rad, {float(state['driven'][i]):.2f} laps"
        )

    def card(self) -> Card:
        return Card(
            summary=f"A car on an oval of {self.length:.0f} m, {self.width:g} m wide, paid for its way.",
            observation={
                "s": f"[0] place along the middle line, m, 0..{self.length:.1f}",
                "n": f"[1] offset to the left of the middle line, m, -{self.width:g}..{self.width:g}",
                "alpha": "[2] heading relative to the track, rad, -pi..pi; to the left is positive",
                "v": f"[3] speed, m/s, -{TOP_SPEED:g}..{TOP_SPEED:g}",
                "a": f"[4] acceleration of the last step, m/s^2, -{ACCELERATION:g}..{ACCELERATION:g}",
                "delta": f"[5] steering angle, rad, -{STEERING:g}..{STEERING:g}",
                "kappa": f"[6:16] curvature of the track here and each {self.look_ahead:g} m ahead, 1/m, "
                f"0..{1 / self.radius:g}",
            },
            action={
                "acceleration": f"[0] -1..1 in units of {ACCELERATION:g} m/s^2",
                "steering": f"[1] steering rate, -1..1 in units of {STEERING_RATE:g} rad/s",
            },
            reward="the way along the middle line in this step, in laps; backwards it is negative",
            info={
                "laps": "laps driven in this episode: the return so far",
                "speed": "m/s",
                "left": "m, to the left edge",
                "right": "m, to the right edge",
                "off_track": "True on the step that leaves the track, which ends the episode",
                "speeding": f"True while the speed is outside {self.v_min:g}..{self.v_max:g} m/s",
                "sliding": f"True while v^2 kappa is beyond {self.alat_max:g} m/s^2",
                "violation": "True where any of the three is",
            },
            source="Kong et al., Kinematic and Dynamic Vehicle Models for Autonomous Driving Control Design, 2015",
        )
